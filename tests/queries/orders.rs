//! What the broker orders, carried out upon the world, which objects to what must not be.

use super::*;

impl World {
    pub(super) fn carry_out(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Fetch {
                flight,
                request,
                text,
                ..
            } => {
                let composed = text.is_some();
                let query = match text {
                    None => self.query_of(request)?,
                    Some(text) => {
                        let body: Value = serde_json::from_str(&text)
                            .map_err(|wrong| format!("{text}: {wrong}"))?;
                        Query {
                            document: body["query"].as_str().unwrap_or("").into(),
                            variables: body["variables"].clone(),
                        }
                    }
                };
                self.note(format!(
                    "  {flight:?} sends {} {}",
                    query.document, query.variables
                ));
                self.tally.sent += 1;
                self.tally.unions += u32::from(composed);
                let flown = Flight {
                    query,
                    person: self.person,
                    versions: self.versions.clone(),
                    composed,
                    head: false,
                    cut_off: false,
                };
                if self.flights.insert(flight.0, flown).is_some() {
                    return Err(format!("{flight:?} is sent twice"));
                }
            }
            Command::Compose {
                waiter,
                request,
                cut,
            } => self.compose(waiter, request, cut)?,
            Command::NotifyComposed {
                lease,
                request,
                cut,
            } => self.notify(lease, request, cut)?,
            Command::PublishComposed { request, until } => {
                if until <= self.now {
                    return Err(format!("{request:?} is published when it is stale already"));
                }
            }
            Command::EndOfTask => self.task_open = true,
            Command::Fail { waiter, .. } | Command::GoAlone(waiter) => {
                self.tally.failed += 1;
                self.note(format!("  {waiter:?} gets no answer"));
                self.waiters
                    .remove(&waiter.0)
                    .ok_or(format!("{waiter:?} is told twice"))?;
            }
            Command::NotifyFailure { lease, .. } => {
                self.note(format!("  {lease:?} is told of a failure"));
                // It may try again when somebody asks it to; until then nothing will tell it more.
                if let Some(lease) = self.leases.get_mut(&lease.0) {
                    lease.failed = true;
                }
            }
            Command::Abort(flight) => {
                // Also one that has failed, when those who waited have gone on to the next.
                self.flights.remove(&flight.0);
            }
            Command::ReadOn(body) => {
                if !self.flights.contains_key(&body.0) && !self.bodies.contains_key(&body.0) {
                    return Err(format!("{body:?} is read on, and is not there"));
                }
            }
            Command::DropBody(body) => {
                self.bodies.remove(&body.0);
            }
            Command::WakeAt(at) => self.wake = at,
            Command::Withdraw(_) | Command::DropRequest(_) => {}
            other => return Err(format!("{other:?} has no place here")),
        }
        Ok(())
    }

    pub(super) fn query_of(&self, request: RequestId) -> Result<Query, String> {
        let found = self.spelled.iter().find(|(_, other)| *other == request);
        Ok(found.ok_or(format!("{request:?} is not known"))?.0.clone())
    }

    pub(super) fn compose(
        &mut self,
        waiter: WaiterId,
        request: RequestId,
        cut: Cut,
    ) -> Result<(), String> {
        let asker = self
            .waiters
            .get(&waiter.0)
            .ok_or(format!("{waiter:?} is told twice"))?;
        if asker.request != request {
            return Err(format!("{waiter:?} is given the answer to {request:?}"));
        }
        let Some(answer) = self.cut_out(&cut)? else {
            self.tally.doubts += 1;
            self.note(format!("  {waiter:?} doubts {:?}", cut.bodies));
            if cut.is_former {
                self.waiters.remove(&waiter.0);
                return Ok(());
            }
            self.todo.push(Input::Asked(Ask {
                waiter,
                app: AppId(1),
                request,
                want: Want::Whole,
                priority: Priority::Visible,
                deadline: None,
                retries: 0,
                freshness: Freshness::Own,
            }));
            return Ok(());
        };
        let asker = self.waiters.remove(&waiter.0).expect("seen");
        self.note(format!(
            "  {waiter:?} is given {answer} of {:?}",
            cut.bodies
        ));
        self.tally.answered += 1;
        self.tally.composed_of_several += u32::from(cut.bodies.len() > 1);
        if cut.bodies.is_empty() {
            return Err("an answer is cut out of nothing".into());
        }
        judge(&asker, &answer)
    }

    pub(super) fn notify(
        &mut self,
        lease: LeaseId,
        request: RequestId,
        cut: Cut,
    ) -> Result<(), String> {
        let Some(answer) = self.cut_out(&cut)? else {
            self.tally.doubts += 1;
            self.note(format!("  {lease:?} doubts {:?}", cut.bodies));
            self.todo.push(Input::Refresh(lease, Freshness::Own));
            return Ok(());
        };
        let asker = self
            .leases
            .get(&lease.0)
            .ok_or(format!("{lease:?} is told after its end"))?;
        if asker.request != request {
            return Err(format!("{lease:?} is told the answer to {request:?}"));
        }
        self.tally.told += 1;
        judge_shape(asker, &answer)?;
        self.leases
            .entry(lease.0)
            .and_modify(|asker| asker.failed = false);
        self.note(format!("  {lease:?} is told {answer} of {:?}", cut.bodies));
        self.shown.insert(lease.0, answer);
        Ok(())
    }

    /// Carries the plan out as the page does. `None`: there is a doubt.
    pub(super) fn cut_out(&self, cut: &Cut) -> Result<Option<Value>, String> {
        let mut answers = Vec::new();
        for BodyId(body) in &cut.bodies {
            let body = self
                .bodies
                .get(body)
                .ok_or(format!("body {body} was dropped before it was cut"))?;
            answers.push(body);
        }
        if cut.is_last {
            return Ok(Some(answers[0].value.clone()));
        }
        if answers.iter().any(|body| body.flawed) {
            return Ok(None);
        }
        let plan: Value =
            serde_json::from_str(&cut.plan).map_err(|wrong| format!("{}: {wrong}", cut.plan))?;
        let mut answer = Map::new();
        for node in plan.as_array().ok_or("a plan is a list")? {
            let source = node[4].as_u64().ok_or("a source")? as usize;
            take(&mut answer, node, &answers[source].value)?;
        }
        Ok(Some(Value::Object(answer)))
    }

    // --- what must hold -------------------------------------------------------------------------------------------
}
