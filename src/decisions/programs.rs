//! Policies and predicates, and what they say of a table.

use super::packed::{self, Reader, Writer};
use super::{refuse, with_page};
use crate::ascii::digits;
use crate::infer::sha256;
use crate::permit::{
    Call, PredicateBuilder, Program, Residual, Sort, Token, Value, Verdict, places,
};
use core::ops::Range;
use wasm_bindgen::prelude::*;

const SORTS: [Sort; 6] = [
    Sort::Object,
    Sort::List,
    Sort::Text,
    Sort::Number,
    Sort::Flag,
    Sort::Null,
];

/// Keeps policies; their number. In the scratch area are the SHA-256 that they must have and their bytes. Negative:
/// the length of a message that says what is wrong.
#[wasm_bindgen]
pub fn policies(length: usize) -> i32 {
    let loaded = packed::read(length, |packed| {
        let (digest, bytes) = packed.rest().split_first_chunk::<32>()?;
        let is_it = sha256(bytes) == *digest;
        Some((is_it, Program::load(bytes)))
    });
    match loaded {
        Some((false, _)) => refuse(&["is not the file that was asked for: its SHA-256 differs"]),
        Some((true, Ok(program))) => keep(program),
        Some((true, Err(wrong))) => refuse(&[wrong.message()]),
        None => refuse(&["is empty"]),
    }
}

/// Keeps a predicate, as [`policies`]. Packed: of each of its values the depth, the path, its name, its sort, a text
/// and a number.
#[wasm_bindgen]
pub fn predicate(length: usize) -> i32 {
    let built = packed::read(length, |packed| {
        let mut builder = PredicateBuilder::default();
        while let Some(token) = token(packed) {
            builder.take(&token)?;
        }
        builder.finish()
    });
    match built {
        Err(mistake) => refuse(&[&mistake.path, " ", mistake.what]),
        Ok(bytes) => match Program::load(&bytes) {
            Ok(program) => keep(program),
            Err(wrong) => refuse(&["predicate ", wrong.message()]),
        },
    }
}

fn token<'a>(packed: &mut Reader<'a>) -> Option<Token<'a>> {
    Some(Token {
        depth: packed.number()? as usize,
        path: packed.text()?,
        key: packed.text()?,
        sort: *SORTS.get(packed.number()? as usize)?,
        text: packed.text()?,
        number: packed.number()?,
    })
}

fn keep(program: Program) -> i32 {
    with_page(|page| page.programs.keep(program) as i32).unwrap_or(0)
}

/// Forgets a program.
#[wasm_bindgen]
pub fn drop_program(program: usize) {
    with_page(|page| page.programs.drop(program));
}

/// Packs what a program reads of rows: of each column whether it is the rows' id, its kind, its name and the type
/// of its entities.
#[wasm_bindgen]
pub fn needs(program: usize) -> usize {
    let mut out = Writer::default();
    with_page(|page| {
        let needs = page.programs.get(program).into_iter();
        for need in needs.flat_map(|program| program.needs()) {
            let root = need.root as usize;
            if root < 2 {
                out.number(root as f64);
                out.number(need.kind as usize as f64);
                out.text(need.name);
                out.text(need.of);
            }
        }
    });
    packed::answer(out)
}

/// Finds the rows that a predicate chooses, looking at some blocks of 64; how many there are. −1: it cannot be said.
#[wasm_bindgen]
pub fn choose(table: usize, program: usize, from: usize, to: usize) -> i32 {
    decided(table, program, None, from..to)
}

/// Finds the rows that policies permit, as [`choose`]. Packed: the [call](call).
#[wasm_bindgen]
pub fn permit(table: usize, program: usize, length: usize, from: usize, to: usize) -> i32 {
    packed::read(length, |packed| {
        call(packed, |call| decided(table, program, Some(call), from..to))
    })
    .unwrap_or(-1)
}

