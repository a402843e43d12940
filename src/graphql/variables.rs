//! The values of an operation's variables (§6.1.2), as arguments write them.

use super::arguments::{END, HARD, SOFT, THEN, write};
use super::document::Document;
use super::types::Types;
use crate::ascii;
use crate::fingerprint::canonical_json;

/// What a variable stands for.
pub(super) enum Bound<'a> {
    /// This text, as [`super::arguments`] writes values.
    Value(&'a str),
    /// Nothing was given, and there is no default: as if the argument were not there (§6.4.1).
    Absent,
    /// It is not declared.
    Unknown,
}

/// Whether a type is one of GraphQL's own scalars (§3.5).
pub(super) fn is_builtin(name: &str) -> bool {
    matches!(name, "Int" | "Float" | "String" | "ID" | "Boolean")
}

/// All variables of one operation.
pub(super) struct Variables<'a> {
    bound: Vec<(&'a str, Option<String>)>,
}

/// A variable's type: the named one within so many lists.
struct Type<'a> {
    name: &'a str,
    lists: usize,
    /// As it is written, without white space and without the last `!`.
    text: String,
    is_required: bool,
}

impl<'a> Variables<'a> {
    /// Those that are declared in the bracket that opens here. `None`: the values are not what was declared, or cannot
    /// be understood without the schema.
    pub(super) fn bind(
        document: &'a Document,
        open: usize,
        json: &str,
        types: &Types,
    ) -> Option<Self> {
        let mut bound = Vec::new();
        if open == 0 {
            return Some(Variables { bound });
        }
        #[cfg(feature = "sources")]
        if json == super::SLOTS {
            return Some(Variables::slots(document, open));
        }
        let json = match json {
            "" => String::from("{}"),
            json => canonical_json(json)?,
        };
        let given = members(&json)?;
        let (mut at, end) = (open + 1, document.after(open) - 1);
        while at < end {
            let name = document.text(at + 1);
            let (type_, after) = type_of(document, at + 3);
            let default = Some(after + 1).filter(|_| document.kind(after) == b'=');
            let value = given.iter().find(|(other, _)| *other == name);
            let value = value.map(|(_, value)| *value);
            bound.push((name, value_of(document, &type_, default, value, types)?));
            at = document.after_directives(default.map_or(after, |at| document.after_value(at)));
        }
        Some(Variables { bound })
    }

    /// Each with its own name, `$name`, in the place of its value.
    #[cfg(feature = "sources")]
    fn slots(document: &'a Document, open: usize) -> Self {
        let mut bound = Vec::new();
        let (mut at, end) = (open + 1, document.after(open) - 1);
        while at < end {
            let name = document.text(at + 1);
            let (type_, after) = type_of(document, at + 3);
            let mark = if is_builtin(type_.name) { SOFT } else { HARD };
            let text = format!("{mark}{}{THEN}${name}{END}", type_.text);
            bound.push((name, Some(text)));
            let default = Some(after + 1).filter(|_| document.kind(after) == b'=');
            at = document.after_directives(default.map_or(after, |at| document.after_value(at)));
        }
        Variables { bound }
    }

    pub(super) fn get(&self, name: &str) -> Bound<'_> {
        match self.bound.iter().find(|(known, _)| *known == name) {
            Some((_, Some(value))) => Bound::Value(value),
            Some((_, None)) => Bound::Absent,
            None => Bound::Unknown,
        }
    }
}

/// The type that begins here, and what follows it.
fn type_of<'a>(document: &'a Document, at: usize) -> (Type<'a>, usize) {
    let (mut type_, mut after) = match document.kind(at) {
        b'[' => {
            let (inner, after) = type_of(document, at + 1);
            let mut text = String::from("[");
            text.push_str(&inner.text);
            text.push_str(if inner.is_required { "!]" } else { "]" });
            let lists = inner.lists + 1;
            (
                Type {
                    lists,
                    text,
                    ..inner
                },
                after + 1,
            )
        }
        _ => {
            let name = document.text(at);
            let text = name.into();
            (
                Type {
                    name,
                    lists: 0,
                    text,
                    is_required: false,
                },
                at + 1,
            )
        }
    };
    type_.is_required = document.kind(after) == b'!';
    after += usize::from(type_.is_required);
    (type_, after)
}

/// `Some(None)`: absent. `None`: not what was declared.
fn value_of(
    document: &Document,
    type_: &Type,
    default: Option<usize>,
    given: Option<&str>,
    types: &Types,
) -> Option<Option<String>> {
    match (given, default) {
        (None, None) | (Some("null"), _) if type_.is_required => None,
        (None, None) => Some(None),
        // What it is coerced to is what the same literal would be in its place.
        (None, Some(default)) => {
            let mut text = String::new();
            let nothing = Variables { bound: Vec::new() };
            write(document, default, &nothing, &mut text)?;
            Some(Some(text))
        }
        (Some("null"), _) => Some(Some("null".into())),
        (Some(value), _) => Some(Some(marked(type_, value, types)?)),
    }
}

