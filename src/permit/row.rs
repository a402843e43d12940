//! What a test means in one row.

use super::columns::WRONG;
use super::format::{Op, Step};
use super::residual::{Operand, Residual};

/// Three values: an error is neither true nor false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    False,
    True,
    Error,
}

impl From<bool> for Truth {
    fn from(is_true: bool) -> Truth {
        match is_true {
            true => Truth::True,
            false => Truth::False,
        }
    }
}

pub(super) fn turned(truth: Truth) -> Truth {
    match truth {
        Truth::False => Truth::True,
        Truth::True => Truth::False,
        Truth::Error => Truth::Error,
    }
}

impl Residual<'_> {
    /// An operand's value in a row.
    pub(super) fn value(&self, operand: &Operand, row: usize) -> f64 {
        match operand.column {
            None => operand.value,
            Some(column) => {
                let column = self.columns.column(column as usize);
                let value = column.and_then(|column| column.values.get(row));
                value.copied().unwrap_or(WRONG)
            }
        }
    }

    /// An operand's elements in a row; `None` where it has none.
    pub(super) fn set(&self, operand: &Operand, row: usize) -> Option<&[f64]> {
        let count = self.value(operand, row);
        if !count.is_finite() {
            return None;
        }
        match operand.column {
            None => {
                let start = operand.start as usize;
                self.pool.get(start..start + count as usize)
            }
            Some(column) => self.columns.column(column as usize)?.set(row, count),
        }
    }

    /// What a step that puts a truth comes to in one row. This is what tests mean; whatever else computes them does
    /// so because it is faster.
    pub(super) fn test(&self, step: &Step, row: usize) -> Truth {
        match step.op {
            Op::True => Truth::True,
            Op::False => Truth::False,
            _ => self.tested(step, row).unwrap_or(Truth::Error),
        }
    }

    /// `None` is an error.
    fn tested(&self, step: &Step, row: usize) -> Option<Truth> {
        let a = self.operand(step.a)?;
        let left = self.value(a, row);
        match step.op {
            Op::Has if left.is_nan() => return Some(Truth::False),
            Op::Null if left.is_nan() || left == f64::NEG_INFINITY => return Some(Truth::True),
            _ if !left.is_finite() => return None,
            Op::Has => return Some(Truth::True),
            Op::Null => return Some(Truth::False),
            Op::Is => return Some((left != 0.0).into()),
            _ => {}
        }
        let b = self.operand(step.b)?;
        let right = self.value(b, row);
        if !right.is_finite() {
            return None;
        }
        let is_true = match step.op {
            Op::Equal => left == right,
            Op::Less => left < right,
            Op::AtMost => left <= right,
            Op::Before => self.columns.text(left) < self.columns.text(right),
            Op::UpTo => self.columns.text(left) <= self.columns.text(right),
            Op::Like => self.is_like(self.columns.text(left), self.set(b, row)?),
            Op::Contains => has(self.set(a, row)?, a, right),
            Op::ContainsAny => {
                let (set, other) = (self.set(a, row)?, self.set(b, row)?);
                other.iter().any(|item| has(set, a, *item))
            }
            Op::ContainsAll => {
                let (set, other) = (self.set(a, row)?, self.set(b, row)?);
                other.iter().all(|item| has(set, a, *item))
            }
            _ => return None,
        };
        Some(is_true.into())
    }

    /// Whether a text begins with the first of a pattern's texts, ends with the last, and has the others between
    /// them in their order.
    fn is_like(&self, text: &str, pattern: &[f64]) -> bool {
        let literal = |number: &f64| self.program.text(*number as u16).as_bytes();
        let Some((first, rest)) = pattern.split_first() else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return text.as_bytes() == literal(first);
        };
        let text = text.as_bytes().strip_prefix(literal(first));
        let Some(mut text) = text.and_then(|text| text.strip_suffix(literal(last))) else {
            return false;
        };
        for literal in middle.iter().map(literal) {
            let found = (0..=text.len()).find_map(|at| text.get(at..)?.strip_prefix(literal));
            match found {
                Some(rest) => text = rest,
                None => return false,
            }
        }
        true
    }
}

/// Whether a set has an element.
fn has(set: &[f64], of: &Operand, item: f64) -> bool {
    match of.column {
        // The same for all rows, and sorted.
        None => set.get(set.partition_point(|other| *other < item)) == Some(&item),
        Some(_) => set.contains(&item),
    }
}
