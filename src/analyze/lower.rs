//! From a file's text to its [`Module`].

use super::angular::{Component, Read, Template};
use super::blocks;
use super::syntax::*;
use oxc_allocator::Allocator;
use oxc_ast::ast;
use oxc_ast_visit::{Visit, walk};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Scoping, Semantic, SemanticBuilder};
use oxc_span::{GetSpan, SourceType, Span};
use oxc_syntax::scope::ScopeFlags;
use rustc_hash::FxHashMap as HashMap;

/// Reads a module. One that cannot be parsed is empty, and says why.
pub(super) fn read(path: &str, text: &str) -> Module {
    let ending = path.rsplit('.').next().unwrap_or("");
    let (code, pieces, kind) = match ending {
        "vue" | "svelte" => {
            let made = blocks::code(text, ending == "svelte");
            (
                made.code,
                made.pieces,
                if made.is_typescript {
                    SourceType::ts()
                } else {
                    SourceType::mjs()
                },
            )
        }
        "ts" | "mts" | "cts" => (text.to_owned(), Vec::new(), SourceType::ts()),
        "tsx" => (text.to_owned(), Vec::new(), SourceType::tsx()),
        _ => (
            text.to_owned(),
            Vec::new(),
            SourceType::jsx().with_module(true),
        ),
    };
    let mut module = parsed(path, &code, kind, ending == "svelte");
    if !module.wrong.is_empty() && matches!(ending, "vue" | "svelte") {
        // A template that this version does not understand must not hide the script.
        let script = parsed(path, &blocks::script(text), kind, ending == "svelte");
        if script.wrong.is_empty() {
            module = script;
            module.words.extend(words(text).map(Box::from));
            module.lines = Lines::new(text, Vec::new());
            return module;
        }
    }
    module.lines = Lines::new(text, pieces);
    module
}

fn parsed(path: &str, code: &str, kind: SourceType, is_svelte: bool) -> Module {
    let allocator = Allocator::default();
    let options = ParseOptions {
        preserve_parens: false,
        ..ParseOptions::default()
    };
    let parse = |kind| {
        Parser::new(&allocator, code, kind)
            .with_options(options)
            .parse()
    };
    let mut parsed = parse(kind);
    if parsed.panicked && kind.is_javascript() {
        // Flow, or JavaScript that is TypeScript by now.
        let again = parse(SourceType::tsx());
        if !again.panicked {
            parsed = again;
        }
    }
    let mut module = Module {
        path: path.to_owned(),
        ..Module::default()
    };
    if parsed.panicked {
        for diagnostic in parsed.diagnostics.iter().take(1) {
            let at = diagnostic.labels.first().map_or(0, |label| label.offset());
            module.wrong.push((at, diagnostic.message.to_string()));
        }
        return module;
    }
    let semantic = SemanticBuilder::new()
        .with_build_nodes(false)
        .build(&parsed.program)
        .semantic;
    let mut lowering = Lowering::new(&semantic, module, is_svelte);
    lowering.visit_program(&parsed.program);
    lowering.finish()
}

struct Lowering<'s, 'a> {
    semantic: &'s Semantic<'a>,
    module: Module,
    is_svelte: bool,
    lowered: HashMap<Span, Id>,
    functions: HashMap<u32, Id>,
    function: Id,
    class: Option<Id>,
    classes: HashMap<u32, Id>,
    item: Id,
    routes: u32,
    handler: bool,
}

impl<'s, 'a> Lowering<'s, 'a> {
    fn new(semantic: &'s Semantic<'a>, mut module: Module, is_svelte: bool) -> Self {
        module.functions.push(Function::default());
        module.items.push(Item::default());
        Lowering {
            semantic,
            module,
            is_svelte,
            lowered: HashMap::default(),
            functions: HashMap::default(),
            function: 0,
            class: None,
            classes: HashMap::default(),
            item: 0,
            routes: 0,
            handler: false,
        }
    }

    fn finish(self) -> Module {
        self.module
    }

