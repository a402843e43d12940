//! From a file's text to its [`Module`].

mod bindings;
mod components;
mod conventions;
mod expressions;
mod items;
mod visit;

use super::blocks;
use super::syntax::*;
use oxc_allocator::Allocator;
use oxc_ast_visit::Visit;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Scoping, Semantic, SemanticBuilder};
use oxc_span::{SourceType, Span};
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
}
