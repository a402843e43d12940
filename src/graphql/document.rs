//! An executable document: its tokens, checked against the grammar (§2), and where its operations and fragments are.
//!
//! No tree is built. Whoever reads a document walks its tokens once more, and need not expect mistakes.

use super::lexer::{BLOCK, END, NAME, NUMBER, STRING, Token, tokens, value};
use super::{Kind, Wrong};

/// Deeper selections and values are refused: readers are recursive, and a page's stack is not ours to fill.
const DEEPEST: u32 = 64;

/// Reading cannot go on; why, has been noted.
pub(super) struct Stop;

/// What is wrong, and where.
#[derive(Clone, Copy, Default)]
pub(super) struct Failure {
    pub(super) at: u32,
    pub(super) what: &'static str,
    /// A part of the document that belongs to it: what was found, or a name.
    pub(super) text: (u32, u32),
}

/// A document that has been read.
pub struct Document {
    text: Box<str>,
    tokens: Vec<Token>,
    pub(super) operations: Vec<Definition>,
    pub(super) fragments: Vec<Fragment>,
    /// It has `@defer` or `@stream`: answers may come in pieces.
    pub(super) is_incremental: bool,
}

/// An operation. Places are numbers of tokens; 0 where there is nothing.
pub(super) struct Definition {
    pub(super) kind: Kind,
    pub(super) name: usize,
    /// The bracket that opens its variables.
    pub(super) variables: usize,
    /// It has directives of its own, or its variables have.
    pub(super) is_directed: bool,
    pub(super) selections: usize,
}

pub(super) struct Fragment {
    pub(super) name: usize,
    pub(super) on: usize,
    pub(super) is_directed: bool,
    pub(super) selections: usize,
}

impl Document {
    /// Checks a document against the grammar.
    pub fn parse(text: &str) -> Result<Document, Wrong> {
        let tokens = tokens(text).map_err(|failure| failure.in_words(text))?;
        let document = Document {
            text: text.into(),
            tokens,
            operations: Vec::new(),
            fragments: Vec::new(),
            is_incremental: false,
        };
        let mut parser = Parser {
            document,
            at: 0,
            depth: 0,
            failure: Failure::default(),
        };
        match parser.document() {
            Ok(()) => Ok(parser.document),
            Err(Stop) => Err(parser.failure.in_words(text)),
        }
    }

    /// Whether it was read from this text.
    pub(crate) fn is_of(&self, text: &str) -> bool {
        *self.text == *text
    }

    /// What a token is.
    pub(super) fn kind(&self, at: usize) -> u8 {
        self.tokens.get(at).map_or(END, |token| token.kind)
    }

    /// A token's text. Not of an opening bracket.
    pub(super) fn text(&self, at: usize) -> &str {
        let token = self.tokens.get(at);
        token.map_or("", |token| {
            self.text
                .get(token.start as usize..token.end as usize)
                .unwrap_or("")
        })
    }

    /// What a string says.
    pub(super) fn string(&self, at: usize) -> String {
        value(self.kind(at), self.text(at))
    }

    /// What follows the bracketed part that opens here, if one does.
    pub(super) fn after(&self, at: usize) -> usize {
        match self.kind(at) {
            b'(' | b'[' | b'{' => self.tokens[at].end as usize + 1,
            _ => at,
        }
    }

    /// What follows the value that begins here.
    pub(super) fn after_value(&self, at: usize) -> usize {
        match self.kind(at) {
            b'[' | b'{' => self.after(at),
            b'$' => at + 2,
            _ => at + 1,
        }
    }

    /// What follows the arguments that begin here, if any do.
    pub(super) fn after_arguments(&self, at: usize) -> usize {
        match self.kind(at) {
            b'(' => self.after(at),
            _ => at,
        }
    }

    /// What follows the directives that begin here.
    pub(super) fn after_directives(&self, mut at: usize) -> usize {
        while self.kind(at) == b'@' {
            at = self.after_arguments(at + 2);
        }
        at
    }

    pub(super) fn fragment(&self, name: &str) -> Option<&Fragment> {
        self.fragments
            .iter()
            .find(|fragment| self.text(fragment.name) == name)
    }

    /// The operation of this name, or the only one.
    pub(super) fn operation(&self, name: Option<&str>) -> Result<&Definition, Wrong> {
        let wrong = |what| Failure {
            what,
            ..Failure::default()
        };
        match (name, self.operations.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(wrong(
                "the document has several operations: say which with the option `operationName`",
            )
            .in_words(&self.text)),
            (Some(name), operations) => operations
                .iter()
                .find(|operation| operation.name > 0 && self.text(operation.name) == name)
                .ok_or_else(|| {
                    let mut wrong =
                        wrong("the option `operationName` names what is not there: no operation ")
                            .in_words(&self.text);
                    wrong.message.push('"');
                    wrong.message.push_str(name);
                    wrong.message.push('"');
                    wrong
                }),
        }
    }

