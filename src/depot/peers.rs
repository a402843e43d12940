//! What tabs say to each other, and what follows.

use super::log::has_heard;
use super::passage::Stage;
use super::{Command, Depot, Reach, Say, Word};
use crate::fingerprint::Fingerprint;

impl Depot {
    pub(super) fn met(&mut self) {
        (self.has_peers, self.has_met) = (true, true);
        let flying = self.passages.keys_where(|passage| {
            matches!(passage.stage, Stage::InTheAir { .. })
                && !passage.has_claim
                && passage.errand.reach == Reach::All
        });
        for flight in flying {
            if let Some(passage) = self.passages.get(&flight) {
                let key = passage.errand.key;
                self.order(Command::Claim(flight, key));
            }
        }
    }

    pub(super) fn told(&mut self, key: Fingerprint, what: Say) {
        for flight in self
            .passages
            .keys_where(|passage| passage.errand.key == key)
        {
            let Some(passage) = self.passages.get_mut(&flight) else {
                continue;
            };
            match (what, passage.stage) {
                (Say::Want | Say::WantNew, stage) if passage.has_claim => {
                    let answer = match (what, stage) {
                        (Say::WantNew, Stage::InTheAir { has_head: true } | Stage::Writing) => {
                            Say::NotNew
                        }
                        (Say::WantNew, _) if !passage.errand.is_strict => Say::NotNew,
                        _ => Say::Coming,
                    };
                    if answer == Say::Coming {
                        passage.is_wanted = true;
                    }
                    let is_over = stage == Stage::Writing && answer == Say::Coming;
                    let began = passage.errand.began;
                    self.order(Command::Tell(key, answer));
                    if is_over {
                        let words = self.log.heard_at(began);
                        self.order(Command::Offer(flight, key, words));
                    }
                }
                // Locks and words take different ways: who asks may already know whose the claim is.
                (Say::Want | Say::WantNew, Stage::Claiming | Stage::InTheAir { .. }) => {
                    passage.asked = passage.asked.max(Some(what));
                }
                (Say::Coming, Stage::Waiting { .. }) => {
                    passage.is_expected = true;
                    passage.stage = Stage::Waiting {
                        is_alive: true,
                        is_promised: true,
                    };
                }
                (Say::NotNew, Stage::Waiting { is_promised, .. }) => {
                    passage.stage = Stage::Waiting {
                        is_alive: true,
                        is_promised,
                    };
                }
                (Say::Alone, Stage::Looking) => passage.is_expected = false,
                (Say::Alone, Stage::Waiting { .. }) => {
                    passage.has_claim = false;
                    self.order(Command::Release(flight));
                    self.send(flight);
                }
                _ => {}
            }
        }
    }

    pub(super) fn offered(&mut self, key: &Fingerprint, theirs: &[Word]) {
        for flight in self
            .passages
            .keys_where(|passage| passage.errand.key == *key)
        {
            let Some(passage) = self.passages.get(&flight) else {
                continue;
            };
            let ours = self.log.heard_at(passage.errand.began);
            let is_awaited = match passage.stage {
                Stage::Waiting { is_promised, .. } => is_promised,
                Stage::Looking => passage.is_expected,
                _ => false,
            };
            if is_awaited && has_heard(theirs, &ours) {
                self.order(Command::Take(flight));
                self.leave(flight);
            }
        }
    }
}
