//! A module's items: what is declared at its top, what of that it exports, and what each of them uses.

use super::Lowering;
use super::conventions::is_event;
use crate::analyze::documents::is_graphql;
use crate::analyze::syntax::*;
use oxc_ast::ast;
use oxc_ast_visit::Visit;
use oxc_span::Span;
use oxc_syntax::scope::ScopeFlags;

impl<'a> Lowering<'_, 'a> {
    pub(super) fn begin_item(&mut self, name: &str, symbols: &[Id]) {
        self.item = self.module.items.len() as Id;
        self.module.items.push(Item {
            name: name.into(),
            edges: Vec::new(),
        });
        for symbol in symbols {
            self.module.item_of.insert(*symbol, self.item);
        }
    }

    pub(super) fn declaration(&mut self, declaration: &ast::Declaration<'a>, exported: bool) {
        match declaration {
            ast::Declaration::VariableDeclaration(variables) => {
                for declarator in &variables.declarations {
                    let mut found = Vec::new();
                    self.bind(&declarator.id, &[], &mut found);
                    let symbols: Vec<Id> = found.iter().map(|(symbol, _)| *symbol).collect();
                    let name = declarator.id.get_identifier_name();
                    self.begin_item(name.as_ref().map_or("", |name| name.as_str()), &symbols);
                    if exported {
                        for symbol in symbols {
                            let id = oxc_syntax::symbol::SymbolId::from_usize(symbol as usize);
                            let name = self.scoping().symbol_name(id);
                            self.export(name, Expression::Symbol(symbol));
                        }
                    }
                    self.visit_variable_declarator(declarator);
                }
            }
            ast::Declaration::FunctionDeclaration(function) => {
                if let Some(name) = &function.id {
                    let symbol = name.symbol_id().index() as Id;
                    self.begin_item(&name.name, &[symbol]);
                    if exported {
                        self.export(&name.name, Expression::Symbol(symbol));
                    }
                }
                self.visit_function(function, ScopeFlags::Function);
            }
            ast::Declaration::ClassDeclaration(class) => {
                if let Some(name) = &class.id {
                    let symbol = name.symbol_id().index() as Id;
                    self.begin_item(&name.name, &[symbol]);
                    if exported {
                        self.export(&name.name, Expression::Symbol(symbol));
                    }
                }
                self.visit_class(class);
            }
            ast::Declaration::TSEnumDeclaration(of) => {
                let symbol = of.id.symbol_id().index() as Id;
                if exported {
                    self.export(&of.id.name, Expression::Symbol(symbol));
                }
                self.enumeration(of);
            }
            _ => {}
        }
        self.item = 0;
    }

    /// An enumeration of texts is an object of constants.
    fn enumeration(&mut self, of: &ast::TSEnumDeclaration<'a>) {
        let mut properties = Vec::new();
        for member in &of.body.members {
            if let Some(initial) = &member.initializer {
                let value = self.lower(initial);
                let name = Some(member.id.static_name().as_str().into());
                properties.push(Property {
                    name,
                    value,
                    at: member.span.start,
                });
            }
        }
        let value = self.push(Expression::Object(properties));
        self.module.bindings.insert(
            of.id.symbol_id().index() as Id,
            Binding::Part(value, Vec::new()),
        );
    }

    pub(super) fn export(&mut self, name: &str, expression: Expression) {
        let value = self.push(expression);
        self.module
            .exports
            .insert(name.into(), Export::Local(value));
    }

    pub(super) fn enter(&mut self, span: Span) -> (Id, Id, bool) {
        let function = self.function_at(span);
        let is_handler = std::mem::take(&mut self.handler);
        let (parent, item) = (self.function, self.item);
        let known = &mut self.module.functions[function as usize];
        (known.parent, known.item) = (parent, item);
        known.in_routes = self.routes > 0;
        known.is_handler |= is_handler || is_event(&known.name);
        (
            std::mem::replace(&mut self.function, function),
            function,
            is_handler,
        )
    }

    pub(super) fn edge(&mut self, to: Target) {
        let in_routes = self.routes > 0;
        self.module.items[self.item as usize].edges.push(Edge {
            to,
            function: self.function,
            in_routes,
        });
    }

    /// Documents name what is asked for, and read nothing.
    pub(super) fn words(&mut self, text: &str) {
        let is_document = is_graphql(text) && crate::graphql::Document::parse(text).is_ok();
        if !is_document {
            for word in words(text) {
                if !self.module.words.contains(word) {
                    self.module.words.insert(word.into());
                }
            }
        }
    }
}
