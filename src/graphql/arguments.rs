//! Arguments in canonical form: GraphQL's own notation, sorted, with the values of variables put in.
//!
//! A variable's value stands between marks, with the type that the operation declared for it:
//! `SOFT type THEN value END` for the built-in scalars and lists of them, `HARD type THEN value END` for all others.
//! (The marks are control characters, which strings in canonical form never hold.)
//!
//! Whether two texts mean the same is no matter of equal bytes alone. A literal and a soft value mean the same if they
//! are written the same: were both documents valid, the argument is of the variable's type. Two values of different
//! types never do, since one of the documents must be invalid.

use super::parser::{Arguments, Value};
use super::variables::{Bound, Variables};
use crate::fingerprint::{order, write_json_string};

pub(super) const SOFT: char = '\u{1}';
pub(super) const THEN: char = '\u{2}';
pub(super) const END: char = '\u{3}';
pub(super) const HARD: char = '\u{4}';

/// `(a:1,b:"x")`, or nothing without arguments. `None`: a variable is not declared.
pub(super) fn canonical(arguments: &Arguments, variables: &Variables) -> Option<String> {
    let mut text = String::new();
    write_members(arguments, variables, &mut text)?;
    if text.is_empty() {
        return Some(text);
    }
    text.insert(0, '(');
    text.push(')');
    Some(text)
}

/// Members whose variables are absent are left out.
fn write_members(members: &Arguments, variables: &Variables, out: &mut String) -> Option<()> {
    let sorted = order(members.len(), &|a, b| {
        members[a as usize].0 < members[b as usize].0
    });
    let start = out.len();
    for place in sorted {
        let (name, value) = &members[place as usize];
        if let Value::Variable(name) = value
            && matches!(variables.get(name), Bound::Absent)
        {
            continue;
        }
        if out.len() > start {
            out.push(',');
        }
        out.push_str(name);
        out.push(':');
        write(value, variables, out)?;
    }
    Some(())
}

pub(super) fn write(value: &Value, variables: &Variables, out: &mut String) -> Option<()> {
    match value {
        Value::Word(text) => out.push_str(text),
        Value::String(text) => write_json_string(text, out),
        Value::Variable(name) => match variables.get(name) {
            Bound::Value(text) => out.push_str(text),
            // In a list, what is not given is null (§6.4.1).
            Bound::Absent => out.push_str("null"),
            Bound::Unknown => return None,
        },
        Value::List(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write(item, variables, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            write_members(members, variables, out)?;
            out.push('}');
        }
    }
    Some(())
}

/// Whether two canonical texts mean the same in one place of two valid documents.
pub(super) fn mean_the_same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first().copied(), b.first().copied()) {
            (None, None) => return true,
            (Some(x), Some(y)) if x == y => {
                a = &a[1..];
                b = &b[1..];
            }
            (Some(sign), _) if is_soft(sign) => a = after_mark(a),
            (_, Some(sign)) if is_soft(sign) => b = after_mark(b),
            _ => return false,
        }
    }
}

fn is_soft(byte: u8) -> bool {
    byte == SOFT as u8 || byte == END as u8
}

/// Behind a soft mark and its type, or behind an end.
fn after_mark(text: &[u8]) -> &[u8] {
    let length = match text[0] == SOFT as u8 {
        true => text
            .iter()
            .position(|byte| *byte == THEN as u8)
            .unwrap_or(0),
        false => 0,
    };
    text.get(length + 1..).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::mean_the_same;

    #[test]
    fn a_literal_means_what_a_built_in_value_means_and_types_are_kept_apart() {
        let id = "(a:\u{1}ID\u{2}\"7\"\u{3})";
        let text = "(a:\u{1}String\u{2}\"7\"\u{3})";
        let color = "(a:\u{4}Color\u{2}\"7\"\u{3})";
        let other = "(a:\u{4}Shade\u{2}\"7\"\u{3})";
        let literal = "(a:\"7\")";
        assert!(mean_the_same(id, literal) && mean_the_same(literal, text));
        assert!(mean_the_same(color, color));
        for (a, b) in [
            (id, text),
            (color, literal),
            (color, other),
            (id, color),
            (literal, "(a:7)"),
        ] {
            assert!(!mean_the_same(a, b) && !mean_the_same(b, a), "{a} {b}");
        }
        let items = "(a:[\u{1}ID\u{2}\"1\"\u{3},\"2\"])";
        assert!(mean_the_same(items, "(a:[\"1\",\"2\"])"));
        assert!(mean_the_same(
            items,
            "(a:\u{1}[ID!]\u{2}[\"1\",\"2\"]\u{3})"
        ));
    }
}
