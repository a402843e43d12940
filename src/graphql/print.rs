//! From an operation back to a document and its variables.

use super::arguments::{END, HARD, SOFT, THEN};
use super::operation::{Field, Operation};
use super::variables::is_builtin;
use crate::ascii::{self, digits};

impl Operation {
    /// The document and the variables, a JSON object's text, to send.
    #[inline(never)] // a seam: see `graphql`
    pub fn print(&self) -> (String, String) {
        let mut printer = Printer::default();
        let mut body = String::new();
        printer.selection(&self.fields, &mut body);
        let mut document = String::new();
        let mut variables = String::from("{");
        if !printer.variables.is_empty() {
            document.push_str("query(");
            for (number, (type_, value)) in printer.variables.iter().enumerate() {
                let name = name_of(number);
                document.push('$');
                document.push_str(&name);
                document.push(':');
                document.push_str(type_);
                // Wherever a type has its place, that type without null has.
                document.push('!');
                if number > 0 {
                    variables.push(',');
                }
                variables.push('"');
                variables.push_str(&name);
                variables.push_str("\":");
                variables.push_str(value);
            }
            document.push(')');
        }
        document.push_str(&body);
        variables.push('}');
        (document, variables)
    }
}

/// Where the name of a type ends.
fn is_end(byte: u8) -> bool {
    matches!(byte, b'!' | b']')
}

fn name_of(number: usize) -> String {
    let mut name = String::from("v");
    name.push_str(&digits(number as u64 + 1));
    name
}

#[derive(Default)]
struct Printer<'a> {
    /// Types and values of the variables so far.
    variables: Vec<(&'a str, &'a str)>,
}

impl<'a> Printer<'a> {
    fn selection(&mut self, fields: &'a [Field], out: &mut String) {
        out.push('{');
        let mut open: &[Box<str>] = &[];
        for (number, field) in fields.iter().enumerate() {
            if *open != *field.fragments {
                out.extend(open.iter().map(|_| '}'));
                open = &field.fragments;
                for name in open {
                    out.push_str("...on ");
                    out.push_str(name);
                    out.push('{');
                }
            } else if number > 0 {
                out.push(' ');
            }
            self.field(field, out);
        }
        out.extend(open.iter().map(|_| '}'));
        out.push('}');
    }

    fn field(&mut self, field: &'a Field, out: &mut String) {
        if let Some(alias) = &field.alias {
            out.push_str(alias);
            out.push(':');
        }
        out.push_str(&field.name);
        self.arguments(&field.arguments, out);
        if !field.fields.is_empty() {
            self.selection(&field.fields, out);
        }
    }

    /// Values that came from variables go back into variables: what they mean depends on their type.
    fn arguments(&mut self, mut rest: &'a str, out: &mut String) {
        while !rest.is_empty() {
            let plain = ascii::until(rest, |byte| byte == SOFT as u8 || byte == HARD as u8);
            out.push_str(plain);
            let is_soft = rest.as_bytes().get(plain.len()) == Some(&(SOFT as u8));
            let marked = rest.get(plain.len() + 1..).unwrap_or("");
            let Some((type_, after)) = ascii::cut(marked, THEN as u8) else {
                return;
            };
            let Some((value, behind)) = ascii::cut(after, END as u8) else {
                return;
            };
            if is_soft && !is_builtin(ascii::until(type_.trim_start_matches('['), is_end)) {
                // An enum's, which is written as the literal.
                out.push_str(value);
                rest = behind;
                continue;
            }
            let known = self
                .variables
                .iter()
                .position(|known| *known == (type_, value));
            let number = known.unwrap_or_else(|| {
                self.variables.push((type_, value));
                self.variables.len() - 1
            });
            out.push('$');
            out.push_str(&name_of(number));
            rest = behind;
        }
    }
}