/// A value with its type. Built-in scalars mean the same as the literal; what a value of another type means depends on
/// the schema: an enum's is no string, and a scalar may read its literals in a way of its own. Of an enum that is declared
/// a value means the same as the literal, and is written like it.
fn marked(type_: &Type, value: &str, types: &Types) -> Option<String> {
    let first = value.bytes().next().unwrap_or(0);
    let is_number = first == b'-' || first.is_ascii_digit();
    let is_whole = is_number && !value.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    let fits = match type_.name {
        _ if type_.lists > 0 => true,
        "Int" => is_whole,
        "Float" => is_number,
        "String" => first == b'"',
        "ID" => first == b'"' || is_whole,
        "Boolean" => matches!(value, "true" | "false"),
        _ => true,
    };
    if !fits {
        return None;
    }
    let is_builtin = is_builtin(type_.name);
    // A single value where a list is declared is a list of it (§3.11).
    let wraps = if first == b'[' { 0 } else { type_.lists };
    let literal = match is_builtin {
        true => None,
        false => enum_literal(type_, value, types),
    };
    let value = literal.as_deref().unwrap_or(value);
    let mut text = String::new();
    text.push(if is_builtin || literal.is_some() {
        SOFT
    } else {
        HARD
    });
    text.push_str(&type_.text);
    text.push(THEN);
    for _ in 0..wraps {
        text.push('[');
    }
    text.push_str(value);
    for _ in 0..wraps {
        text.push(']');
    }
    text.push(END);
    Some(text)
}

/// The values of an enum, or lists of them, as GraphQL writes them: without quotation marks. `None`: the type is no enum
/// that is known, or has no such value.
fn enum_literal(type_: &Type, json: &str, types: &Types) -> Option<String> {
    let values = types.values_of(type_.name)?;
    let (mut literal, mut rest) = (String::new(), json);
    while let Some(sign) = rest.bytes().next() {
        let quoted = rest
            .strip_prefix('"')
            .and_then(|text| ascii::cut(text, b'"'));
        if let Some((value, after)) = quoted {
            if !values.iter().any(|known| **known == *value) {
                return None;
            }
            literal.push_str(value);
            rest = after;
        } else if matches!(sign, b'[' | b']' | b',') {
            literal.push(sign.into());
            rest = rest.get(1..)?;
        } else {
            // `null` within a list.
            rest = rest.strip_prefix("null")?;
            literal.push_str("null");
        }
    }
    Some(literal)
}

/// The members of a JSON object in canonical form, values as they are written.
fn members(json: &str) -> Option<Vec<(&str, &str)>> {
    let inner = json.strip_prefix('{')?.strip_suffix('}')?;
    let (mut members, mut at) = (Vec::new(), 0);
    while at < inner.len() {
        let name = value_end(inner, at)?;
        let value = value_end(inner, name + 1)?;
        let quoted = inner.get(at + 1..name.checked_sub(1)?)?;
        members.push((quoted, inner.get(name + 1..value)?));
        at = value + 1;
    }
    Some(members)
}

/// Where the value that begins at `at` ends.
fn value_end(json: &str, at: usize) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for (offset, byte) in json.as_bytes().get(at..)?.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b',' | b':' if depth == 0 => return Some(at + offset),
            _ => {}
        }
    }
    Some(json.len())
}

#[cfg(test)]
mod tests {
    use super::members;
    use crate::graphql::{Operation, Reading, Types, read};

    #[test]
    fn a_value_of_a_declared_enum_is_the_literal() {
        let mut types = Types::default();
        types.declare_enum("Status", &["OPEN".into(), "CLOSED".into()]);
        let operation = |document: &str, variables: &str, types: &Types| -> Operation {
            match read(document, None, variables, types) {
                Ok(Reading::Query(operation)) => operation,
                _ => panic!("{document}"),
            }
        };
        let one = "query($s:Status!){v(status:$s){id}}";
        let many = "query($s:[Status!]){v(in:$s){id}}";
        for (document, variables, literal) in [
            (one, r#"{"s":"OPEN"}"#, "{v(status:OPEN){id}}"),
            (
                many,
                r#"{"s":["OPEN","CLOSED"]}"#,
                "{v(in:[OPEN,CLOSED]){id}}",
            ),
            (many, r#"{"s":["OPEN",null]}"#, "{v(in:[OPEN,null]){id}}"),
            (many, r#"{"s":"OPEN"}"#, "{v(in:[OPEN]){id}}"),
        ] {
            let variable = operation(document, variables, &types);
            let written = operation(literal, "", &types);
            assert!(
                variable.contains(&written) && written.contains(&variable),
                "{literal}"
            );
            // It is sent as the literal.
            assert_eq!(variable.print(), (literal.into(), "{}".into()));
            // Without the schema nothing says that they mean the same.
            let unknown = operation(document, variables, &Types::default());
            assert!(!unknown.contains(&written), "{literal}");
        }
        let open = operation(one, r#"{"s":"OPEN"}"#, &types);
        for other in [r#"{"s":"CLOSED"}"#, r#"{"s":"NEW"}"#] {
            assert!(!operation(one, other, &types).contains(&open), "{other}");
        }
    }

    #[test]
    fn members_end_where_their_values_do() {
        assert_eq!(
            members(r#"{"a":"x\",:}","b":{"c":[1,2]},"d":null}"#),
            Some(vec![
                ("a", r#""x\",:}""#),
                ("b", r#"{"c":[1,2]}"#),
                ("d", "null")
            ])
        );
        assert_eq!(members("{}"), Some(vec![]));
        assert_eq!(members("[]"), None);
    }
}
