//! One exchange on its way: where its answer is looked for next, and what it leaves behind.

use super::patience::{CERTAINTY_MS, OPENING_MS, PATIENCE_MS, SILENCE_MS};
use super::{Command, Depot, Errand, Kept, LARGEST_BODY, Reach, Record, Say};
use crate::broker::{FlightId, Time};
use crate::cache::Subject;
use crate::fingerprint::Fingerprint;
use crate::http::{Demand, Use};

/// What a passage waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// For the disk to be open.
    Opening,
    /// For a row.
    Looking,
    /// To hear whether the claim is free.
    Claiming,
    /// For another tab's answer.
    Waiting {
        /// It has given a sign of life since it was last asked.
        is_alive: bool,
        /// Its answer will do.
        is_promised: bool,
    },
    /// For the server.
    InTheAir { has_head: bool },
    /// For its answer to be on disk.
    Writing,
}

/// One exchange on its way.
#[derive(Debug)]
pub(super) struct Passage {
    pub(super) errand: Errand,
    pub(super) stage: Stage,
    pub(super) has_claim: bool,
    /// How often the disk was asked and has not answered yet.
    pub(super) looks: u8,
    /// What another tab has asked before the claim was known to be this one's.
    pub(super) asked: Option<Say>,
    /// Another tab waits for it.
    pub(super) is_wanted: bool,
    /// It has waited for another tab.
    pub(super) has_waited: bool,
    /// Another tab has said that its answer is on its way. Locks and words take different ways: the claim may be free before
    /// the answer is here.
    pub(super) is_expected: bool,
    /// May stand in if the server fails.
    pub(super) spare: Option<Box<Record>>,
    pub(super) until: Option<Time>,
    /// The first time is over.
    pub(super) is_late: bool,
}

impl Depot {
    pub(super) fn enter(
        &mut self,
        flight: FlightId,
        errand: Errand,
        stage: Stage,
        until: Option<Time>,
    ) {
        let passage = Passage {
            errand,
            stage,
            has_claim: false,
            looks: 0,
            asked: None,
            is_wanted: false,
            has_waited: false,
            is_expected: false,
            spare: None,
            until,
            is_late: false,
        };
        self.passages.insert(flight, passage);
    }

    pub(super) fn sought(&mut self, now: Time, flight: FlightId, errand: Errand) {
        if errand.is_anothers {
            // It was not sent yet, and would go out with the new person's cookies.
            return self.order(Command::Fail(flight));
        }
        let is_servers = errand.reach == Reach::Server;
        self.enter(flight, errand, Stage::Opening, Some(now.plus(OPENING_MS)));
        if is_servers {
            self.send(flight);
        } else if self.is_open {
            self.begin(now, flight);
        }
    }

    /// Looks on disk first, if there can be something that will do.
    pub(super) fn begin(&mut self, now: Time, flight: FlightId) {
        let Some(passage) = self.passages.get(&flight) else {
            return;
        };
        let Errand {
            key,
            is_strict,
            newer_than,
            ..
        } = passage.errand;
        if !is_strict
            && newer_than == 0
            && self.has_disk
            && (self.has_met || self.shelf.may_have(&key))
        {
            self.look(now, flight, key, PATIENCE_MS);
        } else {
            self.claim_or_send(now, flight);
        }
    }

