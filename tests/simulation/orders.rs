//! What the broker orders, carried out upon the world, which objects to what must not be.

use super::*;

impl World {
    pub(super) fn obey(&mut self, command: Command) -> Checked {
        match command {
            Command::Fetch {
                flight,
                request,
                revalidate,
                conditions,
                ..
            } => {
                let asks_about = conditions
                    .iter()
                    .find(|(name, _)| *name == "if-none-match")
                    .map(|(_, etag)| etag.trim_matches('"').parse().expect("a version"));
                let resource = self.resource_of(request)?;
                let same = |other: &&mut Exchange| {
                    other.open && other.resource == resource && other.person == self.person
                };
                let open = self.network.in_the_air.values_mut().find(same);
                if let Some(open) = open {
                    // Where secrecy was ever remembered, a flight may have been made under it and sent after it.
                    if !revalidate && self.secret_until[resource] == Time(0) {
                        return Err(format!(
                            "{flight:?} is sent, and {open:?} could have been joined"
                        ));
                    }
                    open.open = false;
                }
                if self.secret_until[resource] == Time(0) && !self.reread.insert(resource) {
                    return Err(format!("resource {resource} is read again twice in a task"));
                }
                let must_ask = revalidate && self.fault != Some(Fault::AsksNoServer);
                let cached = match must_ask || asks_about.is_some() {
                    true => None,
                    false => self
                        .browsers
                        .get(&resource)
                        .filter(|kept| self.now < kept.until),
                };
                let cached = cached.cloned();
                self.fly(flight, resource, true, asks_about);
                // The browser's own cache knows no persons, and has heard nothing of what was declared out of date.
                if let (Some(cached), Some(exchange)) =
                    (cached, self.network.in_the_air.get_mut(&flight))
                {
                    exchange.version = cached.version;
                    exchange.person = cached.person;
                    exchange.cached = Some(cached.head);
                }
            }
            Command::Adopt { flight } => {
                let resource = self.adopting.take().ok_or("adopted what was not offered")?;
                let alone = !self
                    .network
                    .in_the_air
                    .values()
                    .any(|other| other.open && other.resource == resource);
                self.fly(flight, resource, alone, None);
            }
            Command::Abort(flight) => {
                if self.fault != Some(Fault::KeepsFlying) {
                    self.network.in_the_air.remove(&flight);
                }
            }
            Command::Answer {
                waiter,
                body,
                outcome,
            } => {
                if self.fault != Some(Fault::ForgetsToAnswer) {
                    self.answer(waiter, body, outcome, true)?;
                }
                if self.fault == Some(Fault::AnswersTwice) {
                    self.answer(waiter, body, outcome, true)?;
                }
            }
            Command::AnswerEarly {
                waiter,
                body,
                outcome,
            } => self.answer(waiter, body, outcome, false)?,
            Command::AnswerPiece { .. } => return Err("a part, and nobody asked for one".into()),
            Command::Fail { waiter, .. } => self.end(waiter, "failed")?,
            Command::GoAlone(waiter) => self.end(waiter, "went alone")?,
            Command::Notify { lease, body, .. } => {
                let component = self
                    .page
                    .components
                    .get(&lease)
                    .ok_or(format!("{lease:?} is told, and is gone"))?;
                let (resource, person) = (component.resource, self.person);
                self.check_body(body, resource, person, self.acknowledged[resource], true)?;
                let shown = self.page.bodies[&body].version;
                if let Some(component) = self.page.components.get_mut(&lease) {
                    component.shown = Some(shown);
                }
            }
            Command::NotifyFailure { lease, .. } => {
                self.page
                    .components
                    .get_mut(&lease)
                    .ok_or(format!("{lease:?} is told, and is gone"))?
                    .shown = None;
            }
            Command::Publish {
                request,
                body,
                until,
            } => {
                let resource = self.resource_of(request)?;
                self.check_body(
                    body,
                    resource,
                    self.person,
                    self.acknowledged[resource],
                    true,
                )?;
                if !self.page.spelled.contains_key(&request) {
                    return Err(format!("{request:?} is published, and has no spelling"));
                }
                self.page
                    .published
                    .insert(request, Published { body, until });
            }
            Command::Withdraw(request) => {
                self.resource_of(request)?;
                if self.fault != Some(Fault::ForgetsToWithdraw) {
                    self.page.published.remove(&request);
                }
            }
            Command::Denied(request) => {
                let resource = self.resource_of(request)?;
                if !self.is_denied(resource) {
                    return Err(format!("resource {resource} is denied, and nobody said so"));
                }
            }
            Command::LetGo(body) | Command::ReadOn(body) => {
                self.page
                    .bodies
                    .get(&body)
                    .ok_or(format!("{body:?} is let go, and is not kept"))?;
            }
            Command::Withhold { body, .. } => {
                self.page
                    .bodies
                    .get(&body)
                    .ok_or(format!("{body:?} has its head cut, and is not kept"))?;
            }
            Command::Renew { body, flight, .. } => {
                for body in [body, flight.into()] {
                    if !self.page.bodies.contains_key(&body) {
                        return Err(format!("{body:?} is brought up to date, and is not kept"));
                    }
                }
            }
            Command::DropBody(body) => {
                if self.fault != Some(Fault::DropsNoBodies) {
                    self.page.bodies.remove(&body);
                }
            }
            Command::DropRequest(request) => {
                if self.page.known.remove(&request).is_none() {
                    return Err(format!("{request:?} is dropped twice"));
                }
                if self.page.spelled.contains_key(&request) {
                    return Err(format!(
                        "{request:?} is dropped, and the page still names it"
                    ));
                }
            }
            Command::WakeAt(at) => self.page.wake = at,
            Command::EndOfTask => self.page.in_task = true,
            Command::Compose { .. }
            | Command::NotifyComposed { .. }
            | Command::PublishComposed { .. } => return Err("there are no queries here".into()),
        }
        Ok(())
    }

