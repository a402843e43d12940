//! Sending again: when, how often, and never as a storm.
//!
//! Exponential backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture
//! Blog, 2015) and a budget for each origin (Google SRE Book, ch. 21): a retry costs one token, an exchange
//! that went well earns a tenth of one, so that retries stay near a tenth of the traffic of a failing origin.

use super::ids::Time;

/// Upper bound of the first pause, in milliseconds; it doubles with each attempt.
const BASE_MS: u64 = 200;
/// No pause is longer than this, unless the server asked for it.
const CAP_MS: u64 = 10_000;
/// A server that asks for a longer pause than this is not asked again: the caller had better know now.
const LONGEST_RETRY_AFTER_MS: u64 = 60_000;

/// Tokens are counted in tenths.
const FULL: u32 = 100;
const COST: u32 = 10;

/// What one origin may still spend on retries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(u32);

impl Default for Budget {
    fn default() -> Self {
        Budget(FULL)
    }
}

impl Budget {
    /// The budget of an origin, full at first.
    pub(super) fn of<'a>(budgets: &'a mut Vec<(Box<str>, Budget)>, origin: &str) -> &'a mut Budget {
        let at = budgets
            .iter()
            .position(|(other, _)| **other == *origin)
            .unwrap_or_else(|| {
                budgets.push((origin.into(), Budget::default()));
                budgets.len() - 1
            });
        &mut budgets[at].1
    }

    pub(super) fn earn(&mut self) {
        self.0 = (self.0 + 1).min(FULL);
    }

    /// Takes one retry's worth, or says no.
    pub(super) fn spend(&mut self) -> bool {
        let enough = self.0 >= COST;
        if enough {
            self.0 -= COST;
        }
        enough
    }

    pub(super) fn is_full(self) -> bool {
        self.0 == FULL
    }
}

/// A small generator for jitter (SplitMix64: Steele, Lea, Flood, OOPSLA 2014), seeded by the page.
#[derive(Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) fn new(seed: u64) -> Self {
        Jitter(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }

    /// When to send again after `attempt` attempts have failed (1 = the first), or `None` if the server
    /// asks for a pause that no caller should sit through.
    pub(super) fn again_at(
        &mut self,
        now: Time,
        attempt: u32,
        retry_after: Option<u64>,
    ) -> Option<Time> {
        let ceiling = BASE_MS
            .saturating_mul(1 << attempt.saturating_sub(1).min(16))
            .min(CAP_MS);
        let pause = self.below(ceiling + 1);
        match retry_after {
            Some(asked) if asked > LONGEST_RETRY_AFTER_MS => None,
            Some(asked) => Some(now.plus(asked + pause)),
            None => Some(now.plus(pause)),
        }
    }
}
