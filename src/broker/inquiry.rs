//! GraphQL queries: what is stored or in the air answers as much of them as it holds, and only the rest is fetched,
//! together with what others ask for in the same task.

use super::flight::{Departure, Flight, Keeper, Seat, Stage, Who};
use super::requests::Asked;
use super::{
    BodyId, Broker, Command, Failure, FlightId, Freshness, LeaseId, Outcome, Priority, RequestId,
    Time,
};
use crate::cache::Subject;
use crate::fingerprint::{ContentDigest, write_json_string};
use crate::graphql::Operation;
use std::rc::Rc;

/// A union of more fields is not made larger: one slow answer for everybody would be worse than two.
const LARGEST_UNION: usize = 500;

/// What is known of a GraphQL query.
#[derive(Debug)]
pub struct Inquiry {
    /// Where it goes and as whom: what one answer may serve.
    pub pool: ContentDigest,
    /// What it asks for.
    pub operation: Rc<Operation>,
    /// That and what others are known to ask for besides, if it is more; and what that is about.
    pub wide: Option<(Operation, Subject)>,
}

/// What a flight brings to those who asked for parts of it.
#[derive(Debug)]
pub(super) struct Cargo {
    pub(super) pool: ContentDigest,
    pub(super) operation: Rc<Operation>,
    /// It is sent as its request is written; else the operation is printed.
    pub(super) is_own: bool,
    /// Who asks for a part may still join.
    pub(super) is_open: bool,
    /// The answer has errors, or no data: it is nobody's but those who wait for it now.
    pub(super) is_flawed: bool,
}

/// What an entry can answer.
#[derive(Debug)]
pub(super) struct Holding {
    pool: ContentDigest,
    operation: Rc<Operation>,
}

/// Where a part of somebody's answer comes from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    place: Place,
    operation: Rc<Operation>,
    /// It is the answer to the very request that was asked, as it was written.
    is_own: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Flight(FlightId),
    Body(BodyId),
}

/// How an answer is cut out of others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    /// The answers it is cut out of.
    pub bodies: Vec<BodyId>,
    /// See [`crate::graphql`], `projection`.
    pub plan: Box<str>,
    /// There is nothing better to be had: the request was sent as it is written.
    pub is_last: bool,
    /// Another person has come since: who doubts may not ask again, in whose name would it be?
    pub is_former: bool,
    /// How the lookup ended.
    pub outcome: Outcome,
}

/// What of a query nothing holds.
struct Rest<'a> {
    request: RequestId,
    priority: Priority,
    asked: &'a Rc<Asked>,
    inquiry: &'a Inquiry,
    operation: Operation,
    freshness: Freshness,
    /// Its answer may not be shared.
    alone: bool,
}

impl Broker {
    /// The way of a query that can be answered in parts.
    pub(super) fn inquire(
        &mut self,
        now: Time,
        mut seat: Seat,
        asked: Rc<Asked>,
        inquiry: Rc<Inquiry>,
        freshness: Freshness,
    ) {
        let alone = self.unshareable.contains_key(&self.fingerprint(&asked));
        let (mut sources, rest) = match alone {
            true => (Vec::new(), Some((*inquiry.operation).clone())),
            false => self.find_sources(now, &inquiry, freshness),
        };
        seat.outcome = self.outcome_of(&sources);
        if let Some(rest) = rest {
            seat.outcome = Outcome::Missed;
            let flight = self.fetch_rest(
                now,
                Rest {
                    request: seat.request,
                    priority: seat.priority,
                    asked: &asked,
                    inquiry: &inquiry,
                    operation: rest,
                    freshness,
                    alone,
                },
            );
            let operation = match self.carried(flight) {
                Some(operation) => operation,
                None => inquiry.operation.clone(),
            };
            let is_own = self.is_in_the_words_of(flight, &seat);
            // It may have held a part before, and holds it still.
            sources.retain(|source| source.flight() != Some(flight));
            sources.push(Source {
                place: Place::Flight(flight),
                operation,
                is_own,
            });
        }
        self.wait_for(now, seat, sources);
    }

