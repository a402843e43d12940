//! Membership in groups: of the action it is known from the schema, of the principal from the call.

use super::code::{Lowered, error, or, step, steps, sure};
use super::lower::{Lowering, Result};
use super::values::{Operand, Value};
use crate::permit::{Kind, Op, Root};
use cedar_policy_core::ast::{EntityUID, Expr, ExprKind, Var};
use std::collections::BTreeMap;

impl Lowering<'_> {
    /// Whether the action or the principal is in a group.
    pub(super) fn is_in(&mut self, expr: &Expr, left: &Expr, right: &Expr) -> Result {
        let groups = self.operand(right)?;
        match left.expr_kind() {
            ExprKind::Var(Var::Action) => {
                let values = match groups {
                    Operand::Literal(value) => vec![value],
                    Operand::Set(values) => values,
                    _ => return Err(self.unsupported(expr)),
                };
                Ok(Lowered::Known(
                    values.iter().any(|group| self.action_is_in(group)),
                ))
            }
            ExprKind::Var(Var::Principal) => self
                .principal_is_in(&groups)
                .ok_or_else(|| self.unsupported(expr)),
            _ => Err(self
                .problem(expr, "a page knows only in which groups the principal is")
                .help(
                    "compare with `==`, with `[…].contains(…)`, or with an attribute \
                     that says to what it belongs",
                )),
        }
    }

    fn action_is_in(&self, group: &Value) -> bool {
        let action = &self.environment.action;
        let is = |uid: &EntityUID| {
            let id: &str = uid.eid().as_ref();
            *group == Value::Entity(uid.entity_type().to_string(), id.to_owned())
        };
        is(action)
            || self
                .schema
                .action_ids()
                .any(|other| is(other.name()) && other.descendants().any(|below| below == action))
    }

    fn principal_is_in(&mut self, groups: &Operand) -> Option<Lowered> {
        let mut ancestors = |of: &str| {
            self.assembler
                .slot(Root::PrincipalIn, Kind::Entities, of, of)
        };
        match groups {
            Operand::Undeclared => Some(error()),
            Operand::Literal(Value::Entity(of, id)) => {
                let ancestors = ancestors(of);
                let id = self.assembler.constant_text(id);
                Some(sure(steps([step(Op::Contains, ancestors, id)])))
            }
            Operand::Slot {
                number,
                kind: Kind::Entity,
                of,
                ..
            } => Some(steps([step(Op::Contains, ancestors(of), *number)])),
            Operand::Slot {
                number,
                kind: Kind::Entities,
                of,
                ..
            } => Some(steps([step(Op::ContainsAny, *number, ancestors(of))])),
            Operand::Set(values) => {
                let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
                for value in values {
                    let Value::Entity(of, id) = value else {
                        return None;
                    };
                    by_type.entry(of).or_default().push(id);
                }
                let mut any = Lowered::Known(false);
                for (of, ids) in by_type {
                    let ancestors = self
                        .assembler
                        .slot(Root::PrincipalIn, Kind::Entities, of, of);
                    let ids = self.assembler.texts(Kind::Texts, &ids);
                    any = or(any, sure(steps([step(Op::ContainsAny, ids, ancestors)])));
                }
                Some(any)
            }
            _ => None,
        }
    }
}
