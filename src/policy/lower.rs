//! From a condition to steps, in one environment.

use super::code::{Lowered, and, error, expected, not, or, step, steps, sure};
use super::compile::Source;
use super::problem::{Problem, range};
use super::values::{Operand, Value};
use crate::permit::{Assembler, Kind, Op, Root};
use cedar_policy_core::ast::{
    BinaryOp, EntityType, EntityUID, Expr, ExprKind, Literal, PatternElem, Policy, UnaryOp, Var,
};
use cedar_policy_core::validator::ValidatorSchema;

/// What the schema puts together.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    pub(super) principal: EntityType,
    pub(super) action: EntityUID,
    pub(super) resource: EntityType,
}

pub(super) type Result<T = Lowered> = std::result::Result<T, Problem>;

pub(super) struct Lowering<'a> {
    pub(super) source: Source<'a>,
    pub(super) schema: &'a ValidatorSchema,
    pub(super) environment: &'a Environment,
    pub(super) policy: &'a Policy,
    pub(super) assembler: &'a mut Assembler,
}

impl Lowering<'_> {
    /// The truth that an expression stands for.
    pub(super) fn condition(&mut self, expr: &Expr) -> Result {
        match expr.expr_kind() {
            ExprKind::Lit(Literal::Bool(flag)) => Ok(Lowered::Known(*flag)),
            ExprKind::And { left, right } => match self.condition(left)? {
                left if left.is(false) => Ok(left),
                left => Ok(and(left, self.condition(right)?)),
            },
            ExprKind::Or { left, right } => match self.condition(left)? {
                left if left.is(true) => Ok(left),
                left => Ok(or(left, self.condition(right)?)),
            },
            ExprKind::UnaryApp {
                op: UnaryOp::Not,
                arg,
            } => Ok(not(self.condition(arg)?)),
            ExprKind::If {
                test_expr,
                then_expr,
                else_expr,
            } => match self.condition(test_expr)? {
                test if test.is(true) => Ok(and(test, self.condition(then_expr)?)),
                test if test.is(false) => Ok(and(not(test), self.condition(else_expr)?)),
                // From left to right this is what `if` means, errors included.
                test => {
                    let (yes, no) = (self.condition(then_expr)?, self.condition(else_expr)?);
                    Ok(or(and(test.clone(), yes), and(not(test), no)))
                }
            },
            ExprKind::UnaryApp {
                op: UnaryOp::IsEmpty,
                arg,
            } => self.is_empty(expr, arg),
            ExprKind::BinaryApp { op, arg1, arg2 } => self.binary(expr, *op, arg1, arg2),
            ExprKind::GetAttr { .. } => match self.operand(expr)? {
                Operand::Slot {
                    number,
                    kind: Kind::Flag,
                    ..
                } => Ok(steps([step(Op::Is, number, 0)])),
                Operand::Undeclared => Ok(error()),
                _ => Err(self.unsupported(expr)),
            },
            ExprKind::HasAttr { expr: of, attr } => {
                let (slot, known) = self.presence(expr, of, attr)?;
                let has = steps([step(Op::Has, slot, 0)]);
                Ok(match known {
                    None => has,
                    // Data that the schema does not allow must not decide.
                    Some(false) => expected(and(has, error()), false),
                    Some(true) => expected(or(has, error()), true),
                })
            }
            ExprKind::ExtHasAttr { .. } => Err(self
                .problem(expr, "this attribute is more than one deep")
                .help(
                    "a page knows the attributes of principal, resource and context, \
                     and not those of what they name",
                )),
            ExprKind::Like { expr: of, pattern } => {
                let text = self.operand(of)?;
                let mut texts = vec![String::new()];
                for element in pattern.iter() {
                    match (element, texts.last_mut()) {
                        (PatternElem::Char(sign), Some(last)) => last.push(*sign),
                        _ => texts.push(String::new()),
                    }
                }
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                match self.number_of(&text, Kind::Text) {
                    Some(text) => {
                        let pattern = self.assembler.texts(Kind::Pattern, &texts);
                        Ok(steps([step(Op::Like, text, pattern)]))
                    }
                    None if text == Operand::Undeclared => Ok(error()),
                    None => Err(self.unsupported(expr)),
                }
            }
            ExprKind::Is {
                expr: of,
                entity_type,
            } => {
                // Of these no value is read.
                let known = match of.expr_kind() {
                    ExprKind::Var(Var::Principal) => Some(&self.environment.principal),
                    ExprKind::Var(Var::Resource) => Some(&self.environment.resource),
                    _ => None,
                };
                if let Some(known) = known {
                    return Ok(Lowered::Known(known == entity_type));
                }
                let is_same = |of: &str| of == entity_type.to_string();
                match self.operand(of)? {
                    Operand::Literal(Value::Entity(of, _)) => Ok(Lowered::Known(is_same(&of))),
                    operand @ Operand::Slot {
                        kind: Kind::Entity, ..
                    } => {
                        let Operand::Slot { of, .. } = &operand else {
                            return Err(self.unsupported(expr));
                        };
                        let is_same = is_same(of);
                        Ok(expected(
                            and(read(&operand), Lowered::Known(is_same)),
                            is_same,
                        ))
                    }
                    Operand::Undeclared => Ok(error()),
                    _ => Err(self.unsupported(expr)),
                }
            }
            _ => Err(self.unsupported(expr)),
        }
    }

    fn binary(&mut self, expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Result {
        if op == BinaryOp::In {
            return self.is_in(expr, left, right);
        }
        if matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul) {
            return Err(self.arithmetic(expr));
        }
        if matches!(op, BinaryOp::GetTag | BinaryOp::HasTag) {
            return Err(self
                .problem(expr, "tags cannot be compiled")
                .help("a page knows no tags of entities: declare an attribute"));
        }
        let (a, b) = (self.operand(left)?, self.operand(right)?);
        if a == Operand::Undeclared || b == Operand::Undeclared {
            return Ok(error());
        }
        let compiled = match op {
            BinaryOp::Eq => self.equal(&a, &b),
            BinaryOp::Less => self.on(Op::Less, (&a, Kind::Long), (&b, Kind::Long)),
            BinaryOp::LessEq => self.on(Op::AtMost, (&a, Kind::Long), (&b, Kind::Long)),
            BinaryOp::Contains => self.contains(&a, &b),
            BinaryOp::ContainsAny => self.sets(Op::ContainsAny, &a, &b),
            BinaryOp::ContainsAll => self.sets(Op::ContainsAll, &a, &b),
            _ => None,
        };
        compiled.ok_or_else(|| self.unsupported(expr))
    }

    /// One step over two operands, if they are of these kinds.
    fn on(&mut self, op: Op, a: (&Operand, Kind), b: (&Operand, Kind)) -> Option<Lowered> {
        let (a, b) = (self.number_of(a.0, a.1)?, self.number_of(b.0, b.1)?);
        Some(steps([step(op, a, b)]))
    }

    fn equal(&mut self, a: &Operand, b: &Operand) -> Option<Lowered> {
        if let (Operand::Literal(a), Operand::Literal(b)) = (a, b) {
            return Some(Lowered::Known(a == b));
        }
        if let (Some(one), Some(other)) = (entity_type(a), entity_type(b))
            && one != other
        {
            return Some(and(and(read(a), read(b)), Lowered::Known(false)));
        }
        for kind in [Kind::Flag, Kind::Long, Kind::Text, Kind::Entity] {
            if let Some(equal) = self.on(Op::Equal, (a, kind), (b, kind)) {
                return Some(if is_given(a) && is_given(b) {
                    sure(equal)
                } else {
                    equal
                });
            }
        }
        // Equal sets contain each other.
        let (there, back) = (
            self.sets(Op::ContainsAll, a, b)?,
            self.sets(Op::ContainsAll, b, a)?,
        );
        Some(and(there, back))
    }

    fn contains(&mut self, set: &Operand, element: &Operand) -> Option<Lowered> {
        if let (Operand::Set(values), Operand::Literal(value)) = (set, element) {
            return Some(Lowered::Known(values.contains(value)));
        }
        let pairs = [(Kind::Texts, Kind::Text), (Kind::Longs, Kind::Long)];
        for (of_set, of_element) in pairs {
            if let Some(found) = self.on(Op::Contains, (set, of_set), (element, of_element)) {
                return Some(found);
            }
        }
        let of = entity_type(element)?;
        let (set, element) = match set {
            Operand::Set(values) => (
                self.entities(values, of)?,
                self.number_of(element, Kind::Entity)?,
            ),
            Operand::Slot {
                number,
                kind: Kind::Entities,
                of: other,
                ..
            } if other == of => (*number, self.number_of(element, Kind::Entity)?),
            Operand::Slot {
                kind: Kind::Entities,
                ..
            } => {
                return Some(and(and(read(set), read(element)), Lowered::Known(false)));
            }
            _ => return None,
        };
        Some(steps([step(Op::Contains, set, element)]))
    }

    fn sets(&mut self, op: Op, a: &Operand, b: &Operand) -> Option<Lowered> {
        for kind in [Kind::Texts, Kind::Longs] {
            if let Some(found) = self.on(op, (a, kind), (b, kind)) {
                return Some(found);
            }
        }
        let type_of = |operand: &Operand| match operand {
            Operand::Slot {
                kind: Kind::Entities,
                of,
                ..
            } => Some(of.clone()),
            Operand::Set(values) => match values.first()? {
                Value::Entity(of, _) => Some(of.clone()),
                _ => None,
            },
            _ => None,
        };
        let of = type_of(a)?;
        if type_of(b)? != of {
            return None;
        }
        let mut number = |operand: &Operand| match operand {
            Operand::Slot { number, .. } => Some(*number),
            Operand::Set(values)
                if values
                    .iter()
                    .all(|value| matches!(value, Value::Entity(other, _) if *other == of)) =>
            {
                self.entities(values, &of)
            }
            _ => None,
        };
        Some(steps([step(op, number(a)?, number(b)?)]))
    }

    fn is_empty(&mut self, expr: &Expr, set: &Expr) -> Result {
        match self.operand(set)? {
            Operand::Slot {
                number,
                kind: Kind::Texts | Kind::Entities,
                ..
            } => {
                let empty = self.assembler.texts(Kind::Texts, &[]);
                Ok(steps([step(Op::ContainsAll, empty, number)]))
            }
            Operand::Slot {
                number,
                kind: Kind::Longs,
                ..
            } => {
                let empty = self.assembler.numbers(&[]);
                Ok(steps([step(Op::ContainsAll, empty, number)]))
            }
            Operand::Set(values) => Ok(Lowered::Known(values.is_empty())),
            Operand::Undeclared => Ok(error()),
            _ => Err(self.unsupported(expr)),
        }
    }

    /// The operand's number in the program, if it is of this kind.
    fn number_of(&mut self, operand: &Operand, wanted: Kind) -> Option<u16> {
        let assembler = &mut *self.assembler;
        match (operand, wanted) {
            (Operand::Slot { number, kind, .. }, _) if *kind == wanted => Some(*number),
            (Operand::Literal(Value::Flag(flag)), Kind::Flag) => Some(assembler.flag(*flag)),
            (Operand::Literal(Value::Long(long)), Kind::Long) => {
                Some(assembler.number(*long as f64))
            }
            (Operand::Literal(Value::Text(text)), Kind::Text)
            | (Operand::Literal(Value::Entity(_, text)), Kind::Entity) => {
                Some(assembler.constant_text(text))
            }
            (Operand::Set(values), Kind::Texts) => {
                let texts = values.iter().map(|value| match value {
                    Value::Text(text) => Some(&**text),
                    _ => None,
                });
                Some(assembler.texts(Kind::Texts, &texts.collect::<Option<Vec<_>>>()?))
            }
            (Operand::Set(values), Kind::Longs) => {
                let longs = values.iter().map(|value| match value {
                    Value::Long(long) => Some(*long as f64),
                    _ => None,
                });
                Some(assembler.numbers(&longs.collect::<Option<Vec<_>>>()?))
            }
            _ => None,
        }
    }

    /// A constant of the ids of those entities that are of one type: others are equal to none of it.
    fn entities(&mut self, values: &[Value], of: &str) -> Option<u16> {
        let mut ids = Vec::new();
        for value in values {
            match value {
                Value::Entity(other, id) if other == of => ids.push(&**id),
                Value::Entity(..) => {}
                _ => return None,
            }
        }
        Some(self.assembler.texts(Kind::Texts, &ids))
    }

    pub(super) fn problem(&self, expr: &Expr, message: impl std::fmt::Display) -> Problem {
        let at = range(expr.source_loc().or_else(|| self.policy.loc()));
        Problem::new(&self.source, at, message)
    }

    pub(super) fn unsupported(&self, expr: &Expr) -> Problem {
        let (what, help) = match expr.expr_kind() {
            ExprKind::BinaryApp {
                op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul,
                ..
            } => return self.arithmetic(expr),
            ExprKind::If { .. } => (
                "`if` cannot stand for a value here",
                "let its branches be conditions: `if a then x == y else x == z`",
            ),
            ExprKind::Record(_) => ("records cannot be compared", "compare their attributes"),
            ExprKind::ExtensionFunctionApp { .. } => (
                "functions of extensions cannot be compiled",
                "let the server compute what they say, and give it an attribute",
            ),
            ExprKind::Var(Var::Context) => (
                "the context cannot be compared as a whole",
                "compare its attributes",
            ),
            _ => (
                "this cannot be computed in a page",
                "operands are literals, and attributes of principal, resource and context: \
                 flags, whole numbers, texts, entities, or sets of the last three",
            ),
        };
        self.problem(expr, what).help(help)
    }

    pub(super) fn arithmetic(&self, expr: &Expr) -> Problem {
        self.problem(
            expr,
            "arithmetic cannot be compiled: it may overflow, and pages count in doubles",
        )
        .help("write the result, or let the server give it as an attribute")
    }
}

/// Whether every call has it.
fn is_given(operand: &Operand) -> bool {
    match operand {
        Operand::Slot { root, .. } => *root == Root::PrincipalId,
        Operand::Literal(_) => true,
        _ => false,
    }
}

fn entity_type(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Slot {
            kind: Kind::Entity,
            of,
            ..
        }
        | Operand::Literal(Value::Entity(of, _)) => Some(of),
        _ => None,
    }
}

/// True, or an error where the operand has no value. Cedar would go on with a value of another type; a page must not.
fn read(operand: &Operand) -> Lowered {
    match operand {
        Operand::Slot {
            root: Root::PrincipalId | Root::ResourceId,
            ..
        } => Lowered::Known(true),
        Operand::Slot {
            number,
            kind: Kind::Entities,
            ..
        } => steps([step(Op::ContainsAll, *number, *number)]),
        Operand::Slot { number, .. } => steps([step(Op::Equal, *number, *number)]),
        _ => Lowered::Known(true),
    }
}
