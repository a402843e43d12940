//! Predicates from their JSON form.
//!
//! ```json
//! { "and": [
//!     { "field": "status", "in": ["open", "late"] },
//!     { "field": "amount", "ge": 100, "lt": 1000 },
//!     { "field": "title", "fold": true, "contains": "scan" },
//!     { "not": { "field": "closed", "null": false } } ] }
//! ```
//!
//! An object holds where all of its members hold; an empty one always does.
//!
//! | member | holds where |
//! |---|---|
//! | `and`, `or`: list of objects | all of them do, one of them does |
//! | `not`: object | it does not |
//! | `eq`, `ne`: text, number, flag or null | the field is, is not this value |
//! | `lt`, `le`, `gt`, `ge`: number or text | the field is less, at most, greater, at least; texts by their code points |
//! | `in`: list of texts or of numbers | the field is one of them |
//! | `contains`, `startsWith`, `endsWith`: text | the field, a text, does |
//! | `has`: text or number; `hasAny`, `hasAll`: list | the field, a list, has this element, one of them, all of them |
//! | `null`: flag | the field is missing or null (`true`), or is not (`false`) |
//!
//! `field` names the field that the other members test; with `fold: true` its text and theirs are compared without
//! regard to case. Folding is the host's: it fills the column ([`Kind::Folded`]) and gives the texts of the predicate
//! with the same function, in a browser `toLowerCase`.

use super::assemble::Assembler;
use super::fields::{Ask, Test};
use super::format::{Op, Step};

/// Deeper predicates are refused: truths that wait for others take space on the machine's stack.
const DEEPEST: usize = 24;

/// What kind of JSON a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// An object; its members follow, one deeper.
    Object,
    /// A list; its elements follow, one deeper.
    List,
    /// A text.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// `null`.
    Null,
}

/// One value of a predicate, before what is in it. The predicate itself has depth 0.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// How many objects and lists it is in.
    pub depth: usize,
    /// Where it stands, for people: `predicate.and[2].lt`.
    pub path: &'a str,
    /// Its name in the object that it is in.
    pub key: &'a str,
    /// What it is.
    pub sort: Sort,
    /// A text's value.
    pub text: &'a str,
    /// A number's value; 0 or 1 for a flag.
    pub number: f64,
}

/// What is wrong with a predicate, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The token's path.
    pub path: String,
    /// What is wrong and what to do, to stand behind the path.
    pub what: &'static str,
}

type Taken<T = ()> = Result<T, &'static str>;

const UNKNOWN: &str = "is not known; there are field, fold, and, or, not, eq, ne, lt, le, gt, ge, \
    in, contains, startsWith, endsWith, has, hasAny, hasAll, null";

/// Makes a program of a predicate's tokens.
#[derive(Default)]
pub struct PredicateBuilder {
    assembler: Assembler,
    steps: Vec<Step>,
    frames: Vec<Frame>,
    is_begun: bool,
}

/// An object or a list whose end has not come yet.
struct Frame {
    depth: usize,
    path: Box<str>,
    is: What,
    /// Whether it has put a truth on the stack.
    has_truth: bool,
}

enum What {
    Object(Object),
    /// A list of objects, joined by this.
    Junction(Op),
    /// A list of values; they go to the last test of the object that it is in.
    Values,
}

/// The members of an object that come to nothing before its end.
#[derive(Default)]
struct Object {
    is_negated: bool,
    field: Option<Box<str>>,
    is_folded: bool,
    tests: Vec<Test>,
}

impl PredicateBuilder {
    /// Takes the next token.
    pub fn take(&mut self, token: &Token) -> Result<(), Mistake> {
        self.close(token.depth)?;
        self.member(token).map_err(|what| Mistake {
            path: token.path.into(),
            what,
        })
    }

    /// The bytes of the program, once all tokens were taken.
    pub fn finish(mut self) -> Result<Vec<u8>, Mistake> {
        self.close(0)?;
        let wrong = |what| Mistake {
            path: String::from("predicate"),
            what,
        };
        if !self.is_begun {
            return Err(wrong("must be an object"));
        }
        let Self {
            assembler, steps, ..
        } = self;
        assembler
            .finish_predicate(&steps)
            .map_err(|_| wrong("has more values than fit: 65,535 texts, 32,767 in a list"))
    }

    fn member(&mut self, token: &Token) -> Taken {
        if self.frames.len() >= DEEPEST {
            return Err("is nested deeper than 24 levels");
        }
        match self.frames.last_mut() {
            None if self.is_begun => Err("stands behind the predicate's end"),
            None => {
                self.is_begun = true;
                self.open_object(token, false)
            }
            Some(frame) => match &mut frame.is {
                What::Junction(_) => self.open_object(token, false),
                What::Values => self.value(token),
                What::Object(_) => self.key(token),
            },
        }
    }

    fn open(&mut self, token: &Token, is: What) {
        self.frames.push(Frame {
            depth: token.depth,
            path: token.path.into(),
            is,
            has_truth: false,
        });
    }

    fn open_object(&mut self, token: &Token, is_negated: bool) -> Taken {
        if token.sort != Sort::Object {
            return Err("must be an object");
        }
        self.open(
            token,
            What::Object(Object {
                is_negated,
                ..Object::default()
            }),
        );
        Ok(())
    }

