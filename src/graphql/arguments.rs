//! Arguments in canonical form: GraphQL's own notation, sorted, with the values of variables put in.
//!
//! A variable's value stands between marks, with the type that the operation declared for it:
//! `SOFT type THEN value END` for the built-in scalars and lists of them, `HARD type THEN value END` for all others.
//! (The marks are control characters, which strings in canonical form never hold.)
//!
//! Whether two texts mean the same is no matter of equal bytes alone. A literal and a soft value mean the same if they
//! are written the same: were both documents valid, the argument is of the variable's type. Two values of different
//! types never do, since one of the documents must be invalid.

use super::document::Document;
use super::lexer::{BLOCK, STRING};
use super::variables::{Bound, Variables};
use crate::fingerprint::{order, write_json_string};

pub(super) const SOFT: char = '\u{1}';
pub(super) const THEN: char = '\u{2}';
pub(super) const END: char = '\u{3}';
pub(super) const HARD: char = '\u{4}';

/// Of the arguments that open here: `(a:1,b:"x")`, or nothing without any. `None`: a variable is not declared.
pub(super) fn canonical(document: &Document, open: usize, variables: &Variables) -> Option<String> {
    let mut text = String::new();
    if document.kind(open) == b'(' {
        text.push('(');
        write_members(document, open, variables, &mut text)?;
        text.push(')');
    }
    if text.len() == 2 {
        text.clear();
    }
    Some(text)
}

/// Members whose variables are absent are left out.
fn write_members(
    document: &Document,
    open: usize,
    variables: &Variables,
    out: &mut String,
) -> Option<()> {
    let mut names = Vec::new();
    let (mut at, end) = (open + 1, document.after(open) - 1);
    while at < end {
        names.push(at);
        at = document.after_value(at + 2);
    }
    let sorted = order(names.len(), &|a, b| {
        document.text(names[a as usize]) < document.text(names[b as usize])
    });
    let start = out.len();
    for place in sorted {
        let name = names[place as usize];
        let value = name + 2;
        if document.kind(value) == b'$'
            && matches!(variables.get(document.text(value + 1)), Bound::Absent)
        {
            continue;
        }
        if out.len() > start {
            out.push(',');
        }
        out.push_str(document.text(name));
        out.push(':');
        write(document, value, variables, out)?;
    }
    Some(())
}

/// Writes the value that begins here.
pub(super) fn write(
    document: &Document,
    at: usize,
    variables: &Variables,
    out: &mut String,
) -> Option<()> {
    match document.kind(at) {
        STRING | BLOCK => write_json_string(&document.string(at), out),
        b'$' => match variables.get(document.text(at + 1)) {
            Bound::Value(text) => out.push_str(text),
            // In a list, what is not given is null (§6.4.1).
            Bound::Absent => out.push_str("null"),
            Bound::Unknown => return None,
        },
        b'[' => {
            out.push('[');
            let (mut item, end) = (at + 1, document.after(at) - 1);
            while item < end {
                if item > at + 1 {
                    out.push(',');
                }
                write(document, item, variables, out)?;
                item = document.after_value(item);
            }
            out.push(']');
        }
        b'{' => {
            out.push('{');
            write_members(document, at, variables, out)?;
            out.push('}');
        }
        // Numbers, `true`, `false`, `null` and enum values: what is written is what is meant.
        _ => out.push_str(document.text(at)),
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
