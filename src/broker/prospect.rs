//! What would happen to a question, without asking it.

use super::flight::Keeper;
use super::{Asked, Broker, Outcome, Sharing, Time};
use crate::cache::{Entry, Found};

/// What would happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Prospect {
    /// It goes out by itself, as it may write.
    Alone,
    /// A fresh entry answers.
    Fresh,
    /// An entry that was fetched ahead answers.
    Ahead,
    /// A stale entry answers, and is revalidated.
    Stale,
    /// The server is asked whether what is stored still holds.
    Validates,
    /// It joins a flight.
    Joins,
    /// It joins a flight that was sent ahead.
    JoinsForesight,
    /// It goes out by itself, as the last answer might not be shared.
    Unshareable,
    /// It goes out, as nothing stored is given out at present.
    Locked,
    /// It goes out.
    Nothing,
}

impl Prospect {
    /// How the lookup would be counted.
    pub fn outcome(self) -> Outcome {
        match self {
            Prospect::Alone => Outcome::Bypassed,
            Prospect::Fresh => Outcome::Fresh,
            Prospect::Ahead | Prospect::JoinsForesight => Outcome::JoinedPrefetch,
            Prospect::Stale => Outcome::Stale,
            Prospect::Joins => Outcome::Joined,
            Prospect::Validates | Prospect::Unshareable | Prospect::Locked | Prospect::Nothing => {
                Outcome::Missed
            }
        }
    }
}

impl Broker {
    /// What would happen if this were asked now.
    pub fn prospect(&self, asked: &Asked, now: Time) -> Prospect {
        if asked.sharing == Sharing::Alone {
            return Prospect::Alone;
        }
        let key = self.fingerprint(asked);
        let locked = self.is_withheld(asked);
        let found = self.cache.peek(&key, &asked.demand, now, self.calendar);
        match found {
            Found::Fresh(_) if !locked => return Prospect::Fresh,
            Found::Ahead(_) if !locked => return Prospect::Ahead,
            Found::Stale(_) | Found::Accepted(_) if !locked => return Prospect::Stale,
            _ if !locked
                && self.kin.is_some()
                && self.find_kin(now, asked, &asked.demand).is_some() =>
            {
                return Prospect::Fresh;
            }
            _ => {}
        }
        if self.unshareable.contains_key(&key) {
            return Prospect::Unshareable;
        }
        match self
            .joinable_for(now, &key, asked, &asked.demand)
            .and_then(|id| self.flights.get(&id))
        {
            Some(flight) if flight.keeper == Keeper::Foresight => Prospect::JoinsForesight,
            Some(_) => Prospect::Joins,
            None if locked => Prospect::Locked,
            None if matches!(found, Found::Doubtful(_)) => Prospect::Validates,
            None => Prospect::Nothing,
        }
    }

    /// The stored answer to a request, however old.
    pub fn entry_for(&self, asked: &Asked) -> Option<&Entry> {
        self.cache.entry_of(&self.fingerprint(asked))
    }
}
