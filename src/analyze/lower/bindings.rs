//! Names: which symbol one means, and what symbols are bound to.

use super::Lowering;
use crate::analyze::syntax::*;
use oxc_ast::ast;

impl<'a> Lowering<'_, 'a> {
    /// The symbol that a name means here.
    pub(super) fn symbol(&self, name: &ast::IdentifierReference) -> Option<Id> {
        let reference = self.scoping().get_reference(name.reference_id());
        if let Some(symbol) = reference.symbol_id() {
            return Some(symbol.index() as Id);
        }
        // A store's value: the store is what counts.
        let store = name
            .name
            .as_str()
            .strip_prefix('$')
            .filter(|_| self.is_svelte)?;
        let scoping = self.scoping();
        let root = scoping.root_scope_id();
        let found = scoping.symbol_ids().find(|symbol| {
            scoping.symbol_scope_id(*symbol) == root && scoping.symbol_name(*symbol) == store
        })?;
        Some(found.index() as Id)
    }

    pub(super) fn is_top(&self, symbol: Id) -> bool {
        let symbol = oxc_syntax::symbol::SymbolId::from_usize(symbol as usize);
        self.scoping().symbol_scope_id(symbol) == self.scoping().root_scope_id()
    }

    pub(super) fn name(&mut self, name: &ast::IdentifierReference) -> Expression {
        match self.symbol(name) {
            Some(symbol) => Expression::Symbol(symbol),
            None if name.name == "undefined" => Expression::Undefined,
            None => Expression::Global(name.name.as_str().into()),
        }
    }

    /// Names that a pattern gives to parts of something.
    pub(super) fn bind(
        &mut self,
        pattern: &ast::BindingPattern<'a>,
        path: &[Box<str>],
        found: &mut Vec<(Id, Vec<Box<str>>)>,
    ) {
        use ast::BindingPattern as P;
        match pattern {
            P::BindingIdentifier(name) => {
                let symbol = name.symbol_id().index() as Id;
                self.module.names.insert(symbol, name.name.as_str().into());
                found.push((symbol, path.to_vec()));
            }
            P::AssignmentPattern(inner) => self.bind(&inner.left, path, found),
            P::ObjectPattern(object) => {
                for property in &object.properties {
                    let mut inner = path.to_vec();
                    inner.push(
                        property
                            .key
                            .static_name()
                            .map_or("?".into(), |name| name.as_ref().into()),
                    );
                    self.bind(&property.value, &inner, found);
                }
                if let Some(rest) = &object.rest {
                    self.bind(&rest.argument, path, found);
                }
            }
            P::ArrayPattern(array) => {
                for (number, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let mut inner = path.to_vec();
                        inner.push(number.to_string().into());
                        self.bind(element, &inner, found);
                    }
                }
            }
        }
    }

    pub(super) fn is_fixed(&self, symbol: Id) -> bool {
        let symbol = oxc_syntax::symbol::SymbolId::from_usize(symbol as usize);
        !self.scoping().symbol_is_mutated(symbol)
    }

    pub(super) fn declare(&mut self, declarator: &ast::VariableDeclarator<'a>) {
        let mut found = Vec::new();
        self.bind(&declarator.id, &[], &mut found);
        if let Some(init) = &declarator.init {
            let value = self.lower(init);
            let direct = matches!(declarator.id, ast::BindingPattern::BindingIdentifier(_));
            if let (Expression::Function(function), true, Some((symbol, _))) =
                (self.module.expression(value), direct, found.first())
            {
                let function = *function as usize;
                self.module.functions[function].symbol = Some(*symbol);
                self.module.functions[function].name = declarator
                    .id
                    .get_identifier_name()
                    .map_or("".into(), |name| name.as_str().into());
            }
            for (symbol, path) in &found {
                if self.is_fixed(*symbol) {
                    self.module
                        .bindings
                        .insert(*symbol, Binding::Part(value, path.clone()));
                }
            }
        }
        if let (Some(of), Some((symbol, _))) = (&declarator.type_annotation, found.first())
            && let Some(of) = self.type_name(&of.type_annotation)
        {
            self.module.types.insert(*symbol, of);
        }
    }

    /// The first named type in a type.
    pub(super) fn type_name(&mut self, of: &ast::TSType<'a>) -> Option<Id> {
        match of {
            ast::TSType::TSTypeReference(reference) => match &reference.type_name {
                ast::TSTypeName::IdentifierReference(name) => {
                    let name = self.name(name);
                    Some(self.push(name))
                }
                _ => None,
            },
            ast::TSType::TSUnionType(union) => {
                union.types.iter().find_map(|one| self.type_name(one))
            }
            _ => None,
        }
    }

    pub(super) fn parameters(&mut self, function: Id, parameters: &ast::FormalParameters<'a>) {
        for (number, parameter) in parameters.items.iter().enumerate() {
            let mut found = Vec::new();
            let default = parameter
                .initializer
                .as_ref()
                .map(|initial| self.lower(initial));
            self.bind(&parameter.pattern, &[], &mut found);
            if let (Some(of), Some((symbol, path))) = (&parameter.type_annotation, found.first())
                && path.is_empty()
                && let Some(of) = self.type_name(&of.type_annotation)
            {
                self.module.types.insert(*symbol, of);
            }
            for (symbol, path) in found {
                if self.is_fixed(symbol) {
                    self.module.bindings.insert(
                        symbol,
                        Binding::Parameter(function, number as u32, path, default),
                    );
                }
                if let (Some(class), Some(_)) = (self.class, parameter.accessibility)
                    && let ast::BindingPattern::BindingIdentifier(name) = &parameter.pattern
                {
                    let value = self.push(Expression::Symbol(symbol));
                    self.module.classes[class as usize]
                        .fields
                        .insert(name.name.as_str().into(), value);
                    if let Some(of) = self.module.types.get(&symbol) {
                        self.module.classes[class as usize]
                            .types
                            .insert(name.name.as_str().into(), *of);
                    }
                }
            }
        }
    }
}
