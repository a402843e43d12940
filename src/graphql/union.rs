//! The smallest operation that contains several.

use super::arguments::mean_the_same;
use super::operation::{Field, Operation};
use crate::ascii::digits;

impl Operation {
    /// The smallest operation that contains all of these. `None` of none.
    ///
    /// Fields get the names they have in the schema. Where two would come under one name (other arguments, or other
    /// conditions, under which the same name may be of another type), the later is renamed.
    pub fn unite(operations: &[&Operation]) -> Option<Operation> {
        let mut fields = Vec::new();
        for operation in operations {
            add(&operation.fields, &mut fields);
        }
        (!fields.is_empty()).then_some(Operation { fields })
    }
}

fn add(wanted: &[Field], into: &mut Vec<Field>) {
    for field in wanted {
        let same = |other: &Field| {
            other.name == field.name
                && other.conditions == field.conditions
                && other.fields.is_empty() == field.fields.is_empty()
                // What is asked of it on one type may be unknown to the field's type on another.
                && (other.fragments == field.fragments || field.fields.is_empty())
                && mean_the_same(&other.arguments, &field.arguments)
        };
        let at = match into.iter().position(same) {
            Some(at) => at,
            None => {
                let alias = free_alias(&field.name, into);
                into.push(Field {
                    alias,
                    fields: Vec::new(),
                    ..field.clone()
                });
                into.len() - 1
            }
        };
        add(&field.fields, &mut into[at].fields);
    }
}

/// The field's own name, or `f2_name`, `f3_name`… (A name may not begin with two underscores, which are the
/// server's own.)
fn free_alias(name: &str, among: &[Field]) -> Option<Box<str>> {
    let mut key = String::from(name);
    let mut number = 1;
    while among.iter().any(|other| *other.key() == *key) {
        number += 1;
        key = String::from("f");
        key.push_str(&digits(number));
        key.push('_');
        key.push_str(name);
    }
    (number > 1).then(|| key.into())
}