    fn scoping(&self) -> &'s Scoping {
        self.semantic.scoping()
    }

    fn push(&mut self, expression: Expression) -> Id {
        self.module.expressions.push(expression);
        self.module.expressions.len() as Id - 1
    }

    fn opaque(&mut self) -> Id {
        self.push(Expression::Opaque)
    }

    fn function_at(&mut self, span: Span) -> Id {
        let next = self.module.functions.len() as Id;
        *self.functions.entry(span.start).or_insert_with(|| {
            self.module.functions.push(Function {
                at: span.start,
                ..Function::default()
            });
            next
        })
    }

    fn class_at(&mut self, span: Span) -> Id {
        let next = self.module.classes.len() as Id;
        *self.classes.entry(span.start).or_insert_with(|| {
            self.module.classes.push(Class {
                at: span.start,
                ..Class::default()
            });
            next
        })
    }

    /// The symbol that a name means here.
    fn symbol(&self, name: &ast::IdentifierReference) -> Option<Id> {
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

    fn is_top(&self, symbol: Id) -> bool {
        let symbol = oxc_syntax::symbol::SymbolId::from_usize(symbol as usize);
        self.scoping().symbol_scope_id(symbol) == self.scoping().root_scope_id()
    }

    fn name(&mut self, name: &ast::IdentifierReference) -> Expression {
        match self.symbol(name) {
            Some(symbol) => Expression::Symbol(symbol),
            None if name.name == "undefined" => Expression::Undefined,
            None => Expression::Global(name.name.as_str().into()),
        }
    }

    fn all<'e>(&mut self, expressions: impl Iterator<Item = &'e ast::Expression<'a>>) -> Vec<Id>
    where
        'a: 'e,
    {
        expressions.map(|one| self.lower(one)).collect()
    }

    fn lower(&mut self, expression: &ast::Expression<'a>) -> Id {
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

    fn call(
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

    fn arguments(&mut self, arguments: &[ast::Argument<'a>]) -> Vec<Id> {
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

    fn properties(&mut self, object: &ast::ObjectExpression<'a>) -> Vec<Property> {
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

    fn element(&mut self, element: &ast::JSXElement<'a>) -> Expression {
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

    /// Names that a pattern gives to parts of something.
    fn bind(
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

    fn is_fixed(&self, symbol: Id) -> bool {
        let symbol = oxc_syntax::symbol::SymbolId::from_usize(symbol as usize);
        !self.scoping().symbol_is_mutated(symbol)
    }

    fn declare(&mut self, declarator: &ast::VariableDeclarator<'a>) {
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
    fn type_name(&mut self, of: &ast::TSType<'a>) -> Option<Id> {
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

    fn parameters(&mut self, function: Id, parameters: &ast::FormalParameters<'a>) {
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

    fn enter(&mut self, span: Span) -> (Id, Id, bool) {
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

    fn export(&mut self, name: &str, expression: Expression) {
        let value = self.push(expression);
        self.module
            .exports
            .insert(name.into(), Export::Local(value));
    }

    fn begin_item(&mut self, name: &str, symbols: &[Id]) {
        self.item = self.module.items.len() as Id;
        self.module.items.push(Item {
            name: name.into(),
            edges: Vec::new(),
        });
        for symbol in symbols {
            self.module.item_of.insert(*symbol, self.item);
        }
    }

    fn declaration(&mut self, declaration: &ast::Declaration<'a>, exported: bool) {
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

    /// Documents name what is asked for, and read nothing.
    fn words(&mut self, text: &str) {
        let is_document =
            super::documents::is_graphql(text) && crate::graphql::Document::parse(text).is_ok();
        if !is_document {
            for word in words(text) {
                if !self.module.words.contains(word) {
                    self.module.words.insert(word.into());
                }
            }
        }
    }

    fn edge(&mut self, to: Target) {
        let in_routes = self.routes > 0;
        self.module.items[self.item as usize].edges.push(Edge {
            to,
            function: self.function,
            in_routes,
        });
    }
}

/// Lifecycle names that look like handlers' are not among them: `ngOnInit`, `onMounted`.
fn is_event(name: &str) -> bool {
    let rest = name
        .strip_prefix("on")
        .or_else(|| name.strip_prefix("handle"));
    let is_capital = |rest: &str| rest.starts_with(|sign: char| sign.is_ascii_uppercase());
    rest.is_some_and(|rest| {
        is_capital(rest)
            && !["Mount", "Load", "Init", "Ready", "Before", "Server"]
                .iter()
                .any(|name| rest.starts_with(name))
    })
}

fn is_route(properties: &[Property]) -> bool {
    let has = |names: &[&str]| {
        properties.iter().any(|property| {
            property
                .name
                .as_deref()
                .is_some_and(|name| names.contains(&name))
        })
    };
    has(&["path", "index"])
        && has(&[
            "component",
            "components",
            "element",
            "Component",
            "lazy",
            "loadComponent",
            "loadChildren",
            "children",
            "redirect",
            "redirectTo",
            "loader",
        ])
}

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

    /// An inline template's words are those of its expressions.
    fn visit_decorator(&mut self, decorator: &ast::Decorator<'a>) {
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