fn decided(table: usize, program: usize, call: Option<&Call>, blocks: Range<usize>) -> i32 {
    with_page(|page| {
        let columns = page.tables.get(table)?;
        let program = page.programs.get(program)?;
        let residual = match call {
            Some(call) => Residual::of_policies(program, columns, call),
            None => Residual::of_predicate(program, columns),
        };
        let yes = places(&residual.decide(blocks.clone()).yes);
        page.found.clear();
        let first = blocks.start as f64 * 64.0;
        page.found
            .extend(yes.iter().map(|row| first + f64::from(*row)));
        Some(yes.len() as i32)
    })
    .flatten()
    .unwrap_or(-1)
}

/// Packs why a row is permitted or denied: the verdict's number, a message, then the policies that decided (how many;
/// id and note of each), then what policies in error lacked (texts, to the end). Packed: the call.
#[wasm_bindgen]
pub fn why(table: usize, program: usize, length: usize, row: usize) -> usize {
    let mut out = Writer::default();
    packed::read(length, |packed| {
        call(packed, |call| {
            with_page(|page| {
                let columns = page.tables.get(table)?;
                let program = page.programs.get(program)?;
                let why = Residual::of_policies(program, columns, call).why(row);
                let (verdict, message) = match why.verdict {
                    Verdict::Permitted => (0.0, ""),
                    Verdict::Forbidden => (1.0, ""),
                    Verdict::Undecided => (2.0, ""),
                    Verdict::NotPermitted => (3.0, ""),
                    Verdict::Refused(refusal) => (4.0, refusal.message()),
                    Verdict::NoRow => (5.0, ""),
                };
                out.number(verdict);
                out.text(message);
                out.number(why.policies.len() as f64);
                for policy in &why.policies {
                    let (_, id, note) = program.policy_named(*policy as usize)?;
                    let number = digits(u64::from(*policy));
                    out.text(if id.is_empty() { &number } else { id });
                    out.text(note);
                }
                for lacking in &why.lacking {
                    let need = program.needs().nth(usize::from(*lacking))?;
                    let of = match need.root as usize {
                        0 | 1 => "resource.",
                        5 => "context.",
                        _ => "principal.",
                    };
                    out.text(&[of, need.name].concat());
                }
                Some(())
            })
        })
    });
    packed::answer(out)
}

/// A call, packed: types and ids of the principal (two texts), the action and the type of the rows (one each); how
/// many entities the principal is in and two texts for each; how many attributes it has, name and value of each; how
/// many the context has, and these.
fn call<T>(packed: &mut Reader, then: impl FnOnce(&Call) -> T) -> Option<T> {
    let (principal_type, principal) = (packed.text()?, packed.text()?);
    let (action, resource_type) = (packed.text()?, packed.text()?);
    let mut parents = Vec::new();
    for _ in 0..packed.number()? as usize {
        parents.push((packed.text()?, packed.text()?));
    }
    let (attributes, context) = (named(packed)?, named(packed)?);
    Some(then(&Call {
        principal_type,
        principal,
        parents: &parents,
        attributes: &attributes,
        action,
        context: &context,
        resource_type,
    }))
}

fn named<'a>(packed: &mut Reader<'a>) -> Option<Vec<(&'a str, Value<'a>)>> {
    let mut values = Vec::new();
    for _ in 0..packed.number()? as usize {
        values.push((packed.text()?, value(packed, true)?));
    }
    Some(values)
}

/// A value, packed: its sort, and what belongs to that. Lists are not in lists.
fn value<'a>(packed: &mut Reader<'a>, may_be_list: bool) -> Option<Value<'a>> {
    Some(match packed.number()? as usize {
        0 => Value::Null,
        1 => Value::Flag(packed.number()? != 0.0),
        2 => Value::Number(packed.number()?),
        3 => Value::Text(packed.text()?),
        4 => Value::Entity(packed.text()?, packed.text()?),
        5 if may_be_list => {
            let mut elements = Vec::new();
            for _ in 0..packed.number()? as usize {
                elements.push(value(packed, false)?);
            }
            Value::List(elements)
        }
        _ => Value::Other,
    })
}
