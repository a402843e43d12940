//! How long what does not answer is waited for, and what is done then.

use super::passage::Stage;
use super::{Command, Depot, Say};
use crate::broker::Time;

/// How long the disk, or a claim, is waited for without a sign of life. Twice: what a busy page hears late it has not heard
/// when the first time is over.
pub(super) const PATIENCE_MS: u64 = 100;
/// The same, for the database to be opened and the other tabs to answer.
pub(super) const OPENING_MS: u64 = 600;
/// The same, where another tab may have sent, or have written the answer: its rows, and everybody's claims, keep a slow disk
/// and a slow browser busy, and who gives up sends a second time.
pub(super) const CERTAINTY_MS: u64 = 1_000;
/// How long another tab's flight is waited for without a sign of life. Timers of a tab in the background ring once a second.
pub(super) const SILENCE_MS: u64 = 2_000;

impl Depot {
    /// Those whose time is over: they are waited for once more, or no longer.
    pub(super) fn ring(&mut self, now: Time) {
        for flight in self
            .passages
            .keys_where(|passage| passage.until.is_some_and(|until| until <= now))
        {
            let Some(passage) = self.passages.get_mut(&flight) else {
                continue;
            };
            let (key, is_strict) = (passage.errand.key, passage.errand.is_strict);
            let (spoke, patience) = match passage.stage {
                Stage::Opening => (Time(0), OPENING_MS),
                Stage::Looking if passage.has_claim => (self.disk_spoke, CERTAINTY_MS),
                Stage::Looking => (self.disk_spoke, PATIENCE_MS),
                Stage::Claiming => (self.locks_spoke, CERTAINTY_MS),
                Stage::Waiting { .. } => (Time(0), PATIENCE_MS),
                _ => (Time(0), 0),
            };
            let again = spoke.plus(patience).max(match passage.is_late {
                true => Time(0),
                false => now.plus(patience),
            });
            if again > now {
                passage.is_late = true;
                passage.until = Some(again);
                continue;
            }
            match passage.stage {
                Stage::Opening => self.send(flight),
                Stage::Looking => {
                    let has_claim = passage.has_claim;
                    self.after_looking(now, flight, has_claim);
                }
                Stage::Claiming => {
                    self.order(Command::Release(flight));
                    self.send(flight);
                }
                Stage::Waiting {
                    is_alive: true,
                    is_promised,
                } => {
                    self.wait(
                        now,
                        flight,
                        Stage::Waiting {
                            is_alive: false,
                            is_promised,
                        },
                        SILENCE_MS,
                    );
                    self.order(Command::Tell(
                        key,
                        if is_strict { Say::WantNew } else { Say::Want },
                    ));
                }
                Stage::Waiting { .. } => {
                    if !core::mem::replace(&mut passage.has_claim, true) {
                        self.order(Command::Seize(flight, key));
                    }
                    self.send(flight);
                }
                Stage::InTheAir { .. } | Stage::Writing => passage.until = None,
            }
        }
    }

    /// Orders waking for the next of them.
    pub(super) fn rearm(&mut self) {
        let mut next: Option<Time> = None;
        for (_, passage) in self.passages.iter() {
            if let Some(until) = passage.until {
                next = Some(next.map_or(until, |next| next.min(until)));
            }
        }
        if next != self.alarm {
            self.alarm = next;
            self.order(Command::WakeAt(next));
        }
    }
}
