//! Carries out what broker and depot order, and looks at each answer.

use super::*;

impl World {
    pub(super) fn tell_broker(&mut self, tab: Tab, input: broker::Input) -> Checked {
        let now = Time(self.now);
        let orders: Vec<_> = self.page(tab).broker.handle(now, input).collect();
        orders
            .into_iter()
            .try_for_each(|order| self.carry_out(tab, order))
    }

    pub(super) fn carry_out(&mut self, tab: Tab, order: broker::Command) -> Checked {
        match order {
            broker::Command::Fetch {
                flight,
                request,
                text,
                ..
            } => {
                let now = self.now;
                self.counts.drawn += u64::from(self.is_asking && text.is_some());
                let page = self.page(tab);
                let number = page
                    .requests
                    .iter()
                    .position(|known| *known == request)
                    .expect("it was asked for");
                let is_query = number >= page.least.len();
                let parts = match text.as_deref().and_then(|text| text.split('"').nth(3)) {
                    Some(document) => parts_of(document),
                    None => page.parts(number),
                };
                let Some(errand) = page.broker.errand(now + CALENDAR, flight, true) else {
                    return Ok(());
                };
                let exchange = Exchange {
                    parts,
                    is_query,
                    may_ask: errand.may_ask,
                    key: errand.key,
                    answer: None,
                    row: None,
                    over: false,
                };
                page.exchanges.insert(flight, exchange);
                self.tell_depot(tab, depot::Input::Sought(flight, Box::new(errand)))?;
            }
            broker::Command::Abort(flight) => {
                if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
                    exchange.over = true;
                }
                self.tell_depot(tab, depot::Input::Ended(flight))?;
            }
            broker::Command::Answer { waiter, body, .. } => {
                let answer = self
                    .page(tab)
                    .bodies
                    .get(&body)
                    .cloned()
                    .ok_or("an answer without a body")?;
                self.check(tab, waiter, &answer)?;
            }
            broker::Command::Compose { waiter, cut, .. } => {
                let answer = self.compose(tab, &cut)?;
                self.check(tab, waiter, &answer)?;
            }
            broker::Command::EndOfTask => self.at(tab, self.now, Event::TaskEnded),
            broker::Command::Fail { waiter, .. } | broker::Command::GoAlone(waiter) => {
                self.page(tab)
                    .waiters
                    .remove(&waiter)
                    .ok_or("a second outcome")?;
            }
            broker::Command::WakeAt(at) => {
                self.page(tab).broker_wakes = at;
                if let Some(at) = at {
                    self.at(tab, at.0, Event::WakeBroker(at));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Cuts an answer out of others, as the plan says.
    pub(super) fn compose(&mut self, tab: Tab, cut: &broker::Cut) -> Result<Answer, String> {
        let page = self.page(tab);
        let bodies: Vec<&Answer> = cut
            .bodies
            .iter()
            .map(|body| page.bodies.get(body).ok_or("a cut without a body"))
            .collect::<Result<_, _>>()?;
        let plan: serde_json::Value = serde_json::from_str(&cut.plan).expect("plans are JSON");
        let mut parts = Vec::new();
        for node in plan.as_array().expect("a list") {
            let text = |at: usize| node[at].as_str().expect("a name");
            let from = bodies[node[4].as_u64().expect("a source") as usize];
            let (part, version) = from
                .parts
                .iter()
                .find(|(part, _)| part.name == text(1))
                .ok_or_else(|| format!("there is no {} in {:?}", text(1), from.parts))?;
            let name = text(0).into();
            parts.push((Part { name, ..*part }, *version));
        }
        let person = bodies[0].person;
        let oldest = bodies.iter().min_by_key(|body| body.sent);
        let (epoch, sent) = oldest.map_or((0, 0), |body| (body.epoch, body.sent));
        if bodies.iter().any(|body| body.person != person) {
            return Err("another person's answer is a part of one".into());
        }
        Ok(Answer {
            parts,
            person,
            epoch,
            sent,
            head: bodies[0].head.clone(),
        })
    }

    pub(super) fn check(&mut self, tab: Tab, waiter: WaiterId, answer: &Answer) -> Checked {
        let Some(waiter) = self.page(tab).waiters.remove(&waiter) else {
            return Err("a second outcome".into());
        };
        if waiter.person != answer.person {
            return Err(format!(
                "tab {tab} gave {} another person's answer, {}'s",
                waiter.person, answer.person
            ));
        }
        if waiter.epoch != answer.epoch && answer.sent < waiter.asked {
            return Err(format!(
                "tab {tab} gave another epoch's answer, {}'s to {}",
                answer.epoch, waiter.epoch
            ));
        }
        let parts: Vec<_> = answer.parts.iter().map(|(part, _)| part.clone()).collect();
        if waiter.parts != parts {
            return Err(format!("{:?} is given {parts:?}", waiter.parts));
        }
        for (part, version) in &answer.parts {
            let least = waiter.least[part.resource];
            if *version < least {
                return Err(format!(
                    "tab {tab} gave version {version} of resource {}, older than {least}",
                    part.resource
                ));
            }
        }
        Ok(())
    }

    pub(super) fn tell_depot(&mut self, tab: Tab, input: depot::Input) -> Checked {
        let (now, fault) = (Time(self.now), self.fault);
        let page = self.page(tab);
        let present = page.broker.generation();
        let orders = page.depot.handle(now, CALENDAR, present, input);
        for order in orders {
            if !self.pages.contains_key(&tab) {
                break;
            }
            self.obey(tab, order, fault)?;
        }
        Ok(())
    }

    pub(super) fn obey(
        &mut self,
        tab: Tab,
        order: depot::Command,
        fault: Option<Fault>,
    ) -> Checked {
        match order {
            depot::Command::Load(flight, key) => {
                // Some disks never answer.
                if !self.chance(2) {
                    self.later(tab, 15, Event::Read(flight, key));
                }
            }
            depot::Command::Claim(flight, key) => {
                self.page(tab).asking.insert(flight);
                self.later(tab, 5, Event::Asked(flight, key));
            }
            depot::Command::Queue(flight, key) => {
                self.page(tab).asking.insert(flight);
                self.later(tab, 5, Event::Queued(flight, key));
            }
            depot::Command::Seize(flight, key) => {
                self.counts.seized += 1;
                self.unlock(|who| *who == (tab, flight));
                self.origin.locks.entry(key).or_default().holder = Some((tab, flight));
                if fault == Some(Fault::ClaimsStay) {
                    return Err("waits for ever: a claim was seized".into());
                }
            }
            depot::Command::Release(flight) => {
                self.page(tab).asking.remove(&flight);
                if fault != Some(Fault::ClaimsStay) {
                    self.unlock(|who| *who == (tab, flight));
                }
                self.answer_greetings(tab);
            }
            depot::Command::Send(flight, _) => {
                self.counts.sent += 1;
                let exchange = self.page(tab).exchanges.get(&flight);
                if exchange.is_some_and(|exchange| !exchange.may_ask) {
                    return Err("the server was asked, and was not to be".into());
                }
                let (person, epoch, sent) = (self.page(tab).person, self.page(tab).epoch, self.now);
                // Its cookies go with it.
                if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
                    let answer = Answer {
                        parts: Vec::new(),
                        person,
                        epoch,
                        sent,
                        head: Head::default(),
                    };
                    exchange.answer = Some(answer);
                }
                self.later(tab, 60, Event::Serve(flight));
            }
            depot::Command::Give(flight, arrived) => {
                self.counts.given += 1;
                self.page(tab).broker.spared(flight, Outcome::Persisted);
                let exchange = self
                    .page(tab)
                    .exchanges
                    .get_mut(&flight)
                    .ok_or("a row for nobody")?;
                let row = exchange.row.take().ok_or("a row that was not read")?;
                assert_eq!(row.answer.head.arrived, arrived);
                let is_query = exchange.is_query;
                let parts = row.answer.parts.clone();
                exchange.answer = Some(row.answer);
                for (part, version) in parts {
                    let least = self.page(tab).acknowledged[part.resource];
                    if version < least {
                        return Err(format!(
                            "tab {tab} found version {version} of resource {}, older than {least}, on disk",
                            part.resource
                        ));
                    }
                }
                self.counts.queries_given += u64::from(is_query);
                self.later(tab, 3, Event::Head(flight));
            }
            depot::Command::Take(flight) => {
                self.counts.taken += 1;
                self.page(tab).broker.spared(flight, Outcome::Joined);
                let answer = self.offer.clone();
                self.page(tab)
                    .exchanges
                    .get_mut(&flight)
                    .ok_or("an offer for nobody")?
                    .answer = answer;
                self.later(tab, 3, Event::Head(flight));
            }
            depot::Command::Fail(flight) | depot::Command::Refuse(flight) => {
                if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
                    exchange.over = true;
                }
                self.tell_broker(tab, broker::Input::Failed(flight))?;
            }
            depot::Command::Tell(key, say) => self.broadcast(tab, Message::Told(key, say)),
            depot::Command::Offer(flight, key, words) => {
                let everything = (1..=self.next_tab)
                    .map(|tab| Word {
                        tab,
                        count: u32::MAX,
                    })
                    .collect();
                let words = if fault == Some(Fault::EverybodyHasHeard) {
                    everything
                } else {
                    words
                };
                let page = self.page(tab);
                let body = page.broker.kept(flight, &key).map(|(body, _)| body);
                let answer = body
                    .and_then(|body| page.bodies.get(&body))
                    .or_else(|| page.exchanges.get(&flight)?.answer.as_ref());
                if let Some(answer) = answer.cloned() {
                    self.broadcast(tab, Message::Answer(key, words, Box::new(answer)));
                }
            }
            depot::Command::Write(flight, key, record, is_urgent) => {
                self.write(tab, flight, key, *record, is_urgent)?
            }
            depot::Command::Erase(key) => {
                self.page(tab).broker.take_from_stock(&key);
                self.later(tab, 40, Event::Erase(key));
            }
            depot::Command::WakeAt(at) => {
                self.page(tab).depot_wakes = at;
                if let Some(at) = at {
                    self.at(tab, at.0, Event::WakeDepot(at));
                }
            }
        }
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        tab: Tab,
        flight: FlightId,
        key: Fingerprint,
        record: Record,
        is_urgent: bool,
    ) -> Checked {
        let page = self.page(tab);
        let body = page
            .broker
            .kept(flight, &key)
            .map(|(body, _)| body)
            .ok_or("what is written is not kept")?;
        let answer = page
            .bodies
            .get(&body)
            .cloned()
            .ok_or("what is written has no body")?;
        let row = Box::new(Row { record, answer });
        self.later(
            tab,
            if is_urgent { 20 } else { 200 },
            Event::Store(flight, key, row, is_urgent),
        );
        Ok(())
    }
}
