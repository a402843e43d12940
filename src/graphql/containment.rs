//! Whether the answer to one operation holds the answer to another.
//!
//! A field holds another if it is the same field with the same arguments, under the same conditions, and its
//! selections hold the other's. Nothing is inferred about lists: other arguments are another question.
//!
//! Of a field that stands under a condition, the answer must tell whether the condition held: it does if the field
//! is there, and if nothing else in the selection could have put a field of that name there. (Fields that share a name
//! under several conditions are held together or not at all.)

use super::arguments::mean_the_same;
use super::operation::{Field, Operation};

impl Operation {
    /// Whether an answer to `self` holds everything that `part` asks for, and `part`'s answer can be cut out of it.
    pub fn contains(&self, part: &Operation) -> bool {
        part.fields
            .iter()
            .all(|wanted| holder(&self.fields, wanted, &part.fields).is_some())
    }

    /// What of `self` none of `sources` holds, by root fields; `None` if nothing is left.
    pub fn without(&self, sources: &[&Operation]) -> Option<Operation> {
        let held = |wanted: &Field| {
            sources
                .iter()
                .any(|source| holder(&source.fields, wanted, &self.fields).is_some())
        };
        let rest = |field: &&Field| !held(field);
        let fields: Vec<Field> = self.fields.iter().filter(rest).cloned().collect();
        (!fields.is_empty()).then_some(Operation { fields })
    }

    /// Those root fields of `self` that hold something of `part`.
    pub fn about(&self, part: &Operation) -> Operation {
        let wanted = |field: &&Field| {
            part.fields
                .iter()
                .any(|wanted| holder(core::slice::from_ref(*field), wanted, &part.fields).is_some())
        };
        Operation {
            fields: self.fields.iter().filter(wanted).cloned().collect(),
        }
    }

    /// Whether an answer to `self` holds any of the root fields of `part`.
    pub fn touches(&self, part: &Operation) -> bool {
        part.fields
            .iter()
            .any(|wanted| holder(&self.fields, wanted, &part.fields).is_some())
    }
}

/// The field among `fields` whose answer holds that of `wanted`, which stands among `others`.
pub(super) fn holder<'a>(
    fields: &'a [Field],
    wanted: &Field,
    others: &[Field],
) -> Option<&'a Field> {
    fields.iter().find(|have| {
        is_same(have, wanted)
            && tells(have, fields, wanted, others)
            && (have.fields == wanted.fields
                || wanted
                    .fields
                    .iter()
                    .all(|inner| holder(&have.fields, inner, &wanted.fields).is_some()))
    })
}

fn is_same(have: &Field, wanted: &Field) -> bool {
    have.name == wanted.name
        && have.conditions == wanted.conditions
        && have.fields.is_empty() == wanted.fields.is_empty()
        && mean_the_same(&have.arguments, &wanted.arguments)
}

/// Whether a field's being there tells all that must be known of its conditions: that they held, or, of several fields
/// that share a name, that one of them did, where those who want them give them one name too.
fn tells(have: &Field, fields: &[Field], wanted: &Field, others: &[Field]) -> bool {
    let both = |one: &Field| {
        others.iter().any(|other| {
            other.key() == wanted.key() && is_same(one, other) && one.fields == other.fields
        })
    };
    have.is_alone(fields)
        || fields
            .iter()
            .filter(|one| one.key() == have.key())
            .all(both)
}
