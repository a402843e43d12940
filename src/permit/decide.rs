//! Running what is left of a program over rows, many at once.

use super::columns::{BLOCK, Column, WRONG, bits};
use super::format::{Op, Step};
use super::residual::{Refusal, Residual, Rest, Truth};
use core::ops::Range;

/// The truths of a block of rows, a bit for each row; no bit is in both.
#[derive(Clone, Copy, Debug, Default)]
struct Truths {
    yes: u64,
    error: u64,
}

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

/// Stacks of truths, kept so that they need not be allocated for each step.
#[derive(Default)]
struct Stack {
    full: Vec<Vec<Truths>>,
    spare: Vec<Vec<Truths>>,
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

    /// Carries out a policy's steps for all rows of some blocks, one step after the other.
    fn run(&self, rest: &Rest, blocks: &Range<usize>, stack: &mut Stack) -> Vec<Truths> {
        let steps = self.steps.get(rest.start as usize..rest.end as usize);
        for step in steps.unwrap_or(&[]) {
            if step.op.joins() {
                let right = stack.full.pop().unwrap_or_default();
                let left = stack.full.last_mut().into_iter().flatten();
                for (left, right) in left.zip(&right) {
                    *left = left.joined(step.op, *right);
                }
                stack.spare.push(right);
            } else if step.op == Op::Not {
                for truth in stack.full.last_mut().into_iter().flatten() {
                    truth.yes = !(truth.yes | truth.error);
                }
            } else {
                let mut truths = stack.spare.pop().unwrap_or_default();
                truths.clear();
                self.leaf(step, blocks, &mut truths);
                stack.full.push(truths);
            }
        }
        stack.full.pop().unwrap_or_default()
    }

    /// Puts the truths of a test: for whole blocks where one column is compared with what is the same for all rows.
    fn leaf(&self, step: &Step, blocks: &Range<usize>, truths: &mut Vec<Truths>) {
        let side = |number: u16| {
            let operand = self.operand(number);
            let column = operand.and_then(|operand| operand.column);
            let column = column.and_then(|column| self.columns.column(column as usize));
            (column, operand.map_or(WRONG, |operand| operand.value))
        };
        let (a, b) = (side(step.a), side(step.b));
        let (column, constant, test): (_, _, Test) = match (step.op, a, b) {
            (Op::Is, (Some(column), _), _) => (column, 1.0, equal),
            (Op::Has, (Some(column), _), _) => (column, 0.0, has),
            (Op::Equal, (Some(column), _), (None, constant))
            | (Op::Equal, (None, constant), (Some(column), _)) => (column, constant, equal),
            (Op::AtMost, (Some(column), _), (None, constant)) => (column, constant, at_most),
            (Op::AtMost, (None, constant), (Some(column), _)) => (column, constant, at_least),
            (Op::Less, (Some(column), _), (None, constant)) => (column, constant, less),
            (Op::Less, (None, constant), (Some(column), _)) => (column, constant, greater),
            (Op::Like | Op::Before | Op::UpTo, (Some(column), _), (None, _)) => {
                return self.texts(step, column, blocks, truths);
            }
            _ => return self.rows(step, blocks, truths),
        };
        for block in blocks.clone() {
            let (Some(values), Some(ok)) = (column.block(block), column.ok.get(block)) else {
                truths.push(Truths::of(Truth::Error));
                continue;
            };
            let mut truth = Truths {
                yes: test(values, constant) & ok,
                error: !ok,
            };
            if step.op == Op::Has {
                truth.error &= !bits(values, f64::is_nan);
            }
            if !constant.is_finite() {
                truth = Truths::of(Truth::Error);
            }
            truths.push(truth);
        }
    }

    /// Row by row.
    fn rows(&self, step: &Step, blocks: &Range<usize>, truths: &mut Vec<Truths>) {
        for block in blocks.clone() {
            let mut truth = Truths::default();
            for at in 0..BLOCK {
                truth.set(at, self.test(step, block * BLOCK + at));
            }
            truths.push(truth);
        }
    }

    /// Row by row, but each text only once.
    fn texts(&self, step: &Step, column: &Column, blocks: &Range<usize>, truths: &mut Vec<Truths>) {
        let mut known = vec![None; self.columns.texts()];
        for block in blocks.clone() {
            let mut truth = Truths::default();
            for (at, value) in column.block(block).into_iter().flatten().enumerate() {
                let known = value
                    .is_finite()
                    .then_some(*value as usize)
                    .and_then(|text| known.get_mut(text));
                let found = match known {
                    None => Truth::Error,
                    Some(known) => {
                        *known.get_or_insert_with(|| self.test(step, block * BLOCK + at))
                    }
                };
                truth.set(at, found);
            }
            truths.push(truth);
        }
    }
}

impl Column {
    fn block(&self, block: usize) -> Option<&[f64; BLOCK]> {
        self.values.as_chunks().0.get(block)
    }
}

/// A test of a block's values against one that is the same for all rows.
type Test = fn(&[f64; BLOCK], f64) -> u64;

fn has(_: &[f64; BLOCK], _: f64) -> u64 {
    u64::MAX
}

fn equal(values: &[f64; BLOCK], constant: f64) -> u64 {
    bits(values, |value| value == constant)
}

fn less(values: &[f64; BLOCK], constant: f64) -> u64 {
    bits(values, |value| value < constant)
}

fn at_most(values: &[f64; BLOCK], constant: f64) -> u64 {
    bits(values, |value| value <= constant)
}

fn greater(values: &[f64; BLOCK], constant: f64) -> u64 {
    bits(values, |value| value > constant)
}

fn at_least(values: &[f64; BLOCK], constant: f64) -> u64 {
    bits(values, |value| value >= constant)
}

impl Truths {
    fn of(truth: Truth) -> Truths {
        Truths {
            yes: if truth == Truth::True { u64::MAX } else { 0 },
            error: if truth == Truth::Error { u64::MAX } else { 0 },
        }
    }

    fn at(self, bit: usize) -> Truth {
        match (self.error >> bit & 1, self.yes >> bit & 1) {
            (1, _) => Truth::Error,
            (_, yes) => (yes == 1).into(),
        }
    }

    fn set(&mut self, bit: usize, truth: Truth) {
        self.yes |= u64::from(truth == Truth::True) << bit;
        self.error |= u64::from(truth == Truth::Error) << bit;
    }

    fn joined(self, op: Op, right: Truths) -> Truths {
        let (no, right_no) = (!(self.yes | self.error), !(right.yes | right.error));
        match op {
            Op::And => Truths {
                yes: self.yes & right.yes,
                error: self.error | self.yes & right.error,
            },
            Op::Or => Truths {
                yes: self.yes | no & right.yes,
                error: self.error | no & right.error,
            },
            Op::Every => Truths {
                yes: self.yes & right.yes,
                error: (self.error | right.error) & !no & !right_no,
            },
            _ => Truths {
                yes: self.yes | right.yes,
                error: (self.error | right.error) & !self.yes & !right.yes,
            },
        }
    }
}