    /// An error about a name.
    pub(super) fn wrong(&self, at: usize, what: &'static str) -> Wrong {
        let token = self.tokens[at];
        let failure = Failure {
            at: token.start,
            what,
            text: (token.start, token.end),
        };
        failure.in_words(&self.text)
    }
}

impl Failure {
    pub(super) fn in_words(self, text: &str) -> Wrong {
        let before = text.get(..self.at as usize).unwrap_or(text);
        let (mut line, mut column, mut last) = (1, 1, 0);
        for byte in before.bytes() {
            match byte {
                b'\n' if last == b'\r' => {}
                b'\n' | b'\r' => (line, column) = (line + 1, 1),
                // Of characters of several bytes the first counts.
                0x80..0xC0 => {}
                _ => column += 1,
            }
            last = byte;
        }
        let mut message = String::from(self.what);
        let (start, end) = self.text;
        if end > start {
            message.push('"');
            message.push_str(text.get(start as usize..end as usize).unwrap_or(""));
            message.push('"');
        } else if message.ends_with("found ") {
            message.push_str("the end of the document");
        }
        Wrong {
            line,
            column,
            message,
        }
    }
}

struct Parser {
    document: Document,
    /// What comes next.
    at: usize,
    depth: u32,
    failure: Failure,
}

type Parsed<T = ()> = Result<T, Stop>;

impl Parser {
    fn kind(&self) -> u8 {
        self.document.kind(self.at)
    }

    fn is_word(&self, word: &str) -> bool {
        self.kind() == NAME && self.document.text(self.at) == word
    }

    /// Stops at a token; `what` ends before the token's text if that belongs to it.
    fn fail<T>(&mut self, at: usize, what: &'static str, with_text: bool) -> Parsed<T> {
        let Token { kind, start, end } = self.document.tokens[at];
        // Where a bracket opens, its end says something else.
        let end = if matches!(kind, b'(' | b'[' | b'{') {
            start + 1
        } else {
            end
        };
        self.failure = Failure {
            at: start,
            what,
            text: if with_text { (start, end) } else { (0, 0) },
        };
        Err(Stop)
    }

    fn unexpected<T>(&mut self, what: &'static str) -> Parsed<T> {
        self.fail(self.at, what, true)
    }

    fn takes(&mut self, kind: u8) -> bool {
        let comes = self.kind() == kind;
        self.at += usize::from(comes);
        comes
    }

    fn name(&mut self) -> Parsed<usize> {
        match self.takes(NAME) {
            true => Ok(self.at - 1),
            false => self.unexpected("expected a name, found "),
        }
    }

    /// A bracketed part: `item` as often as it comes, at least `least` times.
    fn bracketed(
        &mut self,
        close: u8,
        least: usize,
        wanted: &'static str,
        item: &dyn Fn(&mut Self, usize) -> Parsed,
    ) -> Parsed {
        let open = self.at;
        self.at += 1;
        // Arguments are no deeper than what has them.
        let level = u32::from(close != b')');
        self.depth += level;
        if self.depth > DEEPEST {
            return self.fail(open, "the document is nested deeper than 64 levels", false);
        }
        let mut count = 0;
        while self.kind() != close || count < least {
            if self.kind() == END {
                return self.unexpected(wanted);
            }
            item(self, open)?;
            count += 1;
        }
        self.document.tokens[open].end = self.at as u32;
        self.at += 1;
        self.depth -= level;
        Ok(())
    }

    fn document(&mut self) -> Parsed {
        while self.kind() != END {
            if self.is_word("fragment") {
                self.fragment()?;
            } else {
                self.operation()?;
            }
        }
        match self.document.operations.is_empty() {
            true => self.fail(self.at, "the document has no operation", false),
            false => Ok(()),
        }
    }

    fn operation(&mut self) -> Parsed {
        let start = self.at;
        let mut definition = Definition {
            kind: Kind::Query,
            name: 0,
            variables: 0,
            is_directed: false,
            selections: 0,
        };
        if self.kind() != b'{' {
            definition.kind = match self.document.text(start) {
                "query" => Kind::Query,
                "mutation" => Kind::Mutation,
                "subscription" => Kind::Subscription,
                _ => {
                    return self.unexpected(
                        "expected `query`, `mutation`, `subscription`, `fragment` or `{`, found ",
                    );
                }
            };
            self.at += 1;
            if self.takes(NAME) {
                definition.name = self.at - 1;
                if self
                    .document
                    .operations
                    .iter()
                    .any(|other| other.name > 0 && self.is_same(other.name, self.at - 1))
                {
                    return self.fail(self.at - 1, "there is more than one operation ", true);
                }
            }
            if self.kind() == b'(' {
                definition.variables = self.at;
                definition.is_directed = self.variables()?;
            }
            definition.is_directed |= self.directives()?;
        }
        definition.selections = self.at;
        self.selections()?;
        self.document.operations.push(definition);
        Ok(())
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        self.document.text(one) == self.document.text(other)
    }