    /// What is stored or in the air and holds parts of it, and what nothing holds.
    fn find_sources(
        &self,
        now: Time,
        inquiry: &Inquiry,
        freshness: Freshness,
    ) -> (Vec<Source>, Option<Operation>) {
        let mut sources = Vec::new();
        let mut rest = Some((*inquiry.operation).clone());
        if freshness == Freshness::Normal && !self.tenure.is_locked() {
            rest = self.find_entries(now, inquiry, rest, &mut sources);
        }
        for (id, flight) in self.flights.iter() {
            let (Some(wanted), Some(cargo)) = (&rest, &flight.cargo) else {
                continue;
            };
            if cargo.pool == inquiry.pool
                && cargo.is_open
                && self.may_join(flight, freshness)
                && cargo.operation.touches(wanted)
            {
                rest = wanted.without(&[&cargo.operation]);
                sources.push(Source {
                    place: Place::Flight(*id),
                    operation: cargo.operation.clone(),
                    is_own: false,
                });
            }
        }
        (sources, rest)
    }

    /// The newest entry first: where two hold the same, it knows better.
    fn find_entries(
        &self,
        now: Time,
        inquiry: &Inquiry,
        mut rest: Option<Operation>,
        sources: &mut Vec<Source>,
    ) -> Option<Operation> {
        for (body, holding) in self.holdings.iter().rev() {
            let Some(wanted) = &rest else {
                break;
            };
            if holding.pool == inquiry.pool
                && self.is_usable(now, *body)
                && holding.operation.touches(wanted)
            {
                rest = wanted.without(&[&holding.operation]);
                sources.push(Source {
                    place: Place::Body(*body),
                    operation: holding.operation.clone(),
                    is_own: false,
                });
            }
        }
        rest
    }

    /// While it is fresh; and, since answers to queries seldom say how long they are, as long as a component shows it.
    fn is_usable(&self, now: Time, body: BodyId) -> bool {
        let fresh = self.cache.entry(body).is_some_and(|entry| {
            now < entry.fresh_until || entry.ahead_until.is_some_and(|until| now < until)
        });
        fresh || self.is_leased(body)
    }

    fn is_leased(&self, body: BodyId) -> bool {
        self.leases
            .iter()
            .any(|(_, lease)| lease.bodies.contains(&body))
    }

    fn may_join(&self, flight: &Flight, freshness: Freshness) -> bool {
        let outdated = flight.is_sent()
            && self
                .generations
                .covers_flight(flight.began, &flight.subject);
        let new_enough = freshness == Freshness::Normal
            || !flight.is_sent()
            || (flight.revalidate && flight.status.is_none());
        flight.tenure == self.tenure.number() && !outdated && new_enough
    }

    fn outcome_of(&self, sources: &[Source]) -> Outcome {
        let mut outcome = Outcome::Fresh;
        for source in sources {
            if let Place::Flight(id) = source.place {
                let ahead = self
                    .flights
                    .get(&id)
                    .is_some_and(|flight| flight.keeper == Keeper::Foresight);
                outcome = match ahead {
                    true => Outcome::JoinedPrefetch,
                    false => return Outcome::Joined,
                };
            }
        }
        outcome
    }

