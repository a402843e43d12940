//! What of a module's syntax tree is needed to know what it asks for. It owns all its parts, so that the trees of
//! thousands of files need not be kept.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// A place in [`Module::expressions`], [`Module::functions`], [`Module::classes`] or among a module's symbols.
pub(super) type Id = u32;

/// One source file.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) path: String,
    pub(super) side: Side,
    pub(super) expressions: Vec<Expression>,
    /// The first is the module's body.
    pub(super) functions: Vec<Function>,
    pub(super) classes: Vec<Class>,
    /// Angular's.
    pub(super) components: Vec<super::angular::Component>,
    pub(super) calls: Vec<Call>,
    pub(super) bindings: HashMap<Id, Binding>,
    /// How symbols with a binding are called.
    pub(super) names: HashMap<Id, Box<str>>,
    /// What a symbol is declared to be an instance of.
    pub(super) types: HashMap<Id, Id>,
    /// `Name.member = …`, outside of classes.
    pub(super) statics: HashMap<(Id, Box<str>), Id>,
    pub(super) exports: HashMap<Box<str>, Export>,
    /// `export * from`.
    pub(super) stars: Vec<Box<str>>,
    /// Top-level declarations; the first is all that is none.
    pub(super) items: Vec<Item>,
    pub(super) item_of: HashMap<Id, Id>,
    /// The outermost expressions that declare routes, and their items.
    pub(super) routes: Vec<(Id, Id)>,
    /// Uses of names: of which symbol, in which function, and whether as a handler of events.
    pub(super) uses: Vec<(Id, Id, bool)>,
    /// Objects that have `exposes` or `remotes`: configurations of Module Federation.
    pub(super) federations: Vec<Id>,
    /// All names that code could read a member by: of members, in strings, in templates.
    pub(super) words: HashSet<Box<str>>,
    pub(super) lines: Lines,
    /// What could not be read, and where.
    pub(super) wrong: Vec<(u32, String)>,
}

/// Where React runs a module: `'use client'`, `'use server'`, or wherever it is imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    #[default]
    Either,
    Client,
    Server,
}

#[derive(Debug)]
pub(super) enum Expression {
    Text(Box<str>, u32),
    Number(f64),
    Boolean(bool),
    Null,
    Undefined,
    /// Texts with their places, and what is between them; the tag.
    Template(Vec<(Box<str>, u32)>, Vec<Id>, Option<Id>),
    Symbol(Id),
    Global(Box<str>),
    /// In this class, if in one.
    This(Option<Id>),
    Member(Id, Box<str>),
    Object(Vec<Property>),
    Array(Vec<Id>),
    /// A place in [`Module::calls`].
    Call(Id),
    Function(Id),
    Class(Id),
    Concat(Id, Id),
    /// `a ? b : c`, `a || b`, `a ?? b`, `a && b`: one of them.
    Choice(Vec<Id>),
    /// `import("…")`.
    Import(Box<str>),
    /// Its call, and its children.
    Element(Id, Vec<Id>),
    /// `...` of something.
    Spread(Id),
    Opaque,
}

#[derive(Debug)]
pub(super) struct Property {
    /// `None`: `...` of the value.
    pub(super) name: Option<Box<str>>,
    pub(super) value: Id,
    pub(super) at: u32,
}

#[derive(Debug, Default)]
pub(super) struct Function {
    pub(super) name: Box<str>,
    pub(super) parent: Id,
    pub(super) at: u32,
    pub(super) returns: Vec<Id>,
    pub(super) item: Id,
    pub(super) symbol: Option<Id>,
    /// It is called when a person does something.
    pub(super) is_handler: bool,
    /// Within a declaration of routes, of which it is one's component or loader.
    pub(super) in_routes: bool,
}

#[derive(Debug, Default)]
pub(super) struct Class {
    pub(super) name: Box<str>,
    pub(super) at: u32,
    pub(super) methods: HashMap<Box<str>, Id>,
    pub(super) fields: HashMap<Box<str>, Id>,
    pub(super) types: HashMap<Box<str>, Id>,
    pub(super) extends: Option<Id>,
    pub(super) item: Id,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) callee: Id,
    pub(super) arguments: Vec<Id>,
    pub(super) function: Id,
    pub(super) item: Id,
    pub(super) at: u32,
    pub(super) kind: CallKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallKind {
    Call,
    New,
    /// `<Component …/>`.
    Element,
}

#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// `const … = expression`, and where in it.
    Part(Id, Vec<Box<str>>),
    /// From which module, and what of it: `*` for all, `default`.
    Import(Box<str>, Box<str>),
    /// Of a function, which, and where in it; what it is without an argument.
    Parameter(Id, u32, Vec<Box<str>>, Option<Id>),
    Function(Id),
    Class(Id),
}

#[derive(Debug)]
pub(super) enum Export {
    Local(Id),
    From(Box<str>, Box<str>),
}

/// A top-level declaration, and what it uses.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) name: Box<str>,
    pub(super) edges: Vec<Edge>,
}

#[derive(Debug)]
pub(super) struct Edge {
    pub(super) to: Target,
    pub(super) function: Id,
    /// Within a declaration of routes: shown there, not with what declares them.
    pub(super) in_routes: bool,
}

#[derive(Debug)]
pub(super) enum Target {
    Symbol(Id),
    Module(Box<str>),
}

/// From offsets to lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    starts: Vec<u32>,
    /// Pieces of a made-up text: where each begins in it, and where in the real one.
    pieces: Vec<(u32, u32)>,
}

impl Lines {
    pub(super) fn new(text: &str, pieces: Vec<(u32, u32)>) -> Lines {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = core::iter::once(0)
            .chain(ends.map(|(at, _)| at as u32 + 1))
            .collect();
        Lines {
            text: text.to_owned(),
            starts,
            pieces,
        }
    }

    /// Where an offset is in the file as it was written.
    pub(super) fn real(&self, at: u32) -> u32 {
        let piece = self.pieces.partition_point(|(start, _)| *start <= at);
        match piece
            .checked_sub(1)
            .and_then(|piece| self.pieces.get(piece))
        {
            Some((made_up, real)) => real + (at - made_up),
            None => at,
        }
    }

    /// Line and column, from 1.
    pub(super) fn place(&self, at: u32) -> (u32, u32) {
        let at = self.real(at).min(self.text.len() as u32);
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts[line - 1] as usize;
        let column = self
            .text
            .get(start..at as usize)
            .map_or(0, |text| text.chars().count());
        (line as u32, column as u32 + 1)
    }
}

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '_')
        .filter(|word| !word.is_empty())
}

impl Module {
    /// A function and those around it, to the module's body.
    pub(super) fn around(&self, function: Id) -> impl Iterator<Item = Id> {
        core::iter::successors(Some(function), |function| {
            (*function != 0).then(|| self.functions[*function as usize].parent)
        })
    }

    pub(super) fn expression(&self, id: Id) -> &Expression {
        &self.expressions[id as usize]
    }

    pub(super) fn place(&self, at: u32) -> super::fragment::Place {
        let (line, column) = self.lines.place(at);
        super::fragment::Place {
            file: self.path.clone(),
            line,
            column,
        }
    }
}
