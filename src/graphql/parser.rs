//! From tokens to the syntax tree of an executable document (specification, §2). Names and numbers borrow from it.

use super::lexer::{Lexer, Token};
use super::{Kind, Wrong};

/// Deeper selections and values are refused: the reader is recursive, and a page's stack is not ours to fill.
const DEEPEST: u32 = 64;

pub(super) struct Document<'a> {
    pub(super) operations: Vec<Definition<'a>>,
    pub(super) fragments: Vec<Fragment<'a>>,
    /// It has `@defer` or `@stream`: answers may come in pieces.
    pub(super) is_incremental: bool,
}

pub(super) struct Definition<'a> {
    pub(super) kind: Kind,
    pub(super) name: Option<&'a str>,
    pub(super) variables: Vec<Variable<'a>>,
    /// It has directives of its own, or its variables have.
    pub(super) directed: bool,
    pub(super) selections: Vec<Selection<'a>>,
}

pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) type_: Type<'a>,
    pub(super) default: Option<Value<'a>>,
}

/// A variable's type: the named one within so many lists.
pub(super) struct Type<'a> {
    pub(super) name: &'a str,
    pub(super) lists: u32,
    /// As it is written, without white space and without the last `!`.
    pub(super) text: String,
    pub(super) required: bool,
}

pub(super) struct Fragment<'a> {
    pub(super) name: &'a str,
    pub(super) on: &'a str,
    pub(super) directed: bool,
    pub(super) selections: Vec<Selection<'a>>,
}

pub(super) enum Selection<'a> {
    Field(Field<'a>),
    Spread {
        name: &'a str,
        directives: Vec<Directive<'a>>,
        /// Where the name stands.
        at: usize,
    },
    Inline {
        on: Option<&'a str>,
        directives: Vec<Directive<'a>>,
        selections: Vec<Selection<'a>>,
    },
}

pub(super) struct Field<'a> {
    pub(super) alias: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) arguments: Arguments<'a>,
    pub(super) directives: Vec<Directive<'a>>,
    /// `None`: it has none, so it is a leaf.
    pub(super) selections: Option<Vec<Selection<'a>>>,
}

pub(super) struct Directive<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Arguments<'a>,
}

pub(super) type Arguments<'a> = Vec<(&'a str, Value<'a>)>;

