//! How one operation's answer is cut out of others' answers.
//!
//! The plan is JSON, so that whoever holds the answers carries it out without knowing GraphQL. It is a list of nodes,
//! in the order in which the answer has its members:
//!
//! `[key, from, children, conditional]`, and at the root `[key, from, children, conditional, source]`
//!
//! - `key`: the member's name in the answer that is made
//! - `from`: its name in the answer it is taken from
//! - `children`: 0 = take the value as it is; a list = cut objects by these nodes, in lists item by item
//! - `conditional`: 1 = leave it out where `from` is not there; 0 = it must be there
//! - `source`: which of the answers

use super::containment::holder;
use super::operation::{Field, Operation};
use crate::ascii::digits;

impl Operation {
    /// How `self`'s answer is cut out of the answers to `sources`; `None` if they do not hold it.
    pub fn projection(&self, sources: &[&Operation]) -> Option<String> {
        let mut plan = String::from("[");
        for (number, wanted) in self.fields.iter().enumerate() {
            let (source, have) = sources.iter().enumerate().find_map(|(place, source)| {
                Some((place, holder(&source.fields, wanted, &self.fields)?))
            })?;
            if number > 0 {
                plan.push(',');
            }
            node(wanted, have, &mut plan)?;
            plan.push(',');
            plan.push_str(&digits(source as u64));
            plan.push(']');
        }
        plan.push(']');
        Some(plan)
    }
}

/// Writes a node, but for the bracket that closes it.
fn node(wanted: &Field, have: &Field, plan: &mut String) -> Option<()> {
    plan.push_str("[\"");
    plan.push_str(wanted.key());
    plan.push_str("\",\"");
    plan.push_str(have.key());
    plan.push_str("\",");
    if wanted.fields == have.fields {
        plan.push('0');
    } else {
        plan.push('[');
        for (number, inner) in wanted.fields.iter().enumerate() {
            if number > 0 {
                plan.push(',');
            }
            node(inner, holder(&have.fields, inner, &wanted.fields)?, plan)?;
            plan.push(']');
        }
        plan.push(']');
    }
    plan.push_str(if wanted.conditions.is_empty() {
        ",0"
    } else {
        ",1"
    });
    Some(())
}
