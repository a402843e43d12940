//! Moments at which something must be looked at again.

use super::Sorted;
use super::{FlightId, Time, WaiterId};
use crate::fingerprint::Fingerprint;

/// What is to be looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Alarm {
    /// A waiter's deadline.
    Deadline(WaiterId),
    /// A flight's pause before it is sent again.
    Retry(FlightId),
    /// The end of the time for which a prefetch may fly with nobody waiting.
    Grace(FlightId),
    /// The end of the time for which it is remembered that an answer may not be shared.
    Shareable(Fingerprint),
}

#[derive(Debug, Default)]
pub(super) struct Alarms {
    set: Sorted<Alarm>,
    armed: Option<Time>,
}

impl Alarms {
    pub(super) fn add(&mut self, at: Time, alarm: Alarm) {
        self.set.insert(at.0, alarm);
    }

    pub(super) fn remove(&mut self, at: Time, alarm: Alarm) {
        self.set.remove(at.0, alarm);
    }

    /// Takes the earliest alarm that is due.
    pub(super) fn due(&mut self, now: Time) -> Option<Alarm> {
        let (at, alarm) = self.set.first()?;
        if Time(at) > now {
            return None;
        }
        self.set.remove(at, alarm);
        // The page's timer has gone off, or is about to for nothing: order it anew for what is left.
        self.armed = None;
        Some(alarm)
    }

    /// The new wake-up to order, if the one ordered before does not fit any more.
    pub(super) fn rearm(&mut self) -> Option<Option<Time>> {
        let next = self.set.first().map(|(at, _)| Time(at));
        if next == self.armed {
            return None;
        }
        self.armed = next;
        Some(next)
    }
}