    /// A member of an object.
    fn key(&mut self, token: &Token) -> Taken {
        match token.key {
            "not" => return self.open_object(token, true),
            "and" | "or" => {
                is_list(token)?;
                let op = if token.key == "or" {
                    Op::Some
                } else {
                    Op::Every
                };
                self.open(token, What::Junction(op));
                return Ok(());
            }
            _ => {}
        }
        let Some(object) = self.object() else {
            return Ok(());
        };
        match token.key {
            "field" if token.sort == Sort::Text => object.field = Some(token.text.into()),
            "field" => return Err("must be a text"),
            "fold" => object.is_folded = is_flag(token)?,
            key => {
                let ask = Ask::named(key).ok_or(UNKNOWN)?;
                object.tests.push(Test {
                    ask,
                    texts: Vec::new(),
                    numbers: Vec::new(),
                    flag: None,
                });
                if ask.takes_list() {
                    is_list(token)?;
                    self.open(token, What::Values);
                } else {
                    self.single(ask, token)?;
                }
            }
        }
        Ok(())
    }

    /// The value of a test that takes one.
    fn single(&mut self, ask: Ask, token: &Token) -> Taken {
        let is_equality = matches!(ask, Ask::Eq | Ask::Ne);
        match token.sort {
            Sort::Null if is_equality => {}
            Sort::Flag if is_equality || ask == Ask::Null => {
                let flag = is_flag(token)?;
                if let Some(test) = self.test() {
                    test.flag = Some(flag);
                }
            }
            _ if ask == Ask::Null => return Err("must be true or false"),
            sort if ask.takes_text() && sort != Sort::Text => return Err("must be a text"),
            Sort::Object | Sort::List if is_equality => {
                return Err(
                    "must be a text, a number, true, false or null; for one of several use \"in\"",
                );
            }
            _ => return self.value(token),
        }
        Ok(())
    }

    /// A value of the last test.
    fn value(&mut self, token: &Token) -> Taken {
        let Some(test) = self.test() else {
            return Ok(());
        };
        match token.sort {
            Sort::Text if test.numbers.is_empty() => test.texts.push(token.text.into()),
            Sort::Number if !token.number.is_finite() => return Err("must be finite"),
            Sort::Number if test.texts.is_empty() => test.numbers.push(token.number),
            Sort::Text | Sort::Number => {
                return Err(
                    "is of another kind than what stands before it; make two tests, joined by \"or\"",
                );
            }
            _ => return Err("must be a text or a number"),
        }
        Ok(())
    }

    /// The innermost object.
    fn object(&mut self) -> Option<&mut Object> {
        self.frames
            .iter_mut()
            .rev()
            .find_map(|frame| match &mut frame.is {
                What::Object(object) => Some(object),
                _ => None,
            })
    }

    fn test(&mut self) -> Option<&mut Test> {
        self.object()?.tests.last_mut()
    }

    /// Ends what is as deep as what comes next, or deeper.
    fn close(&mut self, depth: usize) -> Result<(), Mistake> {
        while let Some(frame) = self.frames.pop_if(|frame| frame.depth >= depth) {
            let Frame {
                path,
                is,
                has_truth,
                ..
            } = frame;
            match is {
                What::Values => continue,
                What::Junction(op) if !has_truth => self.push(match op {
                    Op::Every => Op::True,
                    _ => Op::False,
                }),
                What::Junction(_) => {}
                What::Object(object) => {
                    let wrong = |what| Mistake {
                        path: path.into(),
                        what,
                    };
                    self.end(object, has_truth).map_err(wrong)?;
                }
            }
            self.joined();
        }
        Ok(())
    }

    /// A truth was put; joins it with those that what it is in has put before.
    fn joined(&mut self) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let op = match frame.is {
            What::Junction(op) => op,
            _ => Op::Every,
        };
        if core::mem::replace(&mut frame.has_truth, true) {
            self.push(op);
        }
    }

    fn push(&mut self, op: Op) {
        self.steps.push(Step { op, a: 0, b: 0 });
    }

    fn end(&mut self, object: Object, mut has_truth: bool) -> Taken {
        match (&object.field, object.tests.is_empty()) {
            (None, false) => return Err("needs \"field\": what its tests are about"),
            (Some(_), true) => return Err("needs a test of its field, such as \"eq\""),
            (None, true) if object.is_folded => {
                return Err("needs \"field\": what \"fold\" is about");
            }
            _ => {}
        }
        for test in &object.tests {
            let field = object.field.as_deref().unwrap_or("");
            test.emit(
                &mut self.assembler,
                &mut self.steps,
                field,
                object.is_folded,
            )?;
            if core::mem::replace(&mut has_truth, true) {
                self.push(Op::Every);
            }
        }
        if !has_truth {
            self.push(Op::True);
        }
        if object.is_negated {
            self.push(Op::Not);
        }
        Ok(())
    }
}

fn is_list(token: &Token) -> Taken {
    match token.sort {
        Sort::List => Ok(()),
        _ => Err("must be a list"),
    }
}

fn is_flag(token: &Token) -> Taken<bool> {
    match token.sort {
        Sort::Flag => Ok(token.number != 0.0),
        _ => Err("must be true or false"),
    }
}