pub(super) enum Value<'a> {
    Variable(&'a str),
    /// Numbers, `true`, `false`, `null` and enum values: what is written is what is meant.
    Word(&'a str),
    String(String),
    List(Vec<Value<'a>>),
    Object(Arguments<'a>),
}

pub(super) fn parse(text: &str) -> Result<Document<'_>, Wrong> {
    let mut lexer = Lexer::new(text);
    let (token, start) = lexer.next()?;
    let mut parser = Parser {
        lexer,
        token,
        start,
        depth: 0,
        is_incremental: false,
    };
    parser.document()
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// What comes next, and where it begins.
    token: Token<'a>,
    start: usize,
    depth: u32,
    is_incremental: bool,
}

impl<'a> Parser<'a> {
    fn wrong<T>(&self, message: &[&str]) -> Result<T, Wrong> {
        Err(self.lexer.wrong(self.start, message))
    }

    fn advance(&mut self) -> Result<Token<'a>, Wrong> {
        let (token, start) = self.lexer.next()?;
        self.start = start;
        Ok(core::mem::replace(&mut self.token, token))
    }

    fn is(&self, sign: u8) -> bool {
        self.token == Token::Sign(sign)
    }

    /// Takes a sign if it comes next.
    fn takes(&mut self, sign: u8) -> Result<bool, Wrong> {
        let comes = self.is(sign);
        if comes {
            self.advance()?;
        }
        Ok(comes)
    }

    fn expect(&mut self, sign: u8) -> Result<(), Wrong> {
        if self.takes(sign)? {
            return Ok(());
        }
        let signs = [sign];
        let sign = core::str::from_utf8(&signs).unwrap_or("");
        self.unexpected(&["`", sign, "`"])
    }

    fn unexpected<T>(&self, wanted: &[&str]) -> Result<T, Wrong> {
        let found = match &self.token {
            Token::End => "the end of the document",
            Token::Name(text) | Token::Int(text) | Token::Float(text) => text,
            Token::String(_) => "a string",
            Token::Sign(b'.') => "...",
            Token::Sign(_) => "a sign",
        };
        let mut message = vec!["expected "];
        message.extend_from_slice(wanted);
        message.extend([", found ", found]);
        self.wrong(&message)
    }

    fn name(&mut self) -> Result<&'a str, Wrong> {
        if let Token::Name(name) = self.token {
            self.advance()?;
            return Ok(name);
        }
        self.unexpected(&["a name"])
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Wrong>) -> Result<T, Wrong> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.wrong(&["the document is nested deeper than 64 levels"]);
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn document(&mut self) -> Result<Document<'a>, Wrong> {
        let mut document = Document {
            operations: Vec::new(),
            fragments: Vec::new(),
            is_incremental: false,
        };
        while self.token != Token::End {
            let start = self.start;
            match self.token {
                Token::Name("fragment") => {
                    let fragment = self.fragment()?;
                    if document.fragment(fragment.name).is_some() {
                        return Err(self.lexer.wrong(
                            start,
                            &["there is more than one fragment \"", fragment.name, "\""],
                        ));
                    }
                    document.fragments.push(fragment);
                }
                _ => {
                    let operation = self.operation()?;
                    let named = operation.name.unwrap_or("");
                    if operation.name.is_some()
                        && document
                            .operations
                            .iter()
                            .any(|other| other.name == operation.name)
                    {
                        return Err(self
                            .lexer
                            .wrong(start, &["there is more than one operation \"", named, "\""]));
                    }
                    document.operations.push(operation);
                }
            }
        }
        if document.operations.is_empty() {
            return self.wrong(&["the document has no operation"]);
        }
        document.is_incremental = self.is_incremental;
        Ok(document)
    }

    fn operation(&mut self) -> Result<Definition<'a>, Wrong> {
        let kind = match self.token {
            Token::Sign(b'{') => {
                return Ok(Definition {
                    kind: Kind::Query,
                    name: None,
                    variables: Vec::new(),
                    directed: false,
                    selections: self.selections()?,
                });
            }
            Token::Name("query") => Kind::Query,
            Token::Name("mutation") => Kind::Mutation,
            Token::Name("subscription") => Kind::Subscription,
            _ => {
                return self
                    .unexpected(&["`query`, `mutation`, `subscription`, `fragment` or `{`"]);
            }
        };
        self.advance()?;
        let name = match self.token {
            Token::Name(name) => {
                self.advance()?;
                Some(name)
            }
            _ => None,
        };
        let mut directed = false;
        let variables = self.variables(&mut directed)?;
        directed |= !self.directives()?.is_empty();
        Ok(Definition {
            kind,
            name,
            variables,
            directed,
            selections: self.selections()?,
        })
    }

    fn variables(&mut self, directed: &mut bool) -> Result<Vec<Variable<'a>>, Wrong> {
        let mut variables: Vec<Variable> = Vec::new();
        if !self.takes(b'(')? {
            return Ok(variables);
        }
        while variables.is_empty() || !self.is(b')') {
            let start = self.start;
            self.expect(b'$')?;
            let name = self.name()?;
            if variables.iter().any(|other| other.name == name) {
                return Err(self
                    .lexer
                    .wrong(start, &["there is more than one variable \"$", name, "\""]));
            }
            self.expect(b':')?;
            let type_ = self.type_()?;
            let default = match self.takes(b'=')? {
                true => Some(self.value(true)?),
                false => None,
            };
            *directed |= !self.directives()?.is_empty();
            variables.push(Variable {
                name,
                type_,
                default,
            });
        }
        self.expect(b')')?;
        Ok(variables)
    }

    fn type_(&mut self) -> Result<Type<'a>, Wrong> {
        let mut type_ = if self.takes(b'[')? {
            let inner = self.deeper(Self::type_)?;
            self.expect(b']')?;
            let mut text = String::from("[");
            text.push_str(&inner.text);
            text.push_str(if inner.required { "!]" } else { "]" });
            Type {
                name: inner.name,
                lists: inner.lists + 1,
                text,
                required: false,
            }
        } else {
            let name = self.name()?;
            Type {
                name,
                lists: 0,
                text: name.into(),
                required: false,
            }
        };
        type_.required = self.takes(b'!')?;
        Ok(type_)
    }

    fn fragment(&mut self) -> Result<Fragment<'a>, Wrong> {
        self.advance()?;
        if self.token == Token::Name("on") {
            return self.wrong(&["a fragment cannot be called \"on\""]);
        }
        let name = self.name()?;
        if self.token != Token::Name("on") {
            return self.unexpected(&["`on`"]);
        }
        self.advance()?;
        Ok(Fragment {
            name,
            on: self.name()?,
            directed: !self.directives()?.is_empty(),
            selections: self.selections()?,
        })
    }

    fn selections(&mut self) -> Result<Vec<Selection<'a>>, Wrong> {
        self.expect(b'{')?;
        self.deeper(|parser| {
            let mut selections = Vec::new();
            while selections.is_empty() || !parser.is(b'}') {
                selections.push(parser.selection()?);
            }
            parser.expect(b'}')?;
            Ok(selections)
        })
    }

    fn selection(&mut self) -> Result<Selection<'a>, Wrong> {
        if !self.takes(b'.')? {
            return Ok(Selection::Field(self.field()?));
        }
        let at = self.start;
        let on = match self.token {
            Token::Name("on") => {
                self.advance()?;
                Some(self.name()?)
            }
            Token::Name(name) => {
                self.advance()?;
                return Ok(Selection::Spread {
                    name,
                    directives: self.directives()?,
                    at,
                });
            }
            _ => None,
        };
        Ok(Selection::Inline {
            on,
            directives: self.directives()?,
            selections: self.selections()?,
        })
    }

    fn field(&mut self) -> Result<Field<'a>, Wrong> {
        let first = self.name()?;
        let (alias, name) = match self.takes(b':')? {
            true => (Some(first), self.name()?),
            false => (None, first),
        };
        Ok(Field {
            alias,
            name,
            arguments: self.arguments(false)?,
            directives: self.directives()?,
            selections: match self.is(b'{') {
                true => Some(self.selections()?),
                false => None,
            },
        })
    }

    fn directives(&mut self) -> Result<Vec<Directive<'a>>, Wrong> {
        let mut directives = Vec::new();
        while self.takes(b'@')? {
            let name = self.name()?;
            self.is_incremental |= matches!(name, "defer" | "stream");
            directives.push(Directive {
                name,
                arguments: self.arguments(false)?,
            });
        }
        Ok(directives)
    }

    fn arguments(&mut self, constant: bool) -> Result<Arguments<'a>, Wrong> {
        if !self.takes(b'(')? {
            return Ok(Vec::new());
        }
        let mut arguments = Vec::new();
        while arguments.is_empty() || !self.is(b')') {
            self.member(&mut arguments, constant, "argument")?;
        }
        self.expect(b')')?;
        Ok(arguments)
    }

    fn member(
        &mut self,
        members: &mut Arguments<'a>,
        constant: bool,
        what: &str,
    ) -> Result<(), Wrong> {
        let start = self.start;
        let name = self.name()?;
        if members.iter().any(|(other, _)| *other == name) {
            return Err(self
                .lexer
                .wrong(start, &["there is more than one ", what, " \"", name, "\""]));
        }
        self.expect(b':')?;
        let value = self.value(constant)?;
        members.push((name, value));
        Ok(())
    }

    /// `constant`: variables have no place in it.
    fn value(&mut self, constant: bool) -> Result<Value<'a>, Wrong> {
        match self.token {
            Token::Int(text) | Token::Float(text) | Token::Name(text) => {
                self.advance()?;
                return Ok(Value::Word(text));
            }
            Token::String(_) => {
                if let Token::String(text) = self.advance()? {
                    return Ok(Value::String(text));
                }
            }
            Token::Sign(b'$') if !constant => {
                self.advance()?;
                return Ok(Value::Variable(self.name()?));
            }
            Token::Sign(b'[') => {
                self.advance()?;
                return self.deeper(|parser| {
                    let mut items = Vec::new();
                    while !parser.takes(b']')? {
                        items.push(parser.value(constant)?);
                    }
                    Ok(Value::List(items))
                });
            }
            Token::Sign(b'{') => {
                self.advance()?;
                return self.deeper(|parser| {
                    let mut members = Vec::new();
                    while !parser.takes(b'}')? {
                        parser.member(&mut members, constant, "member")?;
                    }
                    Ok(Value::Object(members))
                });
            }
            _ => {}
        }
        self.unexpected(&["a value"])
    }
}

impl<'a> Document<'a> {
    pub(super) fn fragment(&self, name: &str) -> Option<&Fragment<'a>> {
        self.fragments.iter().find(|fragment| fragment.name == name)
    }
}
