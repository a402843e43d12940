//! The data files: requests in pairs, and documents that nobody can read.

use forebay::graphql::{Operation, Reading, Types, read};
use serde_json::Value;
use std::path::PathBuf;

pub fn file(name: &str) -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/graphql")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// One side of a pair: what an app would send, and what is known of the schema.
#[derive(Clone, Debug)]
pub struct Request {
    pub query: String,
    /// The JSON as it is written: a data file gives text where the spelling matters (`1e0`), and an object elsewhere.
    pub variables: String,
    pub operation_name: Option<String>,
    pub schema: Value,
}

impl Request {
    pub fn of(side: &Value, schema: &Value) -> Self {
        let variables = match &side["variables"] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            object => object.to_string(),
        };
        Request {
            query: side["query"].as_str().unwrap().into(),
            variables,
            operation_name: side["operationName"].as_str().map(str::to_owned),
            schema: schema.clone(),
        }
    }

    pub fn types(&self) -> Types {
        let mut types = Types::default();
        for (name, declared) in self.schema.as_object().into_iter().flatten() {
            let fields: Vec<(&str, &str)> = declared["fields"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(field, type_)| (&**field, type_.as_str().unwrap()))
                .collect();
            let possible: Vec<&str> = declared["possible"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|object| object.as_str().unwrap())
                .collect();
            types.declare(name, &fields, &possible);
        }
        types
    }

    pub fn read(&self) -> Reading {
        read(
            &self.query,
            self.operation_name.as_deref(),
            &self.variables,
            &self.types(),
        )
        .unwrap_or_else(|wrong| panic!("{wrong}\n{self}"))
    }

    /// What it asks for, unless it is shared only with what is written the same.
    pub fn operation(&self) -> Option<Operation> {
        match self.read() {
            Reading::Query(operation) => Some(operation),
            Reading::Opaque(_) => None,
        }
    }

    fn spelling(&self) -> (&str, &str, Option<&str>) {
        (&self.query, &self.variables, self.operation_name.as_deref())
    }
}

impl core::fmt::Display for Request {
    fn fmt(&self, out: &mut core::fmt::Formatter) -> core::fmt::Result {
        let Request {
            query, variables, ..
        } = self;
        write!(out, "{query} {variables}")?;
        match &self.operation_name {
            Some(name) => write!(out, " ({name})"),
            None => Ok(()),
        }
    }
}

/// Two requests with what a data file says of them.
pub struct Pair {
    pub why: String,
    /// `b in a` or `a in b`: one asks for less. Otherwise neither holds the other.
    pub contained: Option<String>,
    pub a: Request,
    pub b: Request,
}

impl core::fmt::Display for Pair {
    fn fmt(&self, out: &mut core::fmt::Formatter) -> core::fmt::Result {
        write!(out, "{}\na: {}\nb: {}", self.why, self.a, self.b)
    }
}

pub fn pairs(name: &str) -> Vec<Pair> {
    let pair = |value: Value| Pair {
        why: value["why"].as_str().unwrap().into(),
        contained: value["contained"].as_str().map(str::to_owned),
        a: Request::of(&value["a"], &value["types"]),
        b: Request::of(&value["b"], &value["types"]),
    };
    file(name).into_iter().map(pair).collect()
}

/// All requests of both corpora.
pub fn requests() -> Vec<Request> {
    ["equal.json", "different.json"]
        .into_iter()
        .flat_map(pairs)
        .flat_map(|pair| [pair.a, pair.b])
        .collect()
}

/// Whether two requests share one flight, and which of them holds the other.
#[derive(PartialEq, Debug, Clone, Copy)]
pub struct Verdict {
    pub same_form: bool,
    pub a_holds_b: bool,
    pub b_holds_a: bool,
}

impl Verdict {
    pub fn on(a: &Request, b: &Request) -> Self {
        match (a.read(), b.read()) {
            (Reading::Query(a), Reading::Query(b)) => Verdict {
                same_form: a.normal_form() == b.normal_form(),
                a_holds_b: a.contains(&b),
                b_holds_a: b.contains(&a),
            },
            (Reading::Opaque(first), Reading::Opaque(second)) => {
                let same = first == second && a.spelling() == b.spelling();
                Verdict {
                    same_form: same,
                    a_holds_b: same,
                    b_holds_a: same,
                }
            }
            _ => Verdict {
                same_form: false,
                a_holds_b: false,
                b_holds_a: false,
            },
        }
    }

    pub fn merged(self) -> bool {
        self.a_holds_b && self.b_holds_a
    }
}
