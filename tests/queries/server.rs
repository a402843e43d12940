//! A server whose every value says whose it is and how new: `ada:viewer.name@3`.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Versions of the data, by type.
pub type Versions = BTreeMap<&'static str, u32>;

/// The type of a field with selections.
pub fn type_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "viewer" => "User",
        "patient" => "Patient",
        "visits" => "Visit",
        "friend" => "Friend",
        "page" => "Page",
        _ => return None,
    })
}

/// Executes a document as the broker prints it or the world writes it: fields, aliases, arguments, variables.
pub fn execute(document: &str, variables: &Value, person: u32, versions: &Versions) -> Value {
    let start = document.find('{').expect("a selection");
    let header = document[..start].contains('(');
    // Variables stand before the selection: `query($v1:ID!){…}`.
    let body = if header {
        &document[document.find(")").expect("variables") + 1..]
    } else {
        &document[start..]
    };
    let mut reader = Reader {
        text: body.trim(),
        variables,
        person,
        versions,
    };
    reader.selection("Query", "")
}

struct Reader<'a> {
    text: &'a str,
    variables: &'a Value,
    person: u32,
    versions: &'a Versions,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.text = self.text.trim_start_matches([' ', ',', '\n']);
    }

    fn takes(&mut self, sign: char) -> bool {
        self.skip();
        match self.text.strip_prefix(sign) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn name(&mut self) -> String {
        self.skip();
        let end = self
            .text
            .find(|sign: char| !sign.is_alphanumeric() && sign != '_')
            .unwrap_or(self.text.len());
        let (name, rest) = self.text.split_at(end);
        self.text = rest;
        name.into()
    }

    fn selection(&mut self, parent: &str, place: &str) -> Value {
        assert!(self.takes('{'), "a selection in {:?}", self.text);
        let mut answer = Map::new();
        while !self.takes('}') {
            let mut key = self.name();
            let mut name = key.clone();
            if self.takes(':') {
                name = self.name();
            }
            let mut argument = String::new();
            if self.takes('(') {
                self.name();
                assert!(self.takes(':'));
                argument = self.argument();
                assert!(self.takes(')'));
            }
            let place = format!("{place}.{name}{argument}");
            self.skip();
            let value = match type_of(&name) {
                Some(type_) => {
                    let object = self.selection(type_, &place);
                    if name == "visits" {
                        Value::Array(vec![object.clone(), object])
                    } else {
                        object
                    }
                }
                None => format!("{}:{place}@{}", self.person, self.versions[parent]).into(),
            };
            answer.insert(std::mem::take(&mut key), value);
        }
        Value::Object(answer)
    }

    fn argument(&mut self) -> String {
        self.skip();
        if self.takes('$') {
            let name = self.name();
            return self.variables[&name].to_string();
        }
        let end = self.text.find([')', ',']).expect("an end");
        let (value, rest) = self.text.split_at(end);
        self.text = rest;
        value.into()
    }
}
