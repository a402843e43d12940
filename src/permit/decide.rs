//! What is decided about rows, and why.

use super::columns::BLOCK;
use super::residual::{Refusal, Residual};
use super::row::Truth;
use super::run::{Stack, Truths};
use core::ops::Range;

/// What was decided about rows, a bit for each, [`BLOCK`] to a word; bits behind the last row are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Rows that are permitted, or for which a predicate is true.
    pub yes: Vec<u64>,
    /// Rows denied because a policy could not be decided, or for which a predicate is neither true nor false.
    pub undecided: Vec<u64>,
}

/// The numbers of the bits that are set.
pub fn places(bits: &[u64]) -> Vec<u32> {
    let mut places = Vec::new();
    for (block, word) in bits.iter().enumerate() {
        let mut word = *word;
        while word != 0 {
            places.push((block * BLOCK) as u32 + word.trailing_zeros());
            word &= word - 1;
        }
    }
    places
}

/// Why a row is shown or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// How it was decided.
    pub verdict: Verdict,
    /// The policies that decided, by number: those that permit, that forbid, or that are in error.
    pub policies: Vec<u32>,
    /// What policies in error read and did not find, or found of another kind: numbers among
    /// [`Program::needs`](super::Program::needs).
    pub lacking: Vec<u16>,
}

/// How it was decided about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A policy permits, and none forbids or is in error.
    Permitted,
    /// A policy forbids.
    Forbidden,
    /// A policy is in error.
    Undecided,
    /// No policy permits.
    NotPermitted,
    /// Nothing is permitted to anybody.
    Refused(Refusal),
    /// There is no such row.
    NoRow,
}

impl Residual<'_> {
    /// Decides about the rows of some blocks: all of them are `0..columns.blocks()`, fewer keep the page responsive.
    pub fn decide(&self, blocks: Range<usize>) -> Decisions {
        let blocks = blocks.start..blocks.end.min(self.columns.blocks());
        let mut permitted = vec![Truths::default(); blocks.len()];
        let mut forbidden = permitted.clone();
        let mut merge = |forbids: bool, truths: &mut dyn Iterator<Item = Truths>| {
            let wins = if forbids {
                &mut forbidden
            } else {
                &mut permitted
            };
            for (all, truth) in wins.iter_mut().zip(truths) {
                all.yes |= truth.yes;
                all.error |= truth.error;
            }
        };
        for (policy, truth) in &self.settled {
            merge(
                self.forbids(*policy),
                &mut core::iter::repeat(Truths::of(*truth)),
            );
        }
        let mut stack = Stack::default();
        for rest in &self.rests {
            let truths = self.run(rest, &blocks, &mut stack);
            merge(rest.forbids, &mut truths.iter().copied());
            stack.spare.push(truths);
        }
        let mut decisions = Decisions::default();
        for ((permits, forbids), block) in permitted.iter().zip(&forbidden).zip(blocks) {
            let rows = self.rows_of(block) & !forbids.yes;
            let errors = permits.error | forbids.error;
            decisions.yes.push(permits.yes & !errors & rows);
            decisions.undecided.push(errors & rows);
        }
        decisions
    }

    /// Which bits of a block are rows.
    fn rows_of(&self, block: usize) -> u64 {
        match self.columns.rows().saturating_sub(block * BLOCK) {
            rows @ 0..BLOCK => (1 << rows) - 1,
            _ => u64::MAX,
        }
    }

    fn forbids(&self, policy: u32) -> bool {
        let policy = self.program.policies.get(policy as usize);
        policy.is_some_and(|policy| policy.forbids)
    }

    /// Why a row is permitted or denied: which policies decided.
    pub fn why(&self, row: usize) -> Why {
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        let [permits, forbids, errors] = &mut lists;
        let mut note = |policy: u32, truth: Truth| match truth {
            Truth::Error => errors.push(policy),
            Truth::True if self.forbids(policy) => forbids.push(policy),
            Truth::True => permits.push(policy),
            Truth::False => {}
        };
        let block = row / BLOCK;
        let mut stack = Stack::default();
        for (policy, truth) in &self.settled {
            note(*policy, *truth);
        }
        for rest in &self.rests {
            let truths = self.run(rest, &(block..block + 1), &mut stack);
            let truth = truths.first().copied().unwrap_or_default();
            note(rest.policy, truth.at(row % BLOCK));
        }
        let [permits, forbids, errors] = lists;
        let (verdict, policies) = match self.refusal {
            Some(refusal) => (Verdict::Refused(refusal), Vec::new()),
            None if row >= self.columns.rows() => (Verdict::NoRow, Vec::new()),
            None if !forbids.is_empty() => (Verdict::Forbidden, forbids),
            None if !errors.is_empty() => (Verdict::Undecided, errors),
            None if !permits.is_empty() => (Verdict::Permitted, permits),
            None => (Verdict::NotPermitted, Vec::new()),
        };
        let lacking = match verdict {
            Verdict::Undecided => self.lacking(&policies, row),
            _ => Vec::new(),
        };
        Why {
            verdict,
            policies,
            lacking,
        }
    }

    /// The slots that policies read and that have no value in a row.
    fn lacking(&self, policies: &[u32], row: usize) -> Vec<u16> {
        let mut lacking = Vec::new();
        let policies = policies
            .iter()
            .filter_map(|policy| self.program.policies.get(*policy as usize));
        for step in policies.flat_map(|policy| self.program.steps_of(policy)) {
            for number in [step.a, step.b].into_iter().take(step.op.operands().into()) {
                let is_slot = usize::from(number) < self.program.slots.len();
                let value = self.operand(number).map(|operand| self.value(operand, row));
                let lacks = value.is_some_and(|value| !value.is_finite());
                if is_slot && lacks && !lacking.contains(&number) {
                    lacking.push(number);
                }
            }
        }
        lacking
    }
}
