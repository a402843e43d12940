//! The walk over a file's tree. Whatever an expression is part of, it is met here, with what is around it.

use super::Lowering;
use super::conventions::{is_event, is_route};
use crate::analyze::syntax::*;
use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;

impl<'a> Visit<'a> for Lowering<'_, 'a> {
    fn visit_program(&mut self, program: &ast::Program<'a>) {
        for directive in &program.directives {
            match directive.directive.as_str() {
                "use client" => self.module.side = Side::Client,
                "use server" => self.module.side = Side::Server,
                _ => {}
            }
        }
        for statement in &program.body {
            self.item = 0;
            match statement {
                ast::Statement::ExportDeclaration(export) => {
                    self.declaration(&export.declaration, true)
                }
                other if other.as_declaration().is_some() => {
                    self.declaration(other.as_declaration().expect("just seen"), false);
                }
                other => self.visit_statement(other),
            }
        }
    }

    fn visit_import_declaration(&mut self, import: &ast::ImportDeclaration<'a>) {
        if import.import_kind.is_type() && import.specifiers.is_none() {
            return;
        }
        let from: Box<str> = import.source.value.as_str().into();
        let Some(specifiers) = &import.specifiers else {
            return self.edge(Target::Module(from));
        };
        for specifier in specifiers {
            let (name, local) = match specifier {
                ast::ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    (one.imported.name().to_string(), &one.local)
                }
                ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    ("default".to_owned(), &one.local)
                }
                ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                    ("*".to_owned(), &one.local)
                }
            };
            let symbol = local.symbol_id().index() as Id;
            self.module.names.insert(symbol, local.name.as_str().into());
            self.module
                .bindings
                .insert(symbol, Binding::Import(from.clone(), name.into()));
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ast::ExportAllDeclaration<'a>) {
        let from: Box<str> = export.source.value.as_str().into();
        match &export.exported {
            Some(name) => {
                self.module
                    .exports
                    .insert(name.name().as_str().into(), Export::From(from, "*".into()));
            }
            None => self.module.stars.push(from),
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ast::ExportFromDeclaration<'a>) {
        for specifier in &export.specifiers {
            let from = Export::From(
                export.source.value.as_str().into(),
                specifier.local.name().as_str().into(),
            );
            self.module
                .exports
                .insert(specifier.exported.name().as_str().into(), from);
        }
    }

    fn visit_export_named_declaration(&mut self, export: &ast::ExportNamedDeclaration<'a>) {
        for specifier in &export.specifiers {
            if let ast::ModuleExportName::IdentifierReference(local) = &specifier.local {
                let value = self.name(local);
                self.export(specifier.exported.name().as_str(), value);
            }
        }
    }

    fn visit_export_default_declaration(&mut self, export: &ast::ExportDefaultDeclaration<'a>) {
        use ast::ExportDefaultDeclarationKind as K;
        match &export.declaration {
            K::FunctionDeclaration(function) => {
                let symbol = function
                    .id
                    .as_ref()
                    .map(|name| name.symbol_id().index() as Id);
                let name = function
                    .id
                    .as_ref()
                    .map_or("default", |name| name.name.as_str());
                self.begin_item(name, symbol.as_slice());
                self.visit_function(function, ScopeFlags::Function);
                let function = self.function_at(function.span);
                self.export("default", Expression::Function(function));
            }
            K::ClassDeclaration(class) => {
                let symbol = class.id.as_ref().map(|name| name.symbol_id().index() as Id);
                let name = class
                    .id
                    .as_ref()
                    .map_or("default", |name| name.name.as_str());
                self.begin_item(name, symbol.as_slice());
                self.visit_class(class);
                let class = self.class_at(class.span);
                self.export("default", Expression::Class(class));
            }
            K::TSInterfaceDeclaration(_) => {}
            other => {
                self.begin_item("default", &[]);
                let expression = other.to_expression();
                self.visit_expression(expression);
                let value = self.lower(expression);
                self.module
                    .exports
                    .insert("default".into(), Export::Local(value));
            }
        }
    }

    fn visit_variable_declarator(&mut self, declarator: &ast::VariableDeclarator<'a>) {
        self.declare(declarator);
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_function(&mut self, function: &ast::Function<'a>, flags: ScopeFlags) {
        let id = self.function_at(function.span);
        if let Some(name) = &function.id {
            self.module.functions[id as usize].name = name.name.as_str().into();
            let symbol = name.symbol_id().index() as Id;
            self.module.functions[id as usize].symbol = Some(symbol);
            if self.is_fixed(symbol) {
                self.module.bindings.insert(symbol, Binding::Function(id));
            }
        }
        let (outer, id, was) = self.enter(function.span);
        self.parameters(id, &function.params);
        walk::walk_function(self, function, flags);
        self.function = outer;
        self.handler = was;
    }

    fn visit_arrow_function_expression(&mut self, function: &ast::ArrowFunctionExpression<'a>) {
        let (outer, id, was) = self.enter(function.span);
        self.parameters(id, &function.params);
        if let Some(value) = function.body.as_expression() {
            let value = self.lower(value);
            self.module.functions[id as usize].returns.push(value);
        }
        walk::walk_arrow_function_expression(self, function);
        self.function = outer;
        self.handler = was;
    }

    fn visit_return_statement(&mut self, statement: &ast::ReturnStatement<'a>) {
        if let Some(value) = &statement.argument {
            let value = self.lower(value);
            self.module.functions[self.function as usize]
                .returns
                .push(value);
        }
        walk::walk_return_statement(self, statement);
    }

    fn visit_class(&mut self, class: &ast::Class<'a>) {
        let id = self.class_at(class.span);
        if let Some(name) = &class.id {
            self.module.classes[id as usize].name = name.name.as_str().into();
            self.module
                .bindings
                .insert(name.symbol_id().index() as Id, Binding::Class(id));
        }
        self.module.classes[id as usize].item = self.item;
        let outer = self.class.replace(id);
        if let Some(heritage) = &class.heritage {
            let of = self.lower(&heritage.expression);
            self.module.classes[id as usize].extends = Some(of);
        }
        for element in &class.body.body {
            match element {
                ast::ClassElement::MethodDefinition(method) => {
                    if let Some(name) = method_name(&method.key) {
                        let function = self.function_at(method.value.span);
                        self.module.functions[function as usize].name = name.as_str().into();
                        self.module.classes[id as usize]
                            .methods
                            .insert(name.into(), function);
                    }
                }
                ast::ClassElement::PropertyDefinition(property) => {
                    let Some(name) = method_name(&property.key) else {
                        continue;
                    };
                    if let Some(value) = &property.value {
                        let value = self.lower(value);
                        self.module.classes[id as usize]
                            .fields
                            .insert(name.as_str().into(), value);
                        if let Expression::Function(function) = self.module.expression(value) {
                            let function = *function as usize;
                            self.module.functions[function].name = name.as_str().into();
                        }
                    }
                    if let Some(of) = &property.type_annotation
                        && let Some(of) = self.type_name(&of.type_annotation)
                    {
                        self.module.classes[id as usize]
                            .types
                            .insert(name.into(), of);
                    }
                }
                _ => {}
            }
        }
        walk::walk_class(self, class);
        self.class = outer;
    }

    fn visit_decorator(&mut self, decorator: &ast::Decorator<'a>) {
        self.decorator(decorator);
    }

    fn visit_assignment_expression(&mut self, assignment: &ast::AssignmentExpression<'a>) {
        let target = match &assignment.left {
            ast::AssignmentTarget::StaticMemberExpression(member) => {
                Some((&member.object, member.property.name.to_string()))
            }
            ast::AssignmentTarget::PrivateFieldExpression(member) => {
                Some((&member.object, format!("#{}", member.field.name)))
            }
            _ => None,
        };
        if let Some((object, name)) = target {
            match (object, self.class) {
                (ast::Expression::ThisExpression(_), Some(class)) => {
                    let value = self.lower(&assignment.right);
                    self.module.classes[class as usize]
                        .fields
                        .entry(name.into())
                        .or_insert(value);
                }
                (ast::Expression::Identifier(of), _) => {
                    if let Some(symbol) = self.symbol(of) {
                        let value = self.lower(&assignment.right);
                        self.module.statics.insert((symbol, name.into()), value);
                    }
                }
                _ => {}
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }

    /// A member's name, wherever one is written.
    fn visit_identifier_name(&mut self, name: &ast::IdentifierName<'a>) {
        self.module.words.insert(name.name.as_str().into());
    }

    fn visit_string_literal(&mut self, text: &ast::StringLiteral<'a>) {
        self.words(text.value.as_str());
    }

    fn visit_template_element(&mut self, part: &ast::TemplateElement<'a>) {
        self.words(part.value.raw.as_str());
    }

    // Types name what may be read, and read nothing.
    fn visit_ts_type_annotation(&mut self, _: &ast::TSTypeAnnotation<'a>) {}
    fn visit_ts_type_parameter_instantiation(&mut self, _: &ast::TSTypeParameterInstantiation<'a>) {
    }
    fn visit_ts_type(&mut self, _: &ast::TSType<'a>) {}
    fn visit_ts_interface_declaration(&mut self, _: &ast::TSInterfaceDeclaration<'a>) {}

    fn visit_identifier_reference(&mut self, name: &ast::IdentifierReference<'a>) {
        let handler = std::mem::take(&mut self.handler);
        if self.scoping().get_reference(name.reference_id()).is_type() {
            return;
        }
        if let Some(symbol) = self.symbol(name) {
            self.module.uses.push((symbol, self.function, handler));
            if self.is_top(symbol) {
                self.edge(Target::Symbol(symbol));
            }
        }
    }

    fn visit_import_expression(&mut self, import: &ast::ImportExpression<'a>) {
        if let ast::Expression::StringLiteral(from) = &import.source {
            self.edge(Target::Module(from.value.as_str().into()));
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_call_expression(&mut self, call: &ast::CallExpression<'a>) {
        // Lowered here, so that no call is missed, whatever it is part of.
        let id = match self.lowered.get(&call.span) {
            Some(id) => *id,
            None => {
                let callee = self.lower(&call.callee);
                let arguments = self.arguments(&call.arguments);
                let lowered = self.call(callee, arguments, call.span.start, CallKind::Call);
                let id = self.push(lowered);
                self.lowered.insert(call.span, id);
                id
            }
        };
        let _ = id;
        let is_listening = call
            .callee
            .as_member_expression()
            .and_then(|member| member.static_property_name())
            .is_some_and(|name| matches!(name, "addEventListener" | "on" | "once"))
            || call
                .callee
                .get_identifier_reference()
                .is_some_and(|name| matches!(name.name.as_str(), "addEventListener" | "__on"));
        self.visit_expression(&call.callee);
        for argument in &call.arguments {
            self.handler = is_listening
                && matches!(
                    argument,
                    ast::Argument::Identifier(_)
                        | ast::Argument::ArrowFunctionExpression(_)
                        | ast::Argument::FunctionExpression(_)
                );
            self.visit_argument(argument);
            self.handler = false;
        }
    }

    fn visit_new_expression(&mut self, call: &ast::NewExpression<'a>) {
        if !self.lowered.contains_key(&call.span) {
            let callee = self.lower(&call.callee);
            let arguments = self.arguments(&call.arguments);
            let lowered = self.call(callee, arguments, call.span.start, CallKind::New);
            let id = self.push(lowered);
            self.lowered.insert(call.span, id);
        }
        walk::walk_new_expression(self, call);
    }

    fn visit_object_expression(&mut self, object: &ast::ObjectExpression<'a>) {
        let id = match self.lowered.get(&object.span) {
            Some(id) => *id,
            None => {
                let properties = self.properties(object);
                let id = self.push(Expression::Object(properties));
                self.lowered.insert(object.span, id);
                id
            }
        };
        let Expression::Object(properties) = self.module.expression(id) else {
            return walk::walk_object_expression(self, object);
        };
        // TanStack Router's, which names what is around it.
        let has_parent = properties
            .iter()
            .any(|property| property.name.as_deref() == Some("getParentRoute"));
        let routes = has_parent || is_route(properties);
        if properties
            .iter()
            .any(|property| matches!(property.name.as_deref(), Some("exposes" | "remotes")))
        {
            self.module.federations.push(id);
        }
        if routes && !has_parent && self.routes == 0 {
            self.module.routes.push((id, self.item));
        }
        self.routes += u32::from(routes);
        for property in &object.properties {
            if let ast::ObjectPropertyKind::ObjectProperty(property) = property {
                let name = property.key.static_name();
                self.handler = name.is_some_and(|name| is_event(&name));
                self.visit_expression(&property.value);
                self.handler = false;
            } else {
                self.visit_object_property_kind(property);
            }
        }
        self.routes -= u32::from(routes);
    }

    fn visit_jsx_element(&mut self, element: &ast::JSXElement<'a>) {
        let id = match self.lowered.get(&element.span) {
            Some(id) => *id,
            None => {
                let lowered = self.element(element);
                let id = self.push(lowered);
                self.lowered.insert(element.span, id);
                id
            }
        };
        let routes = element
            .opening_element
            .name
            .get_identifier_name()
            .is_some_and(|name| name == "Route");
        if routes && self.routes == 0 {
            self.module.routes.push((id, self.item));
        }
        self.routes += u32::from(routes);
        walk::walk_jsx_element(self, element);
        self.routes -= u32::from(routes);
    }

    fn visit_jsx_attribute(&mut self, attribute: &ast::JSXAttribute<'a>) {
        let name = match &attribute.name {
            ast::JSXAttributeName::Identifier(name) => name.name.as_str(),
            ast::JSXAttributeName::NamespacedName(_) => "",
        };
        self.handler = is_event(name);
        walk::walk_jsx_attribute(self, attribute);
        self.handler = false;
    }
}

fn method_name(key: &ast::PropertyKey) -> Option<String> {
    match key {
        ast::PropertyKey::PrivateIdentifier(name) => Some(format!("#{}", name.name)),
        other => other.static_name().map(|name| name.to_string()),
    }
}
