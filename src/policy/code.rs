//! Steps that stand for a condition, and what is known of them before any call.

use crate::permit::{Op, Step};

/// A condition as far as its environment decides it.
#[derive(Clone, Debug)]
pub(super) enum Lowered {
    Known(bool),
    Steps(Code),
}

#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
    /// What it comes to unless it is in error. Cedar's validator has taken it for this: what that makes needless was
    /// not checked, and is not compiled either.
    known: Option<bool>,
    /// It is never in error.
    is_sure: bool,
}

impl Lowered {
    pub(super) fn is(&self, flag: bool) -> bool {
        match self {
            Lowered::Known(known) => *known == flag,
            Lowered::Steps(code) => code.known == Some(flag),
        }
    }

    fn is_sure(&self) -> bool {
        match self {
            Lowered::Known(_) => true,
            Lowered::Steps(code) => code.is_sure,
        }
    }
}

pub(super) fn step(op: Op, a: u16, b: u16) -> Step {
    Step { op, a, b }
}

pub(super) fn steps<const N: usize>(steps: [Step; N]) -> Lowered {
    Lowered::Steps(Code {
        steps: steps.into(),
        known: None,
        is_sure: false,
    })
}

/// A test of what every call has.
pub(super) fn sure(one: Lowered) -> Lowered {
    match one {
        Lowered::Steps(code) => Lowered::Steps(Code {
            is_sure: true,
            ..code
        }),
        known => known,
    }
}

pub(super) fn expected(one: Lowered, flag: bool) -> Lowered {
    match one {
        Lowered::Steps(code) => Lowered::Steps(Code {
            known: Some(flag),
            ..code
        }),
        known => known,
    }
}

pub(super) fn error() -> Lowered {
    steps([step(Op::Error, 0, 0)])
}

pub(super) fn not(one: Lowered) -> Lowered {
    match one {
        Lowered::Known(flag) => Lowered::Known(!flag),
        Lowered::Steps(mut code) => {
            code.steps.push(step(Op::Not, 0, 0));
            code.known = code.known.map(|flag| !flag);
            Lowered::Steps(code)
        }
    }
}

pub(super) fn and(left: Lowered, right: Lowered) -> Lowered {
    join(Op::And, left, right)
}

pub(super) fn or(left: Lowered, right: Lowered) -> Lowered {
    join(Op::Or, left, right)
}

fn join(op: Op, left: Lowered, right: Lowered) -> Lowered {
    let decides = op == Op::Or;
    if left.is(decides) {
        return left;
    }
    let known = match () {
        _ if right.is(decides) => Some(decides),
        _ if left.is(!decides) && right.is(!decides) => Some(!decides),
        _ => None,
    };
    let is_sure = left.is_sure() && right.is_sure();
    match (left, right) {
        (Lowered::Known(_), right) => right,
        (left, Lowered::Known(flag)) if flag != decides => left,
        (left, Lowered::Known(flag)) if left.is_sure() => Lowered::Known(flag),
        (Lowered::Steps(left), right) => {
            let mut steps = left.steps;
            steps.extend(match right {
                Lowered::Steps(code) => code.steps,
                // What is left may be in error, so it has to be computed all the same.
                Lowered::Known(flag) => vec![step(if flag { Op::True } else { Op::False }, 0, 0)],
            });
            steps.push(step(op, 0, 0));
            Lowered::Steps(Code {
                steps,
                known,
                is_sure,
            })
        }
    }
}