    /// Says whether any has directives.
    fn variables(&mut self) -> Parsed<bool> {
        let before = self.document.tokens.len();
        let open = self.at;
        self.bracketed(b')', 1, "expected `)`, found ", &|parser, open| {
            let start = parser.at;
            if !parser.takes(b'$') {
                return parser.unexpected("expected `$`, found ");
            }
            let name = parser.name()?;
            for at in open..start {
                let declares = parser.document.kind(at) == b'$'
                    && parser.document.kind(at + 2) == b':'
                    && parser.is_same(at + 1, name);
                if declares {
                    return parser.fail(name, "there is more than one variable ", true);
                }
            }
            parser.colon()?;
            parser.type_()?;
            if parser.takes(b'=') {
                parser.value(true)?;
            }
            parser.directives().map(|_| ())
        })?;
        let directed = (open..self.at).any(|at| self.document.kind(at) == b'@');
        debug_assert_eq!(before, self.document.tokens.len());
        Ok(directed)
    }

    fn colon(&mut self) -> Parsed {
        match self.takes(b':') {
            true => Ok(()),
            false => self.unexpected("expected `:`, found "),
        }
    }

    fn type_(&mut self) -> Parsed {
        if self.kind() == b'[' {
            let wanted = "expected `]`, found ";
            self.bracketed(
                b']',
                1,
                wanted,
                &|parser, open| match parser.at == open + 1 {
                    true => parser.type_(),
                    false => parser.unexpected(wanted),
                },
            )?;
        } else {
            self.name()?;
        }
        self.takes(b'!');
        Ok(())
    }

    fn fragment(&mut self) -> Parsed {
        self.at += 1;
        if self.is_word("on") {
            return self.fail(self.at, "a fragment cannot be called \"on\"", false);
        }
        let name = self.name()?;
        if self
            .document
            .fragments
            .iter()
            .any(|other| self.is_same(other.name, name))
        {
            return self.fail(name, "there is more than one fragment ", true);
        }
        if !self.is_word("on") {
            return self.unexpected("expected `on`, found ");
        }
        self.at += 1;
        let on = self.name()?;
        let is_directed = self.directives()?;
        let selections = self.at;
        self.selections()?;
        self.document.fragments.push(Fragment {
            name,
            on,
            is_directed,
            selections,
        });
        Ok(())
    }

    fn selections(&mut self) -> Parsed {
        if self.kind() != b'{' {
            return self.unexpected("expected `{`, found ");
        }
        self.bracketed(b'}', 1, "expected `}`, found ", &|parser, _| {
            parser.selection()
        })
    }

    fn selection(&mut self) -> Parsed {
        if !self.takes(b'.') {
            self.name()?;
            if self.takes(b':') {
                self.name()?;
            }
            self.arguments()?;
            self.directives()?;
            return match self.kind() {
                b'{' => self.selections(),
                _ => Ok(()),
            };
        }
        if self.is_word("on") {
            self.at += 1;
            self.name()?;
        } else if self.takes(NAME) {
            self.directives()?;
            return Ok(());
        }
        self.directives()?;
        self.selections()
    }

    /// Says whether there are any.
    fn directives(&mut self) -> Parsed<bool> {
        let start = self.at;
        while self.takes(b'@') {
            let name = self.name()?;
            self.document.is_incremental |= matches!(self.document.text(name), "defer" | "stream");
            self.arguments()?;
        }
        Ok(self.at > start)
    }

    fn arguments(&mut self) -> Parsed {
        match self.kind() {
            b'(' => self.bracketed(b')', 1, "expected `)`, found ", &|parser, open| {
                parser.member(open, false, "there is more than one argument ")
            }),
            _ => Ok(()),
        }
    }

    fn member(&mut self, open: usize, constant: bool, twice: &'static str) -> Parsed {
        let name = self.name()?;
        let mut other = open + 1;
        while other < name {
            if self.is_same(other, name) {
                return self.fail(name, twice, true);
            }
            other = self.document.after_value(other + 2);
        }
        self.colon()?;
        self.value(constant)
    }

    /// `constant`: variables have no place in it.
    fn value(&mut self, constant: bool) -> Parsed {
        match self.kind() {
            NAME | NUMBER | STRING | BLOCK => {
                self.at += 1;
                Ok(())
            }
            b'$' if !constant => {
                self.at += 1;
                self.name().map(|_| ())
            }
            b'[' => self.bracketed(b']', 0, "expected `]`, found ", &|parser, _| {
                parser.value(constant)
            }),
            b'{' => self.bracketed(b'}', 0, "expected `}`, found ", &|parser, open| {
                parser.member(open, constant, "there is more than one member ")
            }),
            _ => self.unexpected("expected a value, found "),
        }
    }
}
