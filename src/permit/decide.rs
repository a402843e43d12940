//! Running what is left of a program over rows, many at once.

use super::columns::{BLOCK, Column, bits};
use super::format::{Op, Step};
use super::residual::{Operand, Refusal, Residual, Truth};
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
        let mut permitted = vec![0; blocks.len()];
        let mut forbidden = vec![0; blocks.len()];
        let mut undecided = vec![0; blocks.len()];
        let mut merge = |forbids: bool, truths: &[Truths]| {
            let wins = if forbids {
                &mut forbidden
            } else {
                &mut permitted
            };
            for (at, truth) in truths.iter().enumerate() {
                wins[at] |= truth.yes;
                undecided[at] |= truth.error;
            }
        };
        for (policy, truth) in &self.settled {
            let truths = vec![Truths::of(*truth); blocks.len()];
            merge(self.forbids(*policy), &truths);
        }
        let mut stack = Stack::default();
        for rest in &self.rests {
            let truths = self.run(rest.start, rest.end, &blocks, &mut stack);
            merge(rest.forbids, &truths);
            stack.spare.push(truths);
        }
        for (at, block) in blocks.enumerate() {
            let rows = self.rows_of(block);
            permitted[at] &= !forbidden[at] & !undecided[at] & rows;
            undecided[at] &= !forbidden[at] & rows;
        }
        Decisions {
            yes: permitted,
            undecided,
        }
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
            let truths = self.run(rest.start, rest.end, &(block..block + 1), &mut stack);
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

    /// Carries out steps for all rows of some blocks, one step after the other.
    fn run(&self, start: u32, end: u32, blocks: &Range<usize>, stack: &mut Stack) -> Vec<Truths> {
        for step in self.steps.get(start as usize..end as usize).unwrap_or(&[]) {
            match step.op {
                Op::Not => {
                    for truth in stack.full.last_mut().into_iter().flatten() {
                        truth.yes = !(truth.yes | truth.error);
                    }
                }
                op if op.joins() => {
                    let right = stack.full.pop().unwrap_or_default();
                    let left = stack.full.last_mut().into_iter().flatten();
                    for (left, right) in left.zip(&right) {
                        *left = left.joined(op, *right);
                    }
                    stack.spare.push(right);
                }
                _ => {
                    let mut truths = stack.spare.pop().unwrap_or_default();
                    truths.clear();
                    self.leaf(step, blocks, &mut truths);
                    stack.full.push(truths);
                }
            }
        }
        stack.full.pop().unwrap_or_default()
    }

    fn leaf(&self, step: &Step, blocks: &Range<usize>, truths: &mut Vec<Truths>) {
        let (a, b) = (self.operand(step.a), self.operand(step.b));
        let column = |operand: Option<&Operand>| {
            operand.and_then(|operand| self.columns.column(operand.column? as usize))
        };
        let scalar = |operand: Option<&Operand>| operand.map_or(f64::NAN, |operand| operand.value);
        let unary = step.op.operands() == 1;
        match (step.op, column(a), column(b)) {
            (Op::Is, Some(a), _) => each(a, blocks, truths, |values| {
                bits(values, |value| value == 1.0)
            }),
            (Op::Has, Some(a), _) => {
                each(a, blocks, truths, |_| u64::MAX);
                let missing = blocks
                    .clone()
                    .map(|block| a.block(block).map_or(0, |values| bits(values, f64::is_nan)));
                for (truth, missing) in truths.iter_mut().zip(missing) {
                    truth.error &= !missing;
                }
            }
            _ if unary => self.rows(step, blocks, truths),
            (Op::Equal, Some(a), None) => compare(a, scalar(b), blocks, truths, |x, k| x == k),
            (Op::Equal, None, Some(b)) => compare(b, scalar(a), blocks, truths, |x, k| x == k),
            (Op::AtMost, Some(a), None) => compare(a, scalar(b), blocks, truths, |x, k| x <= k),
            (Op::AtMost, None, Some(b)) => compare(b, scalar(a), blocks, truths, |x, k| x >= k),
            (Op::Less, Some(a), None) => compare(a, scalar(b), blocks, truths, |x, k| x < k),
            (Op::Less, None, Some(b)) => compare(b, scalar(a), blocks, truths, |x, k| x > k),
            (Op::Like | Op::Before | Op::UpTo, Some(a), None) => {
                self.texts(step, a, blocks, truths)
            }
            _ => self.rows(step, blocks, truths),
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

/// Compares the values of a column; where there is none, it is an error.
fn each(
    column: &Column,
    blocks: &Range<usize>,
    truths: &mut Vec<Truths>,
    yes: impl Fn(&[f64; BLOCK]) -> u64,
) {
    for block in blocks.clone() {
        let (Some(values), Some(ok)) = (column.block(block), column.ok.get(block)) else {
            truths.push(Truths::of(Truth::Error));
            continue;
        };
        truths.push(Truths {
            yes: yes(values) & ok,
            error: !ok,
        });
    }
}

/// Compares the values of a column with one that is the same for all rows.
fn compare(
    column: &Column,
    constant: f64,
    blocks: &Range<usize>,
    truths: &mut Vec<Truths>,
    holds: impl Fn(f64, f64) -> bool,
) {
    each(column, blocks, truths, |values| {
        bits(values, |value| holds(value, constant))
    });
    if !constant.is_finite() {
        truths.fill(Truths::of(Truth::Error));
    }
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
