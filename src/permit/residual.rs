//! A program made ready for one call: what the principal, the action and the context decide is decided before any
//! row is looked at.

use super::columns::{Columns, MISSING, Value, WRONG};
use super::format::{Class, Kind, Op, Root, Step};
use super::load::{Need, Program};
use super::row::{Truth, turned};
use crate::fingerprint::order;

/// Whom and what a decision is about, apart from the rows.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The principal's type, with its namespace.
    pub principal_type: &'a str,
    /// The principal's id.
    pub principal: &'a str,
    /// All entities in which the principal is, directly or not: type and id.
    pub parents: &'a [(&'a str, &'a str)],
    /// The principal's attributes.
    pub attributes: &'a [(&'a str, Value<'a>)],
    /// The action's id.
    pub action: &'a str,
    /// The attributes of the context.
    pub context: &'a [(&'a str, Value<'a>)],
    /// The type of all rows, with its namespace.
    pub resource_type: &'a str,
}

/// A value that a step reads: of a column, or the same for all rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub(super) column: Option<u32>,
    /// As it would stand in a column.
    pub(super) value: f64,
    /// Where its elements begin in the pool. They are sorted, unless it is a pattern.
    pub(super) start: u32,
}

/// A policy of which something is left to decide.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    pub(super) policy: u32,
    pub(super) forbids: bool,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What is left of a program for one call, and the columns that it will be run over.
#[derive(Debug)]
pub struct Residual<'a> {
    pub(super) program: &'a Program,
    pub(super) columns: &'a Columns,
    pub(super) operands: Vec<Operand>,
    pub(super) pool: Vec<f64>,
    pub(super) steps: Vec<Step>,
    pub(super) rests: Vec<Rest>,
    /// Policies that are true for every row, or in error.
    pub(super) settled: Vec<(u32, Truth)>,
    pub(super) refusal: Option<Refusal>,
}

/// Why nothing at all is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The policies' schema has no such action for this type of principal on this type of resource.
    Environment,
    /// A predicate was to decide about permissions, or policies about what is shown.
    Purpose,
}

impl Refusal {
    /// What is wrong and what to do, for a person.
    pub fn message(self) -> &'static str {
        match self {
            Refusal::Environment => {
                "the policies know no such action of this type of principal on this type of resource: \
                 look at \"appliesTo\" in their schema"
            }
            Refusal::Purpose => "a predicate is no policy, and policies are no predicate",
        }
    }
}

impl<'a> Residual<'a> {
    /// Policies for one call. Its texts and those of the program are added to the columns' dictionary.
    pub fn of_policies(program: &'a Program, columns: &'a mut Columns, call: &Call) -> Self {
        let names = [call.principal_type, call.action, call.resource_type];
        let environment = program.environments().position(|known| known == names);
        let refusal = match environment {
            _ if program.is_predicate => Some(Refusal::Purpose),
            None => Some(Refusal::Environment),
            Some(_) => None,
        };
        Self::new(program, columns, Some(call), environment, refusal)
    }

    /// A predicate.
    pub fn of_predicate(program: &'a Program, columns: &'a mut Columns) -> Self {
        let refusal = (!program.is_predicate).then_some(Refusal::Purpose);
        Self::new(program, columns, None, None, refusal)
    }

    fn new(
        program: &'a Program,
        columns: &'a mut Columns,
        call: Option<&Call>,
        environment: Option<usize>,
        refusal: Option<Refusal>,
    ) -> Self {
        let mut operands = Vec::new();
        let mut pool = Vec::new();
        if refusal.is_none() {
            bind(program, columns, call, &mut operands, &mut pool);
        }
        let mut residual = Residual {
            program,
            columns,
            operands,
            pool,
            steps: Vec::new(),
            rests: Vec::new(),
            settled: Vec::new(),
            refusal,
        };
        if refusal.is_none() {
            residual.reduce(environment);
        }
        residual
    }

    fn reduce(&mut self, environment: Option<usize>) {
        for (number, policy) in self.program.policies.iter().enumerate() {
            if environment.is_some_and(|at| !self.program.applies(number, at)) {
                continue;
            }
            let start = self.steps.len() as u32;
            match self.fold(self.program.steps_of(policy)) {
                Some(Truth::False) => {}
                Some(truth) => self.settled.push((number as u32, truth)),
                None => self.rests.push(Rest {
                    policy: number as u32,
                    forbids: policy.forbids,
                    start,
                    end: self.steps.len() as u32,
                }),
            }
        }
    }

    /// Adds the steps that depend on rows; `None` if there are any, else what the steps come to.
    fn fold(&mut self, steps: &[Step]) -> Option<Truth> {
        let mut stack: Vec<(usize, Option<Truth>)> = Vec::new();
        for step in steps {
            let here = self.steps.len();
            let folded = match step.op {
                Op::Not => {
                    let (start, truth) = stack.pop()?;
                    if truth.is_none() {
                        self.steps.push(*step);
                    }
                    (start, truth.map(turned))
                }
                op if op.joins() => {
                    let (right, left) = (stack.pop()?, stack.pop()?);
                    (left.0, self.join(op, left, right.1))
                }
                _ if self.depends(step) => {
                    self.steps.push(*step);
                    (here, None)
                }
                _ => (here, Some(self.test(step, 0))),
            };
            stack.push(folded);
        }
        stack.pop()?.1
    }

