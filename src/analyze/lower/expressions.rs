//! Expressions, each under an id of its own.

use super::Lowering;
use crate::analyze::syntax::*;
use oxc_ast::ast;
use oxc_span::GetSpan;

impl<'a> Lowering<'_, 'a> {
    fn all<'e>(&mut self, expressions: impl Iterator<Item = &'e ast::Expression<'a>>) -> Vec<Id>
    where
        'a: 'e,
    {
        expressions.map(|one| self.lower(one)).collect()
    }

    pub(super) fn lower(&mut self, expression: &ast::Expression<'a>) -> Id {
        let span = expression.span();
        if let Some(id) = self.lowered.get(&span) {
            return *id;
        }
        let lowered = self.lower_new(expression);
        let id = match lowered {
            Ok(expression) => self.push(expression),
            Err(id) => id,
        };
        self.lowered.insert(span, id);
        id
    }

    /// `Err`: it is what another expression is.
    fn lower_new(&mut self, expression: &ast::Expression<'a>) -> Result<Expression, Id> {
        use ast::Expression as E;
        Ok(match expression {
            E::StringLiteral(text) => {
                Expression::Text(text.value.as_str().into(), text.span.start + 1)
            }
            E::NumericLiteral(number) => Expression::Number(number.value),
            E::BooleanLiteral(boolean) => Expression::Boolean(boolean.value),
            E::NullLiteral(_) => Expression::Null,
            E::TemplateLiteral(template) => self.template(template, None),
            E::TaggedTemplateExpression(tagged) => {
                let tag = self.lower(&tagged.tag);
                self.template(&tagged.quasi, Some(tag))
            }
            E::Identifier(name) => self.name(name),
            E::ThisExpression(_) => Expression::This(self.class),
            E::StaticMemberExpression(member) => {
                let object = self.lower(&member.object);
                Expression::Member(object, member.property.name.as_str().into())
            }
            E::PrivateFieldExpression(member) => {
                let object = self.lower(&member.object);
                Expression::Member(object, format!("#{}", member.field.name).into())
            }
            E::ComputedMemberExpression(member) => {
                let object = self.lower(&member.object);
                match &member.expression {
                    E::StringLiteral(name) => {
                        Expression::Member(object, name.value.as_str().into())
                    }
                    E::NumericLiteral(number) => {
                        Expression::Member(object, number.value.to_string().into())
                    }
                    other => {
                        self.lower(other);
                        Expression::Opaque
                    }
                }
            }
            E::ObjectExpression(object) => Expression::Object(self.properties(object)),
            E::ArrayExpression(array) => {
                let mut elements = Vec::new();
                for element in &array.elements {
                    elements.push(match element {
                        ast::ArrayExpressionElement::SpreadElement(spread) => {
                            let of = self.lower(&spread.argument);
                            self.push(Expression::Spread(of))
                        }
                        ast::ArrayExpressionElement::Elision(_) => self.push(Expression::Undefined),
                        other => self.lower(other.to_expression()),
                    });
                }
                Expression::Array(elements)
            }
            E::CallExpression(call) => {
                let callee = self.lower(&call.callee);
                let arguments = self.arguments(&call.arguments);
                self.call(callee, arguments, call.span.start, CallKind::Call)
            }
            E::NewExpression(call) => {
                let callee = self.lower(&call.callee);
                let arguments = self.arguments(&call.arguments);
                self.call(callee, arguments, call.span.start, CallKind::New)
            }
            E::ChainExpression(chain) => return self.chain(chain),
            E::ArrowFunctionExpression(function) => {
                Expression::Function(self.function_at(function.span))
            }
            E::FunctionExpression(function) => {
                Expression::Function(self.function_at(function.span))
            }
            E::ClassExpression(class) => Expression::Class(self.class_at(class.span)),
            E::BinaryExpression(binary) if binary.operator == ast::BinaryOperator::Addition => {
                let (left, right) = (self.lower(&binary.left), self.lower(&binary.right));
                Expression::Concat(left, right)
            }
            E::ConditionalExpression(conditional) => Expression::Choice(
                self.all([&conditional.consequent, &conditional.alternate].into_iter()),
            ),
            E::LogicalExpression(logical) if logical.operator == ast::LogicalOperator::And => {
                return Err(self.lower(&logical.right));
            }
            E::LogicalExpression(logical) => {
                Expression::Choice(self.all([&logical.left, &logical.right].into_iter()))
            }
            E::ImportExpression(import) => match &import.source {
                E::StringLiteral(from) => Expression::Import(from.value.as_str().into()),
                E::TemplateLiteral(from) if from.expressions.is_empty() => {
                    Expression::Import(from.quasis[0].value.raw.as_str().into())
                }
                _ => Expression::Opaque,
            },
            E::JSXElement(element) => self.element(element),
            E::AwaitExpression(inner) => return Err(self.lower(&inner.argument)),
            E::TSAsExpression(inner) => return Err(self.lower(&inner.expression)),
            E::TSSatisfiesExpression(inner) => return Err(self.lower(&inner.expression)),
            E::TSTypeAssertion(inner) => return Err(self.lower(&inner.expression)),
            E::TSNonNullExpression(inner) => return Err(self.lower(&inner.expression)),
            E::TSInstantiationExpression(inner) => return Err(self.lower(&inner.expression)),
            E::AssignmentExpression(inner) => return Err(self.lower(&inner.right)),
            E::SequenceExpression(inner) => match inner.expressions.last() {
                Some(last) => return Err(self.lower(last)),
                None => Expression::Opaque,
            },
            E::ImportMeta(_) => Expression::Global("import.meta".into()),
            _ => Expression::Opaque,
        })
    }

    fn chain(&mut self, chain: &ast::ChainExpression<'a>) -> Result<Expression, Id> {
        Ok(match &chain.expression {
            ast::ChainElement::CallExpression(call) => {
                let callee = self.lower(&call.callee);
                let arguments = self.arguments(&call.arguments);
                self.call(callee, arguments, call.span.start, CallKind::Call)
            }
            ast::ChainElement::TSNonNullExpression(inner) => {
                return Err(self.lower(&inner.expression));
            }
            ast::ChainElement::StaticMemberExpression(member) => {
                let object = self.lower(&member.object);
                Expression::Member(object, member.property.name.as_str().into())
            }
            ast::ChainElement::PrivateFieldExpression(member) => {
                let object = self.lower(&member.object);
                Expression::Member(object, format!("#{}", member.field.name).into())
            }
            ast::ChainElement::ComputedMemberExpression(_) => Expression::Opaque,
        })
    }

    pub(super) fn call(
        &mut self,
        mut callee: Id,
        mut arguments: Vec<Id>,
        at: u32,
        mut kind: CallKind,
    ) -> Expression {
        // What `blocks` makes of a component's tag.
        if matches!(self.module.expression(callee), Expression::Global(name) if **name == *"__element")
            && arguments.len() == 2
        {
            callee = arguments.remove(0);
            kind = CallKind::Element;
        }
        let (function, item) = (self.function, self.item);
        self.module.calls.push(Call {
            callee,
            arguments,
            function,
            item,
            at,
            kind,
        });
        Expression::Call(self.module.calls.len() as Id - 1)
    }

    pub(super) fn arguments(&mut self, arguments: &[ast::Argument<'a>]) -> Vec<Id> {
        let mut ids = Vec::new();
        for argument in arguments {
            ids.push(match argument {
                ast::Argument::SpreadElement(spread) => {
                    let of = self.lower(&spread.argument);
                    self.push(Expression::Spread(of))
                }
                other => self.lower(other.to_expression()),
            });
        }
        ids
    }

    fn template(&mut self, template: &ast::TemplateLiteral<'a>, tag: Option<Id>) -> Expression {
        let texts = template.quasis.iter().map(|part| {
            let text = part.value.cooked.as_ref().unwrap_or(&part.value.raw);
            // The element's span may or may not have the signs around it, so the text is looked for.
            let start = part.span.start;
            let source = self.semantic.source_text();
            let skip =
                source
                    .get(start as usize..)
                    .map_or(0, |rest| match rest.as_bytes().first() {
                        Some(b'`' | b'}') if !rest.starts_with(part.value.raw.as_str()) => 1,
                        _ => 0,
                    });
            (Box::from(text.as_str()), start + skip)
        });
        let texts = texts.collect();
        let between = self.all(template.expressions.iter());
        Expression::Template(texts, between, tag)
    }

    pub(super) fn properties(&mut self, object: &ast::ObjectExpression<'a>) -> Vec<Property> {
        let mut properties = Vec::new();
        for property in &object.properties {
            match property {
                ast::ObjectPropertyKind::ObjectProperty(property) => {
                    let value = self.lower(&property.value);
                    let name = property.key.static_name();
                    if let (Expression::Function(function), Some(name)) =
                        (self.module.expression(value), &name)
                    {
                        let function = *function as usize;
                        let known = &mut self.module.functions[function].name;
                        if known.is_empty() {
                            *known = name.as_ref().into();
                        }
                    }
                    if let Some(name) = name {
                        let name = Some(name.as_ref().into());
                        properties.push(Property {
                            name,
                            value,
                            at: property.span.start,
                        });
                    }
                }
                ast::ObjectPropertyKind::SpreadProperty(spread) => {
                    let value = self.lower(&spread.argument);
                    properties.push(Property {
                        name: None,
                        value,
                        at: spread.span.start,
                    });
                }
            }
        }
        properties
    }
}
