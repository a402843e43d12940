//! What people do, and what their pages do with it.

use super::*;

impl World {
    pub(super) fn ask(&mut self, tab: Tab, number: usize, freshness: Freshness) -> Checked {
        let asked = self.now;
        let page = self.page(tab);
        page.broker
            .read_stock(&|question| operation(&question.document));
        page.next += 1;
        let waiter = WaiterId(page.next);
        let (request, person, least) = (page.requests[number], page.person, page.least.clone());
        let epoch = page.epoch;
        let parts = page.parts(number);
        page.waiters.insert(
            waiter,
            Waiter {
                parts,
                person,
                epoch,
                asked,
                least,
            },
        );
        let ask = Ask {
            waiter,
            app: AppId(1),
            request,
            want: Want::Whole,
            priority: Priority::Visible,
            deadline: None,
            retries: 0,
            freshness,
        };
        self.is_asking = true;
        let told = self.tell_broker(tab, broker::Input::Asked(ask));
        self.is_asking = false;
        told
    }

    pub(super) fn acknowledged(&mut self, tab: Tab, resource: usize, version: u64) -> Checked {
        self.page(tab).must_see(resource, version);
        let least = &mut self.origin.acknowledged[resource];
        *least = version.max(*least);
        self.origin.marks.insert(tab);
        self.tell_broker(tab, broker::Input::Invalidated(scopes(resource)))?;
        let page = self.page(tab);
        page.count += 1;
        let word = Word {
            tab,
            count: page.count,
        };
        let lines = self.heard(tab, word)?;
        if self.fault != Some(Fault::NobodyHears) {
            self.broadcast(
                tab,
                Message::Doubt {
                    word,
                    resource,
                    version,
                },
            );
        }
        let lines = lines
            .into_iter()
            .map(|scope| Said {
                line: Line {
                    word,
                    scope: scope.into(),
                },
                resource,
                version,
            })
            .collect();
        self.page(tab).logging += 1;
        // The log's changes come in their order, too.
        let before = self.lanes.get(&(tab, tab)).copied().unwrap_or(0);
        let time = before.max(self.now + 1 + self.below(60));
        self.lanes.insert((tab, tab), time);
        self.at(tab, time, Event::Append(lines));
        Ok(())
    }

    /// Tells the depot what the broker has learned was out of date.
    pub(super) fn heard(&mut self, tab: Tab, word: Word) -> Result<Vec<String>, String> {
        let page = self.page(tab);
        let scopes = page.broker.invalidated_since(page.heard);
        page.heard = page.broker.generation();
        let lines = scopes.iter().filter_map(write_scope).collect();
        self.tell_depot(tab, depot::Input::Heard { word, scopes })?;
        Ok(lines)
    }

    pub(super) fn identify(&mut self, tab: Tab, person: u32) -> Checked {
        let before = self.page(tab).person;
        self.page(tab).person = person;
        let partition = partition(person, self.page(tab).epoch);
        self.tell_broker(tab, broker::Input::Identified(partition))?;
        self.page(tab).heard = self.pages[&tab].broker.generation();
        if person != before {
            if self.fault != Some(Fault::PeopleMix) {
                self.tell_depot(tab, depot::Input::Changed { is_person: true })?;
            }
            self.broadcast(tab, Message::Person(person));
        }
        Ok(())
    }

    /// The host says that it is another build's page.
    pub(super) fn move_to(&mut self, tab: Tab, epoch: u32) -> Checked {
        let page = self.page(tab);
        if core::mem::replace(&mut page.epoch, epoch) == epoch {
            return Ok(());
        }
        self.counts.moved += 1;
        if self.fault == Some(Fault::EpochsMix) {
            return Ok(());
        }
        let partition = partition(self.page(tab).person, epoch);
        self.tell_broker(tab, broker::Input::Identified(partition))?;
        self.page(tab).heard = self.pages[&tab].broker.generation();
        self.tell_depot(tab, depot::Input::Changed { is_person: false })
    }

    /// What tabs had to say that died before the log had it nobody knows: it may concern everything.
    pub(super) fn take_marks(&mut self, tab: Tab) {
        if self.fault == Some(Fault::MarksAreLost) || self.origin.marks.is_empty() {
            self.page(tab).acknowledged = self.origin.acknowledged.clone();
            return;
        }
        self.counts.doubted += 1;
        self.origin.marks.clear();
        let line = Line {
            word: Word { tab, count: 0 },
            scope: "*".into(),
        };
        self.origin.append(vec![Said {
            line,
            resource: 0,
            version: 0,
        }]);
        self.page(tab).acknowledged = self.origin.acknowledged.clone();
    }

    pub(super) fn die(&mut self, tab: Tab) {
        self.counts.died += 1;
        self.pages.remove(&tab);
        self.deferred.remove(&tab);
        self.unlock(|(holder, _)| *holder == tab);
        // Another is opened in its place.
        let person = 1 + self.below(u64::from(PEOPLE)) as u32;
        self.open(person);
    }

    pub(super) fn wake(&mut self, tab: Tab) -> Checked {
        if !self.page(tab).asleep {
            return Ok(());
        }
        self.counts.woke += 1;
        self.page(tab).asleep = false;
        if self.fault != Some(Fault::SleepersDoNotRead) {
            self.tell_broker(
                tab,
                broker::Input::Invalidated(vec![Scope::Url("*".into())]),
            )?;
        }
        self.page(tab).heard = self.pages[&tab].broker.generation();
        for event in self.deferred.remove(&tab).unwrap_or_default() {
            self.at(tab, self.now, event);
        }
        // What it knows of the log it knows from before; but whoever acts for it has read it when it is open.
        self.later(tab, 20, Event::Opened);
        Ok(())
    }
}
