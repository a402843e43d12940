//! Components: elements of JSX, and Angular's by their decorators.

use super::Lowering;
use crate::analyze::angular::{Component, Read, Template};
use crate::analyze::syntax::*;
use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};

impl<'a> Lowering<'_, 'a> {
    pub(super) fn element(&mut self, element: &ast::JSXElement<'a>) -> Expression {
        let opening = &element.opening_element;
        let callee = match &opening.name {
            ast::JSXElementName::IdentifierReference(name) => self.name(name),
            ast::JSXElementName::MemberExpression(member) => self.member_name(member),
            ast::JSXElementName::Identifier(name) => Expression::Global(name.name.as_str().into()),
            _ => Expression::Opaque,
        };
        let callee = self.push(callee);
        let mut properties = Vec::new();
        for attribute in &opening.attributes {
            match attribute {
                ast::JSXAttributeItem::Attribute(attribute) => {
                    let ast::JSXAttributeName::Identifier(name) = &attribute.name else {
                        continue;
                    };
                    let value = match &attribute.value {
                        None => self.push(Expression::Boolean(true)),
                        Some(ast::JSXAttributeValue::StringLiteral(text)) => self.push(
                            Expression::Text(text.value.as_str().into(), text.span.start + 1),
                        ),
                        Some(ast::JSXAttributeValue::ExpressionContainer(inner)) => {
                            match inner.expression.as_expression() {
                                Some(expression) => self.lower(expression),
                                None => self.opaque(),
                            }
                        }
                        Some(ast::JSXAttributeValue::Element(inner)) => {
                            let inner = self.element(inner);
                            self.push(inner)
                        }
                        Some(ast::JSXAttributeValue::Fragment(_)) => self.opaque(),
                    };
                    let name = Some(name.name.as_str().into());
                    properties.push(Property {
                        name,
                        value,
                        at: attribute.span.start,
                    });
                }
                ast::JSXAttributeItem::SpreadAttribute(spread) => {
                    let value = self.lower(&spread.argument);
                    properties.push(Property {
                        name: None,
                        value,
                        at: spread.span.start,
                    });
                }
            }
        }
        let mut children = Vec::new();
        for child in &element.children {
            match child {
                ast::JSXChild::Element(child) => {
                    let id = match self.lowered.get(&child.span) {
                        Some(id) => *id,
                        None => {
                            let lowered = self.element(child);
                            let id = self.push(lowered);
                            self.lowered.insert(child.span, id);
                            id
                        }
                    };
                    children.push(id);
                }
                ast::JSXChild::ExpressionContainer(inner) => {
                    if let Some(expression) = inner.expression.as_expression() {
                        children.push(self.lower(expression));
                    }
                }
                _ => {}
            }
        }
        let attributes = self.push(Expression::Object(properties));
        let Expression::Call(call) = self.call(
            callee,
            vec![attributes],
            opening.span.start,
            CallKind::Element,
        ) else {
            return Expression::Opaque;
        };
        Expression::Element(call, children)
    }

    fn member_name(&mut self, member: &ast::JSXMemberExpression<'a>) -> Expression {
        let object = match &member.object {
            ast::JSXMemberExpressionObject::IdentifierReference(name) => self.name(name),
            ast::JSXMemberExpressionObject::MemberExpression(inner) => self.member_name(inner),
            ast::JSXMemberExpressionObject::ThisExpression(_) => Expression::This(self.class),
        };
        let object = self.push(object);
        Expression::Member(object, member.property.name.as_str().into())
    }

    /// An inline template's words are those of its expressions.
    pub(super) fn decorator(&mut self, decorator: &ast::Decorator<'a>) {
        let component = match &decorator.expression {
            ast::Expression::CallExpression(call)
                if call
                    .callee
                    .get_identifier_reference()
                    .is_some_and(|name| name.name == "Component") =>
            {
                call.arguments.first()
            }
            _ => None,
        };
        let (Some(ast::Argument::ObjectExpression(object)), Some(class)) = (component, self.class)
        else {
            return walk::walk_decorator(self, decorator);
        };
        let (mut selector, mut template) = (Box::default(), None);
        for property in &object.properties {
            let ast::ObjectPropertyKind::ObjectProperty(property) = property else {
                continue;
            };
            let text = match &property.value {
                ast::Expression::StringLiteral(text) => Some(text.value.as_str()),
                ast::Expression::TemplateLiteral(text) if text.expressions.is_empty() => {
                    Some(text.quasis[0].value.raw.as_str())
                }
                _ => None,
            };
            match (property.key.static_name().as_deref(), text) {
                (Some("selector"), Some(text)) => selector = text.into(),
                (Some("template"), Some(text)) => {
                    let read = Read::of(text);
                    self.module.words.extend(read.words.iter().cloned());
                    template = Some(Template::Inline(read));
                }
                (Some("templateUrl"), Some(text)) => template = Some(Template::File(text.into())),
                _ => self.visit_expression(&property.value),
            }
        }
        self.module.components.push(Component {
            class,
            selector,
            template,
        });
    }
}
