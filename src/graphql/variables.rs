//! The values of an operation's variables (§6.1.2), as arguments write them.

use super::arguments::{END, HARD, SOFT, THEN, write};
use super::parser::{Definition, Type, Variable};
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

/// All variables of one operation.
pub(super) struct Variables<'a> {
    bound: Vec<(&'a str, Option<String>)>,
}

impl<'a> Variables<'a> {
    /// `None`: the values are not what was declared, or cannot be understood without the schema.
    pub(super) fn bind(operation: &Definition<'a>, json: &str) -> Option<Self> {
        let json = match json {
            "" => String::from("{}"),
            json => canonical_json(json)?,
        };
        let given = members(&json)?;
        let mut bound = Vec::new();
        for variable in &operation.variables {
            let value = given.iter().find(|(name, _)| *name == variable.name);
            bound.push((
                variable.name,
                value_of(variable, value.map(|(_, value)| *value))?,
            ));
        }
        Some(Variables { bound })
    }

    pub(super) fn get(&self, name: &str) -> Bound<'_> {
        match self.bound.iter().find(|(known, _)| *known == name) {
            Some((_, Some(value))) => Bound::Value(value),
            Some((_, None)) => Bound::Absent,
            None => Bound::Unknown,
        }
    }
}

/// `Some(None)`: absent. `None`: not what was declared.
fn value_of(variable: &Variable, given: Option<&str>) -> Option<Option<String>> {
    let type_ = &variable.type_;
    match (given, &variable.default) {
        (None, None) | (Some("null"), _) if type_.required => None,
        (None, None) => Some(None),
        // What it is coerced to is what the same literal would be in its place.
        (None, Some(default)) => {
            let mut text = String::new();
            let nothing = Variables { bound: Vec::new() };
            write(default, &nothing, &mut text)?;
            Some(Some(text))
        }
        (Some("null"), _) => Some(Some("null".into())),
        (Some(value), _) => Some(Some(marked(type_, value)?)),
    }
}

/// A value with its type. Built-in scalars mean the same as the literal; what a value of another type means depends on
/// the schema: an enum's is no string, and a scalar may read its literals in a way of its own.
fn marked(type_: &Type, value: &str) -> Option<String> {
    let is_text = value.starts_with('"');
    let is_number = value.starts_with(|sign: char| sign == '-' || sign.is_ascii_digit());
    let is_whole = is_number && !value.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    let is_list = value.starts_with('[');
    let fits = type_.lists > 0
        || match type_.name {
            "Int" => is_whole,
            "Float" => is_number,
            "String" => is_text,
            "ID" => is_text || is_whole,
            "Boolean" => matches!(value, "true" | "false"),
            _ => true,
        };
    if !fits {
        return None;
    }
    let is_builtin = matches!(type_.name, "Int" | "Float" | "String" | "ID" | "Boolean");
    // A single value where a list is declared is a list of it (§3.11).
    let wraps = if is_list { 0 } else { type_.lists as usize };
    let mut text = String::new();
    text.push(if is_builtin { SOFT } else { HARD });
    text.push_str(&type_.text);
    text.push(THEN);
    text.extend(core::iter::repeat_n('[', wraps));
    text.push_str(value);
    text.extend(core::iter::repeat_n(']', wraps));
    text.push(END);
    Some(text)
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
