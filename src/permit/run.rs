//! The machine: a program's steps over many rows at once.

use super::columns::{BLOCK, Column, WRONG, bits};
use super::format::{Op, Step};
use super::residual::{Residual, Rest};
use super::row::Truth;
use core::ops::Range;

/// The truths of a block of rows, a bit for each row; no bit is in both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Truths {
    pub(super) yes: u64,
    pub(super) error: u64,
}

/// Stacks of truths, kept so that they need not be allocated for each step.
#[derive(Default)]
pub(super) struct Stack {
    full: Vec<Vec<Truths>>,
    pub(super) spare: Vec<Vec<Truths>>,
}

impl Residual<'_> {
    /// Carries out a policy's steps for all rows of some blocks, one step after the other.
    pub(super) fn run(&self, rest: &Rest, blocks: &Range<usize>, stack: &mut Stack) -> Vec<Truths> {
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
        let (column, constants, test): (_, &[f64], Test) = match (step.op, &a, &b) {
            (Op::Is, (Some(column), _), _) => (column, &[1.0], equal),
            (Op::Has, (Some(column), _), _) => (column, &[0.0], has),
            (Op::Equal, (Some(column), _), (None, constant))
            | (Op::Equal, (None, constant), (Some(column), _)) => (column, one(constant), equal),
            (Op::AtMost, (Some(column), _), (None, constant)) => (column, one(constant), at_most),
            (Op::AtMost, (None, constant), (Some(column), _)) => (column, one(constant), at_least),
            (Op::Less, (Some(column), _), (None, constant)) => (column, one(constant), less),
            (Op::Less, (None, constant), (Some(column), _)) => (column, one(constant), greater),
            (Op::Contains, (None, count), (Some(column), _)) if (0.0..=FEW).contains(count) => {
                let set = self.operand(step.a).and_then(|set| self.set(set, 0));
                (column, set.unwrap_or_default(), equal)
            }
            (Op::Like | Op::Before | Op::UpTo, (Some(column), _), (None, _)) => {
                return self.texts(step, column, blocks, truths);
            }
            _ => return self.rows(step, blocks, truths),
        };
        let is_known = constants.iter().all(|constant| constant.is_finite());
        for block in blocks.clone() {
            let (true, Some(values), Some(ok)) =
                (is_known, column.block(block), column.ok.get(block))
            else {
                truths.push(Truths::of(Truth::Error));
                continue;
            };
            let mut truth = Truths { yes: 0, error: !ok };
            for constant in constants {
                truth.yes |= test(values, *constant) & ok;
            }
            if step.op == Op::Has {
                truth.error &= !bits(values, f64::is_nan);
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

/// Sets of so few elements are compared one after the other.
const FEW: f64 = 8.0;

fn one(constant: &f64) -> &[f64] {
    core::slice::from_ref(constant)
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
    pub(super) fn of(truth: Truth) -> Truths {
        Truths {
            yes: if truth == Truth::True { u64::MAX } else { 0 },
            error: if truth == Truth::Error { u64::MAX } else { 0 },
        }
    }

    pub(super) fn at(self, bit: usize) -> Truth {
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

#[cfg(test)]
mod tests {
    use super::super::{Assembler, Call, Columns, Kind, Program, Root, Value};
    use super::*;

    const KINDS: [Kind; 6] = [
        Kind::Flag,
        Kind::Number,
        Kind::Text,
        Kind::Texts,
        Kind::Numbers,
        Kind::Any,
    ];
    const OPS: [Op; 12] = [
        Op::Is,
        Op::Has,
        Op::Null,
        Op::Equal,
        Op::Less,
        Op::AtMost,
        Op::Before,
        Op::UpTo,
        Op::Contains,
        Op::ContainsAny,
        Op::ContainsAll,
        Op::Like,
    ];

    fn values() -> Vec<Value<'static>> {
        let texts = |texts: &[&'static str]| texts.iter().map(|text| Value::Text(text)).collect();
        let many = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
        vec![
            Value::Missing,
            Value::Null,
            Value::Other,
            Value::Flag(true),
            Value::Flag(false),
            Value::Number(1.0),
            Value::Number(-2.5),
            Value::Number(f64::INFINITY),
            Value::Text("a"),
            Value::Text("ab"),
            Value::List(texts(&["a"])),
            Value::List(texts(&many)),
            Value::List(vec![Value::Number(1.0)]),
            Value::List(vec![Value::Number(1.0), Value::Null]),
            Value::List(Vec::new()),
        ]
    }

    /// Two of each: of the row, of the call; and a constant of each class.
    fn program(op: Op, kinds: [Kind; 2], a: usize, b: usize) -> Option<Program> {
        let mut assembler = Assembler::default();
        assembler.environment("", "", "");
        let [left, right] = kinds;
        let first =
            [Root::Resource, Root::Principal].map(|root| assembler.slot(root, left, "l", ""));
        let second = [
            assembler.slot(Root::Resource, right, "r", ""),
            assembler.slot(Root::Principal, right, "r", ""),
            assembler.number(1.0),
            assembler.constant_text("ab"),
            assembler.texts(Kind::Pattern, &["a", ""]),
            assembler.texts(Kind::Texts, &["b", "a"]),
        ];
        let step = Step {
            op,
            a: first[a],
            b: second[b],
        };
        assembler.policy(false, "", "", &[true], &[step]);
        Program::load(&assembler.finish().ok()?).ok()
    }

    /// For whole blocks nothing else comes out than row by row, whatever is compared with whatever.
    #[test]
    fn blocks_say_what_rows_say() {
        let (values, mut compared) = (values(), 0);
        for op in OPS {
            for (left, right) in KINDS
                .iter()
                .flat_map(|left| KINDS.map(|right| (*left, right)))
            {
                for (a, b) in (0..12).map(|number| (number / 6, number % 6)) {
                    if let Some(program) = program(op, [left, right], a, b) {
                        compare(&program, &values, [left, right]);
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 200, "{compared}");
    }

    fn compare(program: &Program, values: &[Value], kinds: [Kind; 2]) {
        let count = values.len();
        let mut columns = Columns::new(count * count);
        for row in 0..count * count {
            for (name, kind, number) in [("l", kinds[0], row / count), ("r", kinds[1], row % count)]
            {
                let column = columns.add(name, kind, "");
                columns.put(column, row, &values[number]);
            }
        }
        columns.check(0);
        let right = columns.add("r", kinds[1], "");
        columns.check(right);
        for number in 0..count {
            let attributes = [
                ("l", values[number].clone()),
                ("r", values[(number * 7 + 3) % count].clone()),
            ];
            let call = Call {
                principal_type: "",
                principal: "",
                parents: &[],
                attributes: &attributes,
                action: "",
                context: &[],
                resource_type: "",
            };
            let residual = Residual::of_policies(program, &mut columns, &call);
            let decisions = residual.decide(0..usize::MAX);
            let step = &program.steps[0];
            for row in 0..count * count {
                let is = |bits: &[u64]| bits[row / BLOCK] >> (row % BLOCK) & 1 == 1;
                let found = match (is(&decisions.yes), is(&decisions.undecided)) {
                    (true, _) => Truth::True,
                    (_, true) => Truth::Error,
                    _ => Truth::False,
                };
                let (l, r) = (&values[row / count], &values[row % count]);
                assert_eq!(
                    found,
                    residual.test(step, row),
                    "{step:?} {l:?} {r:?} {call:?}"
                );
            }
        }
    }
}
