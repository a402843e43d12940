//! Values that conditions compare: what they are, and where the page finds them.

use super::lower::Lowering;
use super::problem::Problem;
use crate::permit::{Kind, Root};
use cedar_policy_core::ast::{Expr, ExprKind, Literal, UnaryOp, Var};
use cedar_policy_core::validator::types::{AttributeType, EntityKind, Type};

/// A value that a condition reads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// Of the call or the row: its number in the program, what it is, and of which type of entity.
    Slot {
        number: u16,
        root: Root,
        kind: Kind,
        of: String,
    },
    Literal(Value),
    Set(Vec<Value>),
    /// An attribute that the schema does not declare. Cedar's validator admits it only behind a `has`.
    Undeclared,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Flag(bool),
    Long(i64),
    Text(String),
    Entity(String, String),
}

const GREATEST: u64 = (1 << 53) - 1;

impl Lowering<'_> {
    /// The value that an expression stands for.
    pub(super) fn operand(&mut self, expr: &Expr) -> Result<Operand, Problem> {
        match expr.expr_kind() {
            ExprKind::Set(elements) => {
                let mut values = Vec::new();
                for element in elements.iter() {
                    match self.operand(element)? {
                        Operand::Literal(value) => values.push(value),
                        _ => {
                            return Err(self
                                .problem(
                                    element,
                                    "the elements of a set in a policy must be written out",
                                )
                                .help("compare with each by itself: `a == x || a == y`"));
                        }
                    }
                }
                Ok(Operand::Set(values))
            }
            ExprKind::Var(Var::Principal) => {
                let of = self.environment.principal.to_string();
                Ok(self.slot(Root::PrincipalId, Kind::Entity, "id", of))
            }
            ExprKind::Var(Var::Resource) => {
                let of = self.environment.resource.to_string();
                Ok(self.slot(Root::ResourceId, Kind::Entity, "id", of))
            }
            ExprKind::Var(Var::Action) => {
                let action = &self.environment.action;
                let id: &str = action.eid().as_ref();
                Ok(Operand::Literal(Value::Entity(
                    action.entity_type().to_string(),
                    id.to_owned(),
                )))
            }
            ExprKind::GetAttr { expr: of, attr } => self.attribute(expr, of, attr),
            ExprKind::Lit(literal) => self.literal(expr, literal, 1),
            ExprKind::UnaryApp {
                op: UnaryOp::Neg,
                arg,
            } => match arg.expr_kind() {
                ExprKind::Lit(literal) => self.literal(expr, literal, -1),
                _ => Err(self.arithmetic(expr)),
            },
            _ => Err(self.unsupported(expr)),
        }
    }

    fn literal(&self, expr: &Expr, literal: &Literal, sign: i64) -> Result<Operand, Problem> {
        Ok(Operand::Literal(match literal {
            Literal::Bool(flag) => Value::Flag(*flag),
            Literal::Long(long) if long.unsigned_abs() <= GREATEST => Value::Long(sign * *long),
            Literal::Long(_) => {
                return Err(self
                    .problem(expr, "this number is greater than a page can hold exactly")
                    .help("numbers of policies go from -9007199254740991 to 9007199254740991"));
            }
            Literal::String(text) => Value::Text(text.to_string()),
            Literal::EntityUID(uid) => {
                let id: &str = uid.eid().as_ref();
                Value::Entity(uid.entity_type().to_string(), id.to_owned())
            }
        }))
    }

    /// An attribute of principal, resource or context.
    fn attribute(&mut self, expr: &Expr, of: &Expr, name: &str) -> Result<Operand, Problem> {
        let root = self.root(expr, of)?;
        let Some(declared) = self.declared(root, name) else {
            return Ok(Operand::Undeclared);
        };
        let Some((kind, of)) = kind_of(&declared.attr_type) else {
            let what = match &*declared.attr_type {
                Type::Record { .. } => "a record",
                Type::ExtensionType { .. } => "of an extension type",
                Type::Set { .. } => "a set of something else than texts, whole numbers or entities",
                _ => "of a type that programs do not have",
            };
            return Err(self
                .problem(
                    expr,
                    format!("the attribute `{name}` is {what}, which a page cannot compare"),
                )
                .help(
                    "give what the policy needs of it an attribute of its own: a flag, \
                     a whole number, a text, an entity, or a set of the last three",
                ));
        };
        Ok(self.slot(root, kind, name, of))
    }

    /// A slot for whether an attribute is there, and what the schema says of it: `Some` where data that it allows can
    /// only give one answer. That is not so of entities' own attributes: an entity that nothing is known of has none.
    pub(super) fn presence(
        &mut self,
        expr: &Expr,
        of: &Expr,
        name: &str,
    ) -> Result<(u16, Option<bool>), Problem> {
        let root = self.root(expr, of)?;
        let declared = self.declared(root, name);
        let known = match &declared {
            None => Some(false),
            Some(declared) => (declared.is_required && root == Root::Context).then_some(true),
        };
        let kind = declared.and_then(|declared| kind_of(&declared.attr_type));
        let (kind, of) = kind.unwrap_or((Kind::Any, String::new()));
        Ok((self.assembler.slot(root, kind, name, &of), known))
    }

    fn slot(&mut self, root: Root, kind: Kind, name: &str, of: String) -> Operand {
        Operand::Slot {
            number: self.assembler.slot(root, kind, name, &of),
            root,
            kind,
            of,
        }
    }

    /// Whose attribute is read.
    fn root(&self, expr: &Expr, of: &Expr) -> Result<Root, Problem> {
        match of.expr_kind() {
            ExprKind::Var(Var::Principal) => Ok(Root::Principal),
            ExprKind::Var(Var::Resource) => Ok(Root::Resource),
            ExprKind::Var(Var::Context) => Ok(Root::Context),
            ExprKind::GetAttr { .. } => Err(self
                .problem(expr, "this attribute is more than one deep")
                .help(
                    "a page knows the attributes of principal, resource and context, \
                     and not those of what they name: give it an attribute there",
                )),
            _ => Err(self
                .problem(
                    expr,
                    "attributes can be read of principal, resource and context only",
                )
                .help("a page knows no other entities and no actions' attributes")),
        }
    }

    fn declared(&self, root: Root, name: &str) -> Option<AttributeType> {
        let type_ = match root {
            Root::Principal => &self.environment.principal,
            Root::Resource => &self.environment.resource,
            _ => {
                return match self.schema.context_type(&self.environment.action)? {
                    Type::Record { attrs, .. } => attrs.get_attr(name).cloned(),
                    _ => None,
                };
            }
        };
        self.schema.get_entity_type(type_)?.attr(name).cloned()
    }
}

/// What a program calls a type of Cedar, and the type of its entities.
fn kind_of(type_: &Type) -> Option<(Kind, String)> {
    match type_ {
        Type::Bool(_) => Some((Kind::Flag, String::new())),
        Type::Long => Some((Kind::Long, String::new())),
        Type::String => Some((Kind::Text, String::new())),
        Type::Entity(EntityKind::Entity(one)) => {
            Some((Kind::Entity, one.get_single_entity()?.to_string()))
        }
        Type::Set {
            element_type: Some(element),
        } => match kind_of(element)? {
            (Kind::Text, of) => Some((Kind::Texts, of)),
            (Kind::Long, of) => Some((Kind::Longs, of)),
            (Kind::Entity, of) => Some((Kind::Entities, of)),
            _ => None,
        },
        _ => None,
    }
}
