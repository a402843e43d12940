//! What the browser does: messages, locks, rows and requests.

use super::*;

impl World {
    pub(super) fn unlock(&mut self, which: impl Fn(&(Tab, FlightId)) -> bool) {
        for (tab, flight, _) in self.origin.forget_locks(which) {
            self.later(tab, 5, Event::Granted(flight));
        }
    }

    pub(super) fn broadcast(&mut self, from: Tab, message: Message) {
        let others: Vec<Tab> = self
            .pages
            .keys()
            .copied()
            .filter(|tab| *tab != from)
            .collect();
        for tab in others {
            let delay = if self.quiet {
                1
            } else {
                [1, 1, 3, 10, 25][self.below(5) as usize]
            };
            let before = self.lanes.get(&(from, tab)).copied().unwrap_or(0);
            let time = before.max(self.now + delay);
            self.lanes.insert((from, tab), time);
            self.at(tab, time, Event::Hear(message.clone()));
        }
    }

    pub(super) fn hear(&mut self, tab: Tab, message: Message) -> Checked {
        match message {
            Message::Doubt {
                word,
                resource,
                version,
            } => {
                self.tell_broker(tab, broker::Input::Invalidated(scopes(resource)))?;
                self.heard(tab, word)?;
                self.page(tab).must_see(resource, version);
            }
            Message::Logged => self.later(tab, 10, Event::ReadLog),
            Message::Told(key, say) => self.tell_depot(tab, depot::Input::Told(key, say))?,
            Message::Answer(key, words, answer) => {
                self.offer = Some(*answer);
                let taken = self.counts.taken;
                let waits = self.page(tab).exchanges.values().any(|exchange| {
                    exchange.key == key && !exchange.over && exchange.answer.is_none()
                });
                self.tell_depot(tab, depot::Input::Offered(key, words))?;
                if waits && self.counts.taken == taken {
                    self.counts.refused += 1;
                }
                self.offer = None;
            }
            Message::Hello(from) => {
                self.tell_depot(tab, depot::Input::Met)?;
                self.page(tab).greeted.push(from);
                self.answer_greetings(tab);
            }
            Message::Here { from, to, count } => {
                if to == tab {
                    self.heard(tab, Word { tab: from, count })?;
                    self.at(tab, self.now, Event::Met);
                }
            }
            Message::Person(person) => {
                if person != self.page(tab).person {
                    let now = Time(self.now);
                    let page = self.page(tab);
                    let orders = page.broker.doubt_person(now);
                    page.heard = page.broker.generation();
                    for order in orders {
                        self.carry_out(tab, order)?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn answer_greetings(&mut self, tab: Tab) {
        let page = self.page(tab);
        if page.asking.is_empty() {
            let count = page.count;
            for to in core::mem::take(&mut page.greeted) {
                self.broadcast(
                    tab,
                    Message::Here {
                        from: tab,
                        to,
                        count,
                    },
                );
            }
        }
    }

    pub(super) fn meet(&mut self, tab: Tab) -> Checked {
        if self.pages.len() > 1 {
            self.broadcast(tab, Message::Hello(tab));
            self.at(tab, self.now + 50, Event::Enough);
        } else {
            self.at(tab, self.now, Event::Met);
        }
        Ok(())
    }

    pub(super) fn read_log(&mut self, tab: Tab) -> Checked {
        let (floor, log) = (self.origin.floor, self.origin.log.clone());
        let lines = log.iter().map(|said| said.line.clone()).collect();
        self.tell_depot(tab, depot::Input::Read { floor, lines })?;
        // What it has in memory it was told of already, or has thrown away; what is on disk is judged by what was read.
        if !self.page(tab).open {
            self.page(tab).has_read(&log);
        }
        Ok(())
    }

    pub(super) fn index(&mut self, tab: Tab) -> Checked {
        let person = self.page(tab).person;
        let rows: Vec<_> = self
            .origin
            .rows
            .iter()
            .filter(|((whose, _), _)| *whose == person)
            .map(|((_, key), row)| (*key, Some(row.record.clone())))
            .collect();
        for (key, record) in &rows {
            if let Some(record) = record {
                self.stock(tab, *key, record);
            }
        }
        if !rows.is_empty() {
            self.tell_depot(tab, depot::Input::Indexed(rows))?;
        }
        self.tell_depot(tab, depot::Input::Indexed(Vec::new()))
    }

    pub(super) fn stock(&mut self, tab: Tab, key: Fingerprint, record: &Record) {
        let (now, fault) = (self.now, self.fault);
        let page = self.page(tab);
        let left = record.stored.left(now + CALENDAR).fresh;
        if let Some(question) = &record.question
            && left > 0
            && page.depot.is_alive(record, &record.subject)
        {
            let subject = match fault {
                Some(Fault::StockIsAboutNothing) => Subject::default(),
                _ => record.subject.clone(),
            };
            let question = question.clone();
            page.broker
                .put_in_stock(key, question, subject, Time(now + left));
        }
    }

    pub(super) fn read(&mut self, tab: Tab, flight: FlightId, key: Fingerprint) -> Checked {
        let person = self.page(tab).person;
        let fails = self.chance(5);
        let row = self
            .origin
            .rows
            .get(&(person, key))
            .filter(|_| !fails)
            .cloned();
        let mut record = row.as_ref().map(|row| Box::new(row.record.clone()));
        if let (Some(record), Some(Fault::RowsNeverDie)) = (&mut record, self.fault) {
            record.number = self.origin.floor + self.origin.log.len() as u32;
        }
        if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
            exchange.row = row;
        }
        let (has_row, given) = (record.is_some(), self.counts.given);
        self.tell_depot(tab, depot::Input::Loaded(flight, record))?;
        if has_row && self.counts.given == given {
            self.counts.dead_rows += 1;
        }
        Ok(())
    }

    /// An exchange that is not over.
    fn in_the_air(&mut self, tab: Tab, flight: FlightId) -> Option<&mut Exchange> {
        let exchange = self.page(tab).exchanges.get_mut(&flight);
        exchange.filter(|exchange| !exchange.over)
    }

    pub(super) fn serve(&mut self, tab: Tab, flight: FlightId) {
        let fails = self.chance(6);
        let kind = self.below(10);
        let (now, version) = (self.now, self.origin.versions.clone());
        let cache_control = match kind {
            _ if self.quiet => "max-age=600",
            0 => "no-store",
            1..3 => "max-age=1, stale-while-revalidate=600",
            _ => "max-age=600",
        };
        let Some(exchange) = self.in_the_air(tab, flight) else {
            return;
        };
        let part = |part: &Part| (part.clone(), version[part.resource]);
        let answer = Answer {
            parts: exchange.parts.iter().map(part).collect(),
            person: exchange.answer.as_ref().map_or(0, |answer| answer.person),
            epoch: exchange.answer.as_ref().map_or(0, |answer| answer.epoch),
            sent: exchange.answer.as_ref().map_or(0, |answer| answer.sent),
            head: Head {
                status: 200,
                cache_control: Some(cache_control.into()),
                requested: now + CALENDAR,
                ..Head::default()
            },
        };
        exchange.answer = Some(answer);
        match fails {
            true => self.later(tab, 60, Event::Lost(flight)),
            false => self.later(tab, 60, Event::Head(flight)),
        }
    }

    pub(super) fn head(&mut self, tab: Tab, flight: FlightId) -> Checked {
        let now = self.now;
        let Some(exchange) = self.in_the_air(tab, flight) else {
            return Ok(());
        };
        let Some(answer) = &mut exchange.answer else {
            return Ok(());
        };
        if answer.head.arrived == 0 {
            answer.head.arrived = now + CALENDAR;
        }
        let head = Box::new(answer.head.clone());
        self.tell_broker(tab, broker::Input::HeadArrived { flight, head })?;
        let is_shared = self.page(tab).broker.is_shared(flight);
        self.tell_depot(tab, depot::Input::Headed { flight, is_shared })?;
        self.later(tab, 20, Event::Body(flight));
        Ok(())
    }

    pub(super) fn body(&mut self, tab: Tab, flight: FlightId) -> Checked {
        let Some(exchange) = self.in_the_air(tab, flight) else {
            return Ok(());
        };
        exchange.over = true;
        let Some(answer) = exchange.answer.clone() else {
            return Ok(());
        };
        if exchange.is_query {
            let described = broker::Input::Described {
                flight,
                is_flawed: false,
                is_refused: false,
                labels: Vec::new(),
            };
            self.tell_broker(tab, described)?;
        }
        self.page(tab).bodies.insert(flight.into(), answer);
        self.tell_broker(tab, broker::Input::BodyEnded { flight, bytes: 100 })?;
        self.when_logged(tab, flight, true)
    }

    pub(super) fn lost(&mut self, tab: Tab, flight: FlightId) -> Checked {
        if self.in_the_air(tab, flight).is_none() {
            return Ok(());
        }
        let given = self.counts.given;
        self.tell_depot(tab, depot::Input::Failed(flight, None))?;
        if self.counts.given == given {
            self.page(tab)
                .exchanges
                .get_mut(&flight)
                .expect("it is there")
                .over = true;
            self.tell_broker(tab, broker::Input::Failed(flight))?;
            self.when_logged(tab, flight, false)?;
        }
        Ok(())
    }

    pub(super) fn when_logged(&mut self, tab: Tab, flight: FlightId, is_whole: bool) -> Checked {
        if self.page(tab).logging > 0 {
            self.page(tab).settling.push((flight, is_whole));
            return Ok(());
        }
        self.settled(tab, flight, is_whole)
    }

    pub(super) fn settled(&mut self, tab: Tab, flight: FlightId, is_whole: bool) -> Checked {
        let page = self.page(tab);
        let Some(key) = page.depot.key_of(flight) else {
            return Ok(());
        };
        let kept = page
            .broker
            .kept(flight, &key)
            .map(|(_, kept)| Box::new(kept));
        self.tell_depot(
            tab,
            depot::Input::Settled {
                flight,
                kept,
                is_whole,
            },
        )
    }
}