    /// Joins two truths of which some may be known: where `left` begins, and what both are.
    fn join(
        &mut self,
        op: Op,
        left: (usize, Option<Truth>),
        right: Option<Truth>,
    ) -> Option<Truth> {
        let decides = Truth::from(matches!(op, Op::Or | Op::Some));
        let in_order = matches!(op, Op::And | Op::Or);
        let neutral = turned(decides);
        let (start, left) = left;
        let known = match (left, right) {
            (Some(truth), _) if truth == decides => truth,
            (Some(Truth::Error), _) if in_order => Truth::Error,
            (_, Some(truth)) if truth == decides && !in_order => truth,
            (Some(truth), _) if truth == neutral => return right,
            (_, Some(truth)) if truth == neutral => return left,
            (Some(_), Some(_)) => Truth::Error,
            (Some(truth), None) | (None, Some(truth)) => {
                // Where order counts it is the right one that is known; elsewhere the sides are alike.
                self.push(constant(truth));
                self.push(op);
                return None;
            }
            (None, None) => {
                self.push(op);
                return None;
            }
        };
        self.steps.truncate(start);
        Some(known)
    }

    fn push(&mut self, op: Op) {
        self.steps.push(Step { op, a: 0, b: 0 });
    }

    fn depends(&self, step: &Step) -> bool {
        let of_row = |operand: u16| {
            self.operand(operand)
                .is_some_and(|known| known.column.is_some())
        };
        let count = step.op.operands();
        count > 0 && of_row(step.a) || count > 1 && of_row(step.b)
    }

    pub(super) fn operand(&self, number: u16) -> Option<&Operand> {
        self.operands.get(usize::from(number))
    }
}

fn constant(truth: Truth) -> Op {
    match truth {
        Truth::False => Op::False,
        Truth::True => Op::True,
        Truth::Error => Op::Error,
    }
}

/// Finds the value of every slot, or its column, and brings constants into the dictionary's numbers.
fn bind(
    program: &Program,
    columns: &mut Columns,
    call: Option<&Call>,
    operands: &mut Vec<Operand>,
    pool: &mut Vec<f64>,
) {
    for slot in &program.slots {
        let need = program.need(slot);
        let start = pool.len();
        let mut operand = Operand {
            column: None,
            value: WRONG,
            start: start as u32,
        };
        if slot.root.is_of_rows() {
            let column = columns.find(need.name, need.kind, need.of);
            operand.column = column.map(|column| column as u32);
        } else if let Some(call) = call {
            operand.value = given(columns, pool, call, need);
            sort(pool, start);
        }
        operands.push(operand);
    }
    for constant in &program.constants {
        let start = pool.len();
        let range = constant.start as usize..(constant.start + constant.count) as usize;
        let is_text = matches!(constant.class, Class::Text | Class::Texts);
        for item in program.items.get(range).unwrap_or(&[]) {
            pool.push(match is_text {
                true => columns.intern(program.text(*item as u16)).into(),
                false => *item,
            });
        }
        let is_set = matches!(constant.class, Class::Texts | Class::Numbers);
        if is_set {
            sort(pool, start);
        }
        let value = match is_set || constant.class == Class::Pattern {
            true => constant.count.into(),
            false => pool.get(start).copied().unwrap_or(WRONG),
        };
        operands.push(Operand {
            column: None,
            value,
            start: start as u32,
        });
    }
}

fn sort(pool: &mut Vec<f64>, start: usize) {
    let set = pool.split_off(start);
    let at = |place: u32| set.get(place as usize).copied().unwrap_or(WRONG);
    for place in order(set.len(), &|a, b| at(a) < at(b)) {
        pool.push(at(place));
    }
}

/// What a call gives for a slot, as it would stand in a column.
fn given(columns: &mut Columns, pool: &mut Vec<f64>, call: &Call, need: Need) -> f64 {
    let values = match need.root {
        Root::Principal => call.attributes,
        Root::Context => call.context,
        Root::PrincipalIn if need.kind == Kind::Entities => {
            let start = pool.len();
            let itself = (call.principal_type, call.principal);
            for (of, id) in call.parents.iter().chain([&itself]) {
                if *of == need.of {
                    pool.push(columns.intern(id).into());
                }
            }
            return (pool.len() - start) as f64;
        }
        Root::PrincipalId => {
            let itself = Value::Entity(call.principal_type, call.principal);
            return columns.encode(pool, need.kind, need.of, &itself);
        }
        _ => return WRONG,
    };
    let found = values.iter().find(|(name, _)| *name == need.name);
    found.map_or(MISSING, |(_, value)| {
        columns.encode(pool, need.kind, need.of, value)
    })
}
