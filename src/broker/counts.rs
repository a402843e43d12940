//! How lookups ended, counted for each app.

use super::AppId;

/// How a lookup ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Outcome {
    /// A stored answer, fresh.
    Fresh,
    /// A stored answer past its freshness, revalidated behind.
    Stale,
    /// A stored answer from disk.
    Persisted,
    /// Another's flight.
    Joined,
    /// A flight that was started because somebody would want it.
    JoinedPrefetch,
    /// A flight of its own.
    Missed,
    /// Sent as it was.
    Bypassed,
    /// No answer.
    Failed,
}

impl Outcome {
    /// All, in the order of [`Counts`].
    pub const ALL: [Outcome; 8] = [
        Outcome::Fresh,
        Outcome::Stale,
        Outcome::Persisted,
        Outcome::Joined,
        Outcome::JoinedPrefetch,
        Outcome::Missed,
        Outcome::Bypassed,
        Outcome::Failed,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Fresh => "fresh",
            Outcome::Stale => "stale",
            Outcome::Persisted => "persisted",
            Outcome::Joined => "joined",
            Outcome::JoinedPrefetch => "joined-prefetch",
            Outcome::Missed => "missed",
            Outcome::Bypassed => "bypassed",
            Outcome::Failed => "failed",
        }
    }
}

/// Lookups by outcome, and what was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    outcomes: [u32; 8],
    /// Exchanges started. Those of prefetches and revalidations belong to no app.
    pub sent: u32,
}

impl Counts {
    /// How many ended so.
    pub fn ended(&self, outcome: Outcome) -> u32 {
        self.outcomes[outcome as usize]
    }

    /// Adds another app's counts to these.
    pub fn add(&mut self, other: &Counts) {
        for (sum, more) in self.outcomes.iter_mut().zip(other.outcomes) {
            *sum += more;
        }
        self.sent += other.sent;
    }
}

/// The counts of an app, from zero.
fn of(apps: &mut Vec<Counts>, AppId(number): AppId) -> &mut Counts {
    let at = number as usize;
    if apps.len() <= at {
        apps.resize(at + 1, Counts::default());
    }
    &mut apps[at]
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    all: Counts,
    /// By number: apps are few, and counted from 1.
    apps: Vec<Counts>,
}

impl Ledger {
    pub(super) fn ended(&mut self, app: AppId, outcome: Outcome, times: u32) {
        for counts in [&mut self.all, of(&mut self.apps, app)] {
            counts.outcomes[outcome as usize] += times;
            if outcome == Outcome::Bypassed {
                counts.sent += times;
            }
        }
    }

    pub(super) fn sent(&mut self, app: Option<AppId>) {
        self.all.sent += 1;
        if let Some(app) = app {
            of(&mut self.apps, app).sent += 1;
        }
    }

    /// An exchange that was ordered needed not be sent.
    pub(super) fn unsent(&mut self, app: Option<AppId>) {
        self.all.sent = self.all.sent.saturating_sub(1);
        if let Some(app) = app {
            let counts = of(&mut self.apps, app);
            counts.sent = counts.sent.saturating_sub(1);
        }
    }

    pub(super) fn of(&self, app: Option<AppId>) -> Counts {
        match app {
            None => self.all,
            Some(app) => self.apps.get(app.0 as usize).copied().unwrap_or_default(),
        }
    }
}