    /// Puts what is left into the union that is being gathered, or into a flight of its own.
    fn fetch_rest(&mut self, now: Time, rest: Rest) -> FlightId {
        let Rest {
            request,
            priority,
            asked,
            inquiry,
            operation,
            freshness,
            alone,
        } = rest;
        let urgent = priority == Priority::Blocking || alone;
        let whole = operation == *inquiry.operation;
        // Who cannot wait for others' answers does not ask for them either.
        let wide = inquiry.wide.as_ref().filter(|_| !urgent);
        let is_own = whole && wide.is_none();
        let (operation, subject) = match wide {
            Some((wide, about)) => (wide.about(&operation), Rc::new(asked.subject.and(about))),
            None => (operation, asked.subject.clone()),
        };
        let operation = Rc::new(operation);
        let gathering = match urgent {
            true => None,
            false => self.gathering(inquiry, &operation),
        };
        if let Some((id, union)) = gathering {
            self.enlarge(id, union, &subject);
            return id;
        }
        let id = self.depart(
            now,
            Departure {
                key: self.fingerprint(asked),
                request,
                asked: asked.clone(),
                keeper: Keeper::Nobody,
                priority,
                revalidate: freshness == Freshness::Revalidate,
                failures: 0,
                joinable: false,
                cargo: Some(Cargo {
                    pool: inquiry.pool,
                    operation,
                    is_own,
                    is_open: !alone,
                    is_flawed: false,
                }),
            },
        );
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.subject = subject;
        }
        if !urgent {
            self.gather(id);
        }
        id
    }

    /// Keeps a flight back until the task is over, so that others can put theirs in.
    fn gather(&mut self, id: FlightId) {
        let is_gathering = |flight: &Flight| flight.stage == Stage::Gathering;
        if !self.flights.iter().any(|(_, flight)| is_gathering(flight)) {
            self.order(Command::EndOfTask);
        }
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.stage = Stage::Gathering;
        }
    }

    /// The union that can take this in, and what it would be then.
    fn gathering(&self, inquiry: &Inquiry, operation: &Operation) -> Option<(FlightId, Operation)> {
        self.flights.iter().find_map(|(id, flight)| {
            let cargo = flight.cargo.as_ref()?;
            let fits = flight.stage == Stage::Gathering
                && cargo.pool == inquiry.pool
                && flight.tenure == self.tenure.number()
                && cargo.operation.size() + operation.size() <= LARGEST_UNION;
            let union = Operation::unite(&[&cargo.operation, operation]).filter(|_| fits)?;
            Some((*id, union))
        })
    }

    fn enlarge(&mut self, id: FlightId, union: Operation, subject: &Subject) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.subject = Rc::new(flight.subject.and(subject));
        if let Some(cargo) = &mut flight.cargo {
            cargo.operation = Rc::new(union);
            cargo.is_own = false;
        }
        // Who wait for it already are given what it holds now, under the names that it has now.
        let seats: Vec<Who> = flight.seats.iter().map(|seat| seat.who).collect();
        for who in seats {
            self.carry_over(who, id, id);
        }
    }

    /// The task is over in which questions were gathered.
    pub(super) fn task_ended(&mut self) {
        for id in self
            .flights
            .keys_where(|flight| flight.stage == Stage::Gathering)
        {
            if let Some(flight) = self.flights.get_mut(&id) {
                flight.stage = Stage::Queued;
            }
        }
    }

    fn carried(&self, id: FlightId) -> Option<Rc<Operation>> {
        Some(self.flights.get(&id)?.cargo.as_ref()?.operation.clone())
    }

    /// Whether it was sent as this one wrote it: names in its answer are this one's.
    pub(super) fn is_in_the_words_of(&self, id: FlightId, seat: &Seat) -> bool {
        self.flights.get(&id).is_some_and(|flight| {
            flight.request == seat.request
                && flight.cargo.as_ref().is_some_and(|cargo| cargo.is_own)
        })
    }

    /// Sits down in every flight that brings a part; if there is none, all is there.
    fn wait_for(&mut self, now: Time, seat: Seat, sources: Vec<Source>) {
        let flights: Vec<FlightId> = sources.iter().filter_map(Source::flight).collect();
        if flights.is_empty() {
            return self.compose(now, seat, sources, false);
        }
        for source in &sources {
            if let Place::Body(body) = source.place {
                self.hold_body(body);
            }
        }
        self.set_waits(seat.who, sources);
        for id in flights {
            if let Some(flight) = self.flights.get_mut(&id) {
                flight.revalidate |= !flight.is_sent() && seat.freshness == Freshness::Revalidate;
            }
            self.seat(id, seat.clone());
        }
    }

    /// Waits for a flight that brings exactly what was asked, as it was written.
    pub(super) fn wait_for_own(&mut self, id: FlightId, seat: &Seat) {
        if let Some(operation) = self.carried(id) {
            let place = Place::Flight(id);
            self.set_waits(
                seat.who,
                vec![Source {
                    place,
                    operation,
                    is_own: true,
                }],
            );
        }
    }

    fn set_waits(&mut self, who: Who, sources: Vec<Source>) {
        if let Some(waits) = self.waits_of(who) {
            *waits = sources;
        }
    }

    fn waits_of(&mut self, who: Who) -> Option<&mut Vec<Source>> {
        match who {
            Who::Caller(waiter) => Some(&mut self.waiters.get_mut(&waiter)?.waits),
            Who::Component(lease) => Some(&mut self.leases.get_mut(&lease)?.waits),
        }
    }

    /// Somebody waits for another flight from now on, or for more in the same.
    pub(super) fn carry_over(&mut self, who: Who, from: FlightId, to: FlightId) {
        let operation = self.carried(to);
        let is_own = self
            .flights
            .get(&to)
            .and_then(|flight| flight.cargo.as_ref())
            .is_some_and(|cargo| cargo.is_own);
        for source in self.waits_of(who).into_iter().flatten() {
            if source.place == Place::Flight(from)
                && let Some(operation) = &operation
            {
                source.place = Place::Flight(to);
                source.operation = operation.clone();
                source.is_own &= is_own;
            }
        }
    }

    /// What somebody waited for matters no more: gives up every place that was taken for it.
    pub(super) fn leave_waits(&mut self, now: Time, who: Who, waits: Vec<Source>) {
        for source in waits {
            match source.place {
                Place::Flight(flight) => self.unseat(now, flight, who),
                Place::Body(body) => self.release_body(body),
            }
        }
    }

    /// A flight has brought its part; whoever has all parts now is given the answer.
    pub(super) fn part_arrived(&mut self, now: Time, seat: Seat, id: FlightId, is_former: bool) {
        let body = BodyId::from(id);
        let request = seat.request;
        let mut complete = true;
        let mut arrived = false;
        for source in self.waits_of(seat.who).into_iter().flatten() {
            if source.place == Place::Flight(id) {
                source.place = Place::Body(body);
                arrived = true;
            }
            complete &= source.flight().is_none();
        }
        if arrived {
            self.hold_body(body);
        }
        if arrived && complete {
            let waits = self
                .waits_of(seat.who)
                .map(core::mem::take)
                .unwrap_or_default();
            let bodies: Vec<BodyId> = waits.iter().filter_map(Source::body).collect();
            self.compose(now, seat, waits, is_former);
            for body in bodies {
                self.release_body(body);
            }
        }
        self.unhold(request);
    }

    /// Gives somebody the answer, cut out of what has arrived.
    fn compose(&mut self, now: Time, seat: Seat, sources: Vec<Source>, is_former: bool) {
        let asked = self.requests.get(seat.request);
        let plan = asked.as_ref().and_then(|asked| {
            let operations: Vec<&Operation> =
                sources.iter().map(|source| &*source.operation).collect();
            asked.inquiry.as_ref()?.operation.projection(&operations)
        });
        let Some(plan) = plan else {
            return self.go_without(now, seat);
        };
        let bodies: Vec<BodyId> = sources.iter().filter_map(Source::body).collect();
        for body in &bodies {
            self.cache.used_body(*body);
        }
        self.counts.ended(seat.app, seat.outcome, 1);
        let cut = Cut {
            bodies: bodies.clone(),
            plan: plan.into(),
            is_last: sources.iter().all(|source| source.is_own),
            is_former,
            outcome: seat.outcome,
        };
        let request = seat.request;
        match seat.who {
            Who::Caller(waiter) => {
                self.take_waiter(waiter);
                self.order(Command::Compose {
                    waiter,
                    request,
                    cut,
                });
            }
            Who::Component(lease) => {
                self.tell_lease(now, lease, bodies.clone());
                self.order(Command::NotifyComposed {
                    lease,
                    request,
                    cut,
                });
            }
        }
        self.publish_composed(now, request, &bodies);
    }

    /// There is no plan where there should be one: the caller does as if there were no broker.
    fn go_without(&mut self, now: Time, seat: Seat) {
        match seat.who {
            Who::Caller(waiter) => {
                self.take_waiter(waiter);
                self.counts.ended(seat.app, Outcome::Bypassed, 1);
                self.order(Command::GoAlone(waiter));
            }
            Who::Component(lease) => self.fail_lease(now, lease, Failure::Network),
        }
    }

    fn tell_lease(&mut self, now: Time, id: LeaseId, bodies: Vec<BodyId>) {
        if let Some(lease) = self.leases.get_mut(&id) {
            lease.flight = None;
            let before = core::mem::replace(&mut lease.bodies, bodies);
            self.drop_unleased(now, before);
        }
    }

    /// What was kept only because a component showed it goes with it.
    pub(super) fn drop_unleased(&mut self, now: Time, bodies: Vec<BodyId>) {
        for body in bodies {
            if self.holdings.contains_key(&body) && !self.is_usable(now, body) {
                let gone = self.cache.remove(body);
                self.forget(gone.into_iter().collect());
            }
        }
    }

    /// Lets the page answer repeats by itself, as long as all that the answer was cut out of is fresh.
    fn publish_composed(&mut self, now: Time, request: RequestId, bodies: &[BodyId]) {
        let until = bodies
            .iter()
            .map(|body| self.cache.entry(*body).map(|entry| entry.fresh_until))
            .try_fold(Time(u64::MAX), |least, until| Some(least.min(until?)));
        let Some(until) = until.filter(|until| *until > now && self.requests.is_spelled(request))
        else {
            return;
        };
        for body in bodies {
            self.cache.publish(*body, request);
        }
        self.order(Command::PublishComposed { request, until });
    }

    /// Notes what a stored answer can be used for, and tells components of it that show an older one.
    pub(super) fn took_in(&mut self, now: Time, body: BodyId, cargo: Cargo) {
        self.holdings.insert(
            body,
            Holding {
                pool: cargo.pool,
                operation: cargo.operation.clone(),
            },
        );
        let concerned = self.leases.keys_where(|lease| {
            lease.flight.is_none() && !lease.bodies.is_empty() && !lease.bodies.contains(&body)
        });
        for id in concerned {
            self.tell_again(now, id, &cargo);
        }
    }

    fn tell_again(&mut self, now: Time, id: LeaseId, cargo: &Cargo) {
        let Some(lease) = self.leases.get(&id) else {
            return;
        };
        let seat = lease.seat(id, Freshness::Normal);
        let inquiry = self
            .requests
            .get(seat.request)
            .and_then(|asked| asked.inquiry.clone())
            .filter(|inquiry| inquiry.pool == cargo.pool)
            .filter(|inquiry| cargo.operation.touches(&inquiry.operation));
        let Some(inquiry) = inquiry else {
            return;
        };
        let mut sources = Vec::new();
        let all = Some((*inquiry.operation).clone());
        if self
            .find_entries(now, &inquiry, all, &mut sources)
            .is_none()
        {
            let outcome = Outcome::Joined;
            self.compose(now, Seat { outcome, ..seat }, sources, false);
        }
    }

    /// Fetches what is not there of a query that somebody will soon ask.
    pub(super) fn foresee_inquiry(
        &mut self,
        now: Time,
        request: RequestId,
        asked: &Rc<Asked>,
        inquiry: &Inquiry,
    ) {
        let (_, rest) = self.find_sources(now, inquiry, Freshness::Normal);
        if let Some(operation) = rest {
            let id = self.fetch_rest(
                now,
                Rest {
                    request,
                    priority: Priority::Background,
                    asked,
                    inquiry,
                    operation,
                    freshness: Freshness::Normal,
                    alone: false,
                },
            );
            if let Some(flight) = self.flights.get_mut(&id)
                && flight.seats.is_empty()
            {
                flight.keeper = Keeper::Foresight;
            }
        }
    }

    /// An answer has been looked at.
    pub(super) fn described(&mut self, id: FlightId, is_flawed: bool, labels: Vec<Box<str>>) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        if let Some(cargo) = &mut flight.cargo {
            cargo.is_flawed = is_flawed;
        }
        let types = Subject {
            types: labels,
            ..Subject::default()
        };
        flight.subject = Rc::new(flight.subject.and(&types));
    }

    // --- bodies that answers are waiting to be cut out of ---------------------------------------------------------

    pub(super) fn hold_body(&mut self, body: BodyId) {
        match self.held.get_mut(&body) {
            Some((uses, _)) => *uses += 1,
            None => {
                self.held.insert(body, (1, false));
            }
        }
    }

    pub(super) fn release_body(&mut self, body: BodyId) {
        let Some((uses, unwanted)) = self.held.get_mut(&body) else {
            return;
        };
        *uses -= 1;
        let (uses, unwanted) = (*uses, *unwanted);
        if uses == 0 {
            self.held.remove(&body);
            if unwanted {
                self.order(Command::DropBody(body));
            }
        }
    }

    /// The index has no use for a body: it goes, as soon as nobody waits to have an answer cut out of it.
    pub(super) fn drop_body(&mut self, body: BodyId) {
        match self.held.get_mut(&body) {
            Some((_, unwanted)) => *unwanted = true,
            None => self.order(Command::DropBody(body)),
        }
    }
}

impl Source {
    fn flight(&self) -> Option<FlightId> {
        match self.place {
            Place::Flight(id) => Some(id),
            Place::Body(_) => None,
        }
    }

    fn body(&self) -> Option<BodyId> {
        match self.place {
            Place::Body(id) => Some(id),
            Place::Flight(_) => None,
        }
    }
}

impl Inquiry {
    /// The query alone, sent as it is written.
    pub(super) fn cargo_as_written(&self) -> Cargo {
        Cargo {
            pool: self.pool,
            operation: self.operation.clone(),
            is_own: true,
            is_open: false,
            is_flawed: false,
        }
    }
}

impl Cargo {
    /// The same, to be sent again.
    pub(super) fn again(&self) -> Cargo {
        Cargo {
            operation: self.operation.clone(),
            ..*self
        }
    }

    /// The body to send (GraphQL over HTTP, §5.4).
    pub(super) fn text(&self) -> String {
        let (document, variables) = self.operation.print();
        let mut text = String::from("{\"query\":");
        write_json_string(&document, &mut text);
        text.push_str(",\"variables\":");
        text.push_str(&variables);
        text.push('}');
        text
    }
}
