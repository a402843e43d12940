//! Tests of a field: their names, their values and their steps.

use super::assemble::Assembler;
use super::format::{Kind, Op, Root, Step};

/// What is asked of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Has,
    HasAny,
    HasAll,
    Contains,
    StartsWith,
    EndsWith,
    Null,
}

const NAMES: [(&str, Ask); 14] = [
    ("eq", Ask::Eq),
    ("ne", Ask::Ne),
    ("lt", Ask::Lt),
    ("le", Ask::Le),
    ("gt", Ask::Gt),
    ("ge", Ask::Ge),
    ("in", Ask::In),
    ("has", Ask::Has),
    ("hasAny", Ask::HasAny),
    ("hasAll", Ask::HasAll),
    ("contains", Ask::Contains),
    ("startsWith", Ask::StartsWith),
    ("endsWith", Ask::EndsWith),
    ("null", Ask::Null),
];

impl Ask {
    pub(super) fn named(name: &str) -> Option<Ask> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, ask)| *ask)
    }

    /// Whether it takes a list of values.
    pub(super) fn takes_list(self) -> bool {
        matches!(self, Ask::In | Ask::HasAny | Ask::HasAll)
    }

    /// Whether it takes texts only.
    pub(super) fn takes_text(self) -> bool {
        matches!(self, Ask::Contains | Ask::StartsWith | Ask::EndsWith)
    }

    /// Whether the field is a list.
    fn is_of_set(self) -> bool {
        matches!(self, Ask::Has | Ask::HasAny | Ask::HasAll)
    }

    /// Of numbers or of texts; and whether the answer is turned round.
    fn op(self, is_text: bool) -> (Op, bool) {
        let (less, at_most) = match is_text {
            true => (Op::Before, Op::UpTo),
            false => (Op::Less, Op::AtMost),
        };
        match self {
            Ask::Eq => (Op::Equal, false),
            Ask::Ne => (Op::Equal, true),
            Ask::Lt => (less, false),
            Ask::Le => (at_most, false),
            Ask::Gt => (at_most, true),
            Ask::Ge => (less, true),
            Ask::In | Ask::Has => (Op::Contains, false),
            Ask::HasAny => (Op::ContainsAny, false),
            Ask::HasAll => (Op::ContainsAll, false),
            Ask::Contains | Ask::StartsWith | Ask::EndsWith => (Op::Like, false),
            Ask::Null => (Op::Null, false),
        }
    }
}

/// A member of a predicate's object that tests its field.
pub(super) struct Test {
    pub(super) ask: Ask,
    /// Texts or numbers, never both; for a flag or null neither.
    pub(super) texts: Vec<Box<str>>,
    pub(super) numbers: Vec<f64>,
    pub(super) flag: Option<bool>,
}

impl Test {
    /// Adds its steps. An error says what is wrong with the object that it is in.
    pub(super) fn emit(
        &self,
        assembler: &mut Assembler,
        steps: &mut Vec<Step>,
        field: &str,
        is_folded: bool,
    ) -> Result<(), &'static str> {
        let is_text = !self.texts.is_empty();
        let kind = match (self.ask.is_of_set(), self.flag) {
            (_, Some(_)) if self.ask != Ask::Null => Kind::Flag,
            (true, _) if is_text => Kind::Texts,
            (_, _) if is_text && is_folded => Kind::Folded,
            (_, _) if is_text => Kind::Text,
            (of_set, _) if !self.numbers.is_empty() => match of_set {
                true => Kind::Numbers,
                false => Kind::Number,
            },
            _ => Kind::Any,
        };
        if is_folded && kind != Kind::Folded && kind != Kind::Any {
            return Err("has \"fold\", which goes with tests of a text only");
        }
        let (mut op, mut is_negated) = self.ask.op(is_text);
        let (mut a, mut b) = (0, 0);
        if kind == Kind::Any && self.ask.takes_list() {
            // None of nothing, all of nothing.
            op = match self.ask {
                Ask::HasAll => Op::True,
                _ => Op::False,
            };
        } else {
            a = assembler.slot(Root::Resource, kind, field, "");
            if kind == Kind::Any {
                op = Op::Null;
                is_negated |= self.flag == Some(false);
            } else {
                b = self.constant(assembler);
            }
        }
        // Of "is among them" the set comes first.
        if self.ask == Ask::In {
            (a, b) = (b, a);
        }
        steps.push(Step { op, a, b });
        if is_negated {
            let op = Op::Not;
            steps.push(Step { op, a: 0, b: 0 });
        }
        Ok(())
    }

    fn constant(&self, assembler: &mut Assembler) -> u16 {
        let texts: Vec<&str> = self.texts.iter().map(|text| &**text).collect();
        let first = texts.first().copied();
        match (self.ask, first, self.flag) {
            (_, _, Some(flag)) => assembler.flag(flag),
            (Ask::Contains, Some(text), _) => assembler.texts(Kind::Pattern, &["", text, ""]),
            (Ask::StartsWith, Some(text), _) => assembler.texts(Kind::Pattern, &[text, ""]),
            (Ask::EndsWith, Some(text), _) => assembler.texts(Kind::Pattern, &["", text]),
            (ask, Some(_), _) if ask.takes_list() => assembler.texts(Kind::Texts, &texts),
            (_, Some(text), _) => assembler.constant_text(text),
            (ask, ..) if ask.takes_list() => assembler.numbers(&self.numbers),
            _ => assembler.number(self.numbers.first().copied().unwrap_or(0.0)),
        }
    }
}
