//! GraphQL queries: what is stored or in the air answers as much of them as it holds, and only the rest is fetched,
//! together with what others ask for in the same task.

use super::cargo::Cargo;
use super::flight::{Departure, Flight, Keeper, Seat, Stage, Who};
use super::refused::{FORESEEN, add};
use super::requests::Asked;
use super::waits::{Place, Source};
use super::{Broker, FlightId, Freshness, Outcome, Priority, RequestId, Time};
use crate::cache::Subject;
use crate::fingerprint::ContentDigest;
use crate::graphql::Operation;
use crate::http::Demand;
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
    /// Its document, whatever the variables.
    pub document: u64,
    /// That and what others are known to ask for besides, if it is more; and what that is about.
    pub wide: Option<(Operation, Subject)>,
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
    #[inline(never)] // a seam: see `graphql`
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
            false => self.find_sources(now, &asked, &inquiry, freshness),
        };
        seat.outcome = self.outcome_of(&sources);
        let rest = match freshness == Freshness::Normal && !alone && !self.is_withheld(&asked) {
            true => self.draw_from_stock(now, &mut seat, &asked, &inquiry, rest, &mut sources),
            false => rest,
        };
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

    /// Orders what lies on disk of what is left; what is left then.
    fn draw_from_stock(
        &mut self,
        now: Time,
        seat: &mut Seat,
        asked: &Rc<Asked>,
        inquiry: &Inquiry,
        rest: Option<Operation>,
        sources: &mut Vec<Source>,
    ) -> Option<Operation> {
        let (found, rest) = self.find_in_stock(now, asked, inquiry, rest);
        for (operation, subject) in found {
            seat.outcome = Outcome::Missed;
            let cargo = Cargo {
                pool: inquiry.pool,
                operation: operation.clone(),
                members: Vec::new(),
                is_own: false,
                is_open: true,
                is_flawed: false,
            };
            let id = self.depart(
                now,
                Departure {
                    priority: seat.priority,
                    joinable: false,
                    cargo: Some(cargo),
                    // If it is not there after all, the server is asked for all of it.
                    subject: Rc::new(subject),
                    ..Departure::of(self.fingerprint(asked), seat.request, asked.clone())
                },
            );
            sources.push(Source {
                place: Place::Flight(id),
                operation,
                is_own: false,
            });
        }
        rest
    }

    /// What is stored or in the air and holds parts of it, and what nothing holds.
    fn find_sources(
        &self,
        now: Time,
        asked: &Asked,
        inquiry: &Inquiry,
        freshness: Freshness,
    ) -> (Vec<Source>, Option<Operation>) {
        let mut sources = Vec::new();
        let mut rest = Some((*inquiry.operation).clone());
        if freshness == Freshness::Normal && !self.is_withheld(asked) {
            rest = self.find_entries(now, inquiry, rest, &mut sources);
        }
        for (id, flight) in self.flights.iter() {
            let (Some(wanted), Some(cargo)) = (&rest, &flight.cargo) else {
                continue;
            };
            if cargo.pool == inquiry.pool
                && cargo.is_open
                && self.may_join(now, flight, freshness)
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
    pub(super) fn find_entries(
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

    fn may_join(&self, now: Time, flight: &Flight, freshness: Freshness) -> bool {
        let outdated = self.may_be_outdated(flight);
        // What a component waits for will be as good as fresh as long as it shows it.
        let is_shown = flight.status.is_some_and(|status| status < 300)
            && flight
                .seats
                .iter()
                .any(|seat| matches!(seat.who, Who::Component(_)));
        let is_open = is_shown || self.is_open_to(now, flight, &Demand::default());
        let new_enough = freshness == Freshness::Normal
            || !flight.is_sent()
            || (flight.revalidate && flight.status.is_none());
        flight.tenure == self.tenure.number() && !outdated && is_open && new_enough
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
        let mut members = vec![inquiry.document];
        let wide = inquiry
            .wide
            .as_ref()
            .filter(|_| !urgent && !self.is_refused(now, &[FORESEEN, inquiry.document]));
        if wide.is_some() {
            add(&mut members, FORESEEN);
        }
        let is_own = whole && wide.is_none();
        let (operation, subject) = match wide {
            Some((wide, about)) => (wide.about(&operation), Rc::new(asked.subject.and(about))),
            None => (operation, asked.subject.clone()),
        };
        let operation = Rc::new(operation);
        let gathering = match urgent {
            true => None,
            false => self.gathering(now, inquiry, &operation, &members),
        };
        if let Some((id, union)) = gathering {
            self.enlarge(id, union, members, &subject);
            return id;
        }
        let id = self.depart(
            now,
            Departure {
                key: self.fingerprint(asked),
                request,
                asked: asked.clone(),
                subject,
                keeper: Keeper::Nobody,
                priority,
                revalidate: freshness == Freshness::Revalidate,
                failures: 0,
                joinable: false,
                about: None,
                cargo: Some(Cargo {
                    pool: inquiry.pool,
                    operation,
                    members,
                    is_own,
                    is_open: !alone,
                    is_flawed: false,
                }),
            },
        );
        if !urgent {
            self.gather(id);
        }
        id
    }

    /// The union that can take this in, and what it would be then.
    fn gathering(
        &self,
        now: Time,
        inquiry: &Inquiry,
        operation: &Operation,
        members: &[u64],
    ) -> Option<(FlightId, Operation)> {
        self.flights.iter().find_map(|(id, flight)| {
            let cargo = flight.cargo.as_ref()?;
            let fits = flight.stage == Stage::Gathering
                && cargo.pool == inquiry.pool
                && flight.tenure == self.tenure.number()
                && cargo.operation.size() + operation.size() <= LARGEST_UNION
                && !self.is_refused(now, &together(&cargo.members, members));
            let union = Operation::unite(&[&cargo.operation, operation]).filter(|_| fits)?;
            Some((*id, union))
        })
    }

    fn enlarge(&mut self, id: FlightId, union: Operation, members: Vec<u64>, subject: &Subject) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.subject = Rc::new(flight.subject.and(subject));
        if let Some(cargo) = &mut flight.cargo {
            cargo.operation = Rc::new(union);
            cargo.members = together(&cargo.members, &members);
            cargo.is_own = false;
        }
        // Who wait for it already are given what it holds now, under the names that it has now.
        let seats: Vec<Who> = flight.seats.iter().map(|seat| seat.who).collect();
        for who in seats {
            self.carry_over(who, id, id);
        }
    }

    /// Fetches what is not there of a query that somebody will soon ask.
    #[inline(never)] // a seam: see `graphql`
    pub(super) fn foresee_inquiry(
        &mut self,
        now: Time,
        request: RequestId,
        asked: &Rc<Asked>,
        inquiry: &Inquiry,
    ) {
        let (_, rest) = self.find_sources(now, asked, inquiry, Freshness::Normal);
        // What lies on disk is there as soon as it is asked for.
        let (_, rest) = self.find_in_stock(now, asked, inquiry, rest);
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
    #[inline(never)] // a seam: see `graphql`
    pub(super) fn described(
        &mut self,
        now: Time,
        id: FlightId,
        is_flawed: bool,
        is_refused: bool,
        labels: Vec<Box<str>>,
    ) {
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
        self.note_union(now, id, is_refused);
    }
}

fn together(these: &[u64], those: &[u64]) -> Vec<u64> {
    let mut all = these.to_vec();
    for document in those {
        add(&mut all, *document);
    }
    all
}

impl Inquiry {
    /// The query alone, sent as it is written.
    pub(super) fn cargo_as_written(&self) -> Cargo {
        Cargo {
            pool: self.pool,
            operation: self.operation.clone(),
            members: vec![self.document],
            is_own: true,
            is_open: false,
            is_flawed: false,
        }
    }
}
