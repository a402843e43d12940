//! Which stored answers answer other requests than their own: one that the server has declared to mean the same
//! (`No-Vary-Search`), and one for some of their bytes (`Range`).
//!
//! Where they are is remembered here; that they are answers is asked of themselves, each time.

use super::flight::{Flight, Seat, Who};
use super::{Asked, BodyId, Broker, Command, Outcome, Table, Time, Want};
use crate::cache::Generation;
use crate::fingerprint::{ContentDigest, Fingerprint};
use crate::http::{Demand, Piece, Use, Variance, split};

/// How many are remembered of each kind. What is forgotten is learned again.
const MOST: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Kin {
    /// What the last answer said of its query (`No-Vary-Search`), by all of its request but the query.
    declared: Table<Fingerprint, Box<str>>,
    /// The last answer, and when it was asked for: by what is left of its query, or by the whole of which it is a part.
    answers: Table<Fingerprint, (BodyId, Generation)>,
}

fn remember<V>(table: &mut Table<Fingerprint, V>, key: Fingerprint, value: V) {
    if table.len() >= MOST {
        table.clear();
    }
    table.insert(key, value);
}

impl Broker {
    /// From now on it looks for answers among those to other requests, too. In a page what does so is loaded when the core
    /// first calls it: `remember_kin` or `give_kin`, which till then do nothing (0 is `false`).
    pub fn admit_kin(&mut self) {
        self.kin.get_or_insert_default();
    }

    /// Remembers a stored answer that may answer other requests.
    #[inline(never)] // a seam: the first part of the core calls the later one
    pub(super) fn remember_kin(&mut self, flight: &Flight, body: BodyId) {
        let asked = &flight.asked;
        let entry = self.cache.entry(body);
        let Some(stored) = entry.and_then(|entry| entry.stored.as_deref()) else {
            return;
        };
        let key = if stored.is_part() {
            asked.whole.map(|whole| self.fingerprint_of(&whole, asked))
        } else if let (Some(field), Some(family)) = (stored.no_vary_search(), self.family(asked)) {
            let field = Box::from(field);
            if let Some(kin) = &mut self.kin {
                remember(&mut kin.declared, family, field);
            }
            self.declared_key(asked)
        } else {
            None
        };
        if let (Some(key), Some(kin)) = (key, &mut self.kin) {
            remember(&mut kin.answers, key, (body, flight.began));
        }
    }

    /// All of a request but its query.
    fn family(&self, asked: &Asked) -> Option<Fingerprint> {
        let (path, _) = split(&asked.subject.url);
        let rest = [asked.besides.as_deref()?, path.as_bytes()];
        Some(self.of_rest(&rest))
    }

    /// A request without what the last answer of its family declared to mean nothing.
    fn declared_key(&self, asked: &Asked) -> Option<Fingerprint> {
        let kin = self.kin.as_ref().filter(|kin| !kin.declared.is_empty())?;
        let field = kin.declared.get(&self.family(asked)?)?;
        let rest = Variance::parse(field)?.rest_of(&asked.subject.url);
        Some(self.of_rest(&[asked.besides.as_deref()?, field.as_bytes(), &rest]))
    }

    fn of_rest(&self, rest: &[&[u8]]) -> Fingerprint {
        Fingerprint::new(self.tenure.partition(), &ContentDigest::of_rest(rest))
    }

    /// The fresh answer to another request that answers this one, and what of it does.
    #[inline(never)] // a seam
    pub(super) fn find_kin(
        &self,
        now: Time,
        asked: &Asked,
        demand: &Demand,
    ) -> Option<(BodyId, Piece)> {
        let moment = now.plus(self.calendar).0;
        let key = match demand.range() {
            Some(_) => {
                let whole = self.fingerprint_of(asked.whole.as_ref()?, asked);
                let body = self.cache.body_of(&whole);
                let found = body.and_then(|body| self.judge_kin(body, asked, demand, moment));
                if found.is_some() {
                    return found;
                }
                whole
            }
            None => self.declared_key(asked)?,
        };
        let (body, began) = *self.kin.as_ref()?.answers.get(&key)?;
        // What makes this request's own answers out of date need not reach the other's.
        if self.generations.covers_entry(began, &asked.subject) {
            return None;
        }
        self.judge_kin(body, asked, demand, moment)
    }

    fn judge_kin(
        &self,
        body: BodyId,
        asked: &Asked,
        demand: &Demand,
        moment: u64,
    ) -> Option<(BodyId, Piece)> {
        let entry = self.cache.entry(body)?;
        let stored = entry.stored.as_deref()?;
        let (theirs, ours) = (&*entry.subject.url, &*asked.subject.url);
        let means_the_same = theirs == ours
            || stored
                .variance()
                .is_some_and(|variance| variance.is_same(theirs, ours));
        let is_fresh = stored.use_for(demand, moment) == Use::Fresh;
        if !means_the_same || !is_fresh || !asked.selects(stored) {
            return None;
        }
        match stored.piece(demand, entry.bytes.into()) {
            Piece::Nothing => None,
            piece => Some((body, piece)),
        }
    }

    /// Gives somebody the answer to another request, if there is one; says whether. Repeats ask again: when the answer
    /// to their own request is out of date, the page would not be told to forget this one.
    #[inline(never)] // a seam
    pub(super) fn give_kin(
        &mut self,
        now: Time,
        seat: &Seat,
        asked: &Asked,
        demand: &Demand,
    ) -> bool {
        let Some((body, piece)) = self.find_kin(now, asked, demand) else {
            return false;
        };
        match (piece, seat.who) {
            (
                Piece::Slice {
                    from,
                    length,
                    content_range,
                },
                Who::Caller(waiter),
            ) if seat.want == Want::Head => {
                self.counts.ended(seat.app, Outcome::Fresh, 1);
                self.take_waiter(waiter);
                self.order(Command::AnswerPiece {
                    waiter,
                    body,
                    from,
                    length,
                    content_range,
                });
            }
            // A part is nothing that could be read as a value.
            (Piece::Slice { .. }, _) => return false,
            _ => self.tell(seat, body, Outcome::Fresh),
        }
        self.cache.used_body(body);
        true
    }
}