    pub(super) fn fly(
        &mut self,
        flight: FlightId,
        resource: usize,
        open: bool,
        asks_about: Option<u64>,
    ) {
        let open = open && self.now >= self.secret_until[resource];
        let exchange = Exchange {
            resource,
            person: self.person,
            version: self.versions[resource],
            asks_about,
            head: None,
            former: false,
            cached: None,
            open,
        };
        self.network.in_the_air.insert(flight, exchange);
    }

    pub(super) fn resource_of(&self, request: RequestId) -> Result<usize, String> {
        self.page
            .known
            .get(&request)
            .copied()
            .ok_or(format!("{request:?} is named, and was dropped"))
    }

    pub(super) fn answer(
        &mut self,
        waiter: WaiterId,
        body: BodyId,
        outcome: Outcome,
        whole: bool,
    ) -> Checked {
        let asked = self
            .page
            .waiters
            .get(&waiter)
            .ok_or(format!("{waiter:?} is answered, and never asked"))?
            .clone();
        self.check_body(body, asked.resource, asked.person, asked.version, whole)?;
        let kept = &self.page.bodies[&body];
        // What was fetched ahead is the answer to its first use.
        let is_ahead = outcome == Outcome::JoinedPrefetch;
        if kept.headed < asked.asked && !kept.reusable && !is_ahead {
            return Err(format!(
                "{asked:?} is given {kept:?}, which came before it asked and may not be used again"
            ));
        }
        if outcome == Outcome::Fresh && self.is_denied(asked.resource) {
            return Err(format!("{asked:?} is given {kept:?}, which is withheld"));
        }
        self.end(waiter, "answered")?;
        if let Some(waiter) = self.page.waiters.get_mut(&waiter) {
            waiter.reading = !whole;
        }
        Ok(())
    }

    pub(super) fn end(&mut self, waiter: WaiterId, outcome: &'static str) -> Checked {
        let asked = self
            .page
            .waiters
            .get_mut(&waiter)
            .ok_or(format!("{waiter:?} gets an outcome, and never asked"))?;
        if asked.left {
            return Err(format!("{waiter:?} has left, and {outcome}"));
        }
        if let Some(before) = asked.outcome {
            return Err(format!(
                "{waiter:?} {before}, and gets a second outcome: {outcome}"
            ));
        }
        asked.outcome = Some(outcome);
        Ok(())
    }

    /// What is given must be the resource, that person's, as new as was acknowledged, and all there.
    pub(super) fn check_body(
        &self,
        body: BodyId,
        resource: usize,
        person: u32,
        version: u64,
        whole: bool,
    ) -> Checked {
        let kept = self
            .page
            .bodies
            .get(&body)
            .ok_or(format!("{body:?} is given, and is not kept"))?;
        if kept.resource != resource {
            return Err(format!("{kept:?} is given for resource {resource}"));
        }
        if kept.person != person {
            return Err(format!(
                "{kept:?} is given to person {person}: it is another person's"
            ));
        }
        if kept.version < version {
            return Err(format!(
                "{kept:?} is older than version {version}, which had been acknowledged"
            ));
        }
        if whole && !kept.whole {
            return Err(format!("{kept:?} is given as whole"));
        }
        Ok(())
    }
}