    pub(super) fn look(&mut self, now: Time, flight: FlightId, key: Fingerprint, patience: u64) {
        self.wait(now, flight, Stage::Looking, patience);
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.looks += 1;
        }
        self.order(Command::Load(flight, key));
    }

    pub(super) fn wait(&mut self, now: Time, flight: FlightId, stage: Stage, patience: u64) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.stage = stage;
            passage.until = Some(now.plus(patience));
            passage.is_late = false;
        }
    }

    pub(super) fn loaded(
        &mut self,
        now: Time,
        moment: u64,
        flight: FlightId,
        record: Option<Box<Record>>,
    ) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            return;
        };
        passage.looks -= 1;
        // It was asked again since, when another tab may have written: the first answer is of before.
        if passage.stage != Stage::Looking || passage.looks > 0 {
            return;
        }
        let (key, has_claim) = (passage.errand.key, passage.has_claim);
        let record = record.filter(|record| {
            let subject = passage.errand.subject.and(&record.subject);
            !self.log.covers(record.number, &subject)
        });
        let Some(record) = record else {
            // It is dead, or was never there.
            if self.shelf.remove(&key) {
                self.order(Command::Erase(key));
            }
            return self.after_looking(now, flight, has_claim);
        };
        let errand = &passage.errand;
        let may_be_seen = errand.reach == Reach::All || record.stored.is_public();
        let is_new = record.stored.arrived() > errand.newer_than;
        let demand = match errand.is_strict {
            // Another tab has asked the server since.
            true => Demand::default(),
            false => errand.demand.clone(),
        };
        let will_do = may_be_seen
            && is_new
            && match record.stored.use_for(&demand, moment) {
                Use::Fresh | Use::Stale => true,
                Use::WhileRevalidating => errand.newer_than == 0 && !errand.is_fresh_only,
                Use::Validate | Use::No => false,
            };
        if will_do {
            self.shelf.used(&key, record.cost);
            self.order(Command::Give(flight, record.stored.arrived()));
            // What is on disk may be claimed by the next.
            return self.leave(flight);
        }
        passage.spare = Some(record).filter(|_| may_be_seen);
        self.after_looking(now, flight, has_claim);
    }

    pub(super) fn after_looking(&mut self, now: Time, flight: FlightId, has_claim: bool) {
        let expected = self.passages.get_mut(&flight);
        if expected.is_some_and(|passage| core::mem::take(&mut passage.is_expected)) {
            let stage = Stage::Waiting {
                is_alive: false,
                is_promised: true,
            };
            return self.wait(now, flight, stage, PATIENCE_MS);
        }
        match has_claim {
            true => self.send(flight),
            false => self.claim_or_send(now, flight),
        }
    }

    /// There is no other tab that could send the answer.
    pub(super) fn expect_nobody(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.is_expected = false;
            if matches!(passage.stage, Stage::Waiting { .. }) {
                self.send(flight);
            }
        }
    }

    pub(super) fn claim_or_send(&mut self, now: Time, flight: FlightId) {
        let Some(passage) = self.passages.get(&flight) else {
            return;
        };
        let key = passage.errand.key;
        // Of several flights of one page for one fingerprint, the others are there because the first will not do.
        let is_first = !self.passages.iter().any(|(other, passage)| {
            *other != flight
                && passage.errand.key == key
                && (passage.has_claim || passage.stage == Stage::Claiming)
        });
        if self.has_peers
            && passage.errand.reach == Reach::All
            && passage.errand.may_ask
            && is_first
        {
            self.wait(now, flight, Stage::Claiming, CERTAINTY_MS);
            self.order(Command::Claim(flight, key));
        } else {
            self.send(flight);
        }
    }

    pub(super) fn claimed(&mut self, now: Time, flight: FlightId, is_ours: bool) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            // It ended meanwhile.
            return self.order(Command::Release(flight));
        };
        let asked = passage.asked.take().filter(|_| is_ours);
        let (key, is_strict) = (passage.errand.key, passage.errand.is_strict);
        match (passage.stage, is_ours) {
            (Stage::InTheAir { .. }, _) => passage.has_claim = is_ours,
            (Stage::Claiming | Stage::Waiting { .. }, true) => {
                passage.has_claim = true;
                match self.has_disk {
                    // The tab before may have left the answer there.
                    true => self.look(now, flight, key, CERTAINTY_MS),
                    false => self.after_looking(now, flight, true),
                }
            }
            (Stage::Claiming, false) => {
                let stage = Stage::Waiting {
                    is_alive: false,
                    is_promised: !is_strict,
                };
                passage.has_waited = true;
                self.wait(now, flight, stage, SILENCE_MS);
                self.order(Command::Queue(flight, key));
                self.order(Command::Tell(
                    key,
                    if is_strict { Say::WantNew } else { Say::Want },
                ));
            }
            (_, true) => self.order(Command::Release(flight)),
            _ => {}
        }
        if let Some(what) = asked {
            self.told(key, what);
        }
    }

    pub(super) fn send(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            if !passage.errand.may_ask {
                self.order(Command::Refuse(flight));
                return self.leave(flight);
            }
            passage.stage = Stage::InTheAir { has_head: false };
            passage.until = None;
            let must_ask = passage.errand.is_named
                || passage.has_waited
                || self.log.has_covered(&passage.errand.subject);
            self.order(Command::Send(flight, must_ask));
        }
    }

    pub(super) fn headed(&mut self, flight: FlightId, is_shared: bool) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            return;
        };
        passage.stage = Stage::InTheAir { has_head: true };
        let key = passage.errand.key;
        if !is_shared && passage.has_claim {
            self.order(Command::Tell(key, Say::Alone));
            self.release(flight);
        }
    }

    pub(super) fn failed(&mut self, moment: u64, flight: FlightId, status: Option<u16>) {
        let Some(passage) = self.passages.get(&flight) else {
            return;
        };
        let Some(record) = &passage.spare else { return };
        let subject = passage.errand.subject.and(&record.subject);
        if record
            .stored
            .may_answer_failure(&passage.errand.demand, moment, status)
            && !self.log.covers(record.number, &subject)
        {
            let arrived = record.stored.arrived();
            self.order(Command::Give(flight, arrived));
            self.leave(flight);
        }
    }

    pub(super) fn settled(&mut self, flight: FlightId, kept: Option<Box<Kept>>, is_whole: bool) {
        let Some(passage) = self.passages.get_mut(&flight) else {
            return;
        };
        let (key, began) = (passage.errand.key, passage.errand.began);
        let (is_wanted, has_claim, reach) =
            (passage.is_wanted, passage.has_claim, passage.errand.reach);
        if is_wanted && is_whole {
            let words = self.log.heard_at(began);
            self.order(Command::Offer(flight, key, words));
        } else if is_wanted {
            self.order(Command::Tell(key, Say::Alone));
        }
        let kept = kept.filter(|kept| {
            let is_seen =
                reach == Reach::All || (reach == Reach::Public && kept.stored.is_public());
            // What depends on headers besides the key's would be found by whoever has others.
            is_seen && self.has_disk && kept.bytes <= LARGEST_BODY && !kept.stored.varies_on_noise()
        });
        let Some(kept) = kept else {
            return self.leave(flight);
        };
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.stage = Stage::Writing;
        }
        self.shelf.put(key, kept.bytes, kept.cost);
        self.make_room(0, Some(&key));
        let Kept {
            subject,
            bytes,
            cost,
            stored,
            question,
        } = *kept;
        let number = self.log.number_at(began);
        let subject = Subject {
            url: "".into(),
            ..(*subject).clone()
        };
        let record = Box::new(Record {
            number,
            bytes,
            cost,
            subject,
            stored,
            question,
        });
        self.order(Command::Write(flight, key, record, has_claim));
        if !has_claim {
            self.leave(flight);
        }
    }

    /// Ends a passage, and gives its claim up.
    pub(super) fn leave(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.remove(&flight)
            && (passage.has_claim || matches!(passage.stage, Stage::Waiting { .. }))
        {
            self.order(Command::Release(flight));
        }
    }

    pub(super) fn release(&mut self, flight: FlightId) {
        if let Some(passage) = self.passages.get_mut(&flight) {
            passage.has_claim = false;
            self.order(Command::Release(flight));
        }
    }
}
