//! An operation as the tree of what it asks for, and its normal form.

use crate::fingerprint::order;

/// What a query asks for: fragments put in, variables given their values, `@skip` and `@include` decided.
#[derive(Clone, PartialEq, Debug)]
pub struct Operation {
    pub(super) fields: Vec<Field>,
}

/// One field of a selection, in the order in which its answer has it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Field {
    /// Under which name the answer has it.
    pub(super) key: Box<str>,
    pub(super) name: Box<str>,
    /// See [`super::arguments`].
    pub(super) arguments: Box<str>,
    /// Types that the object must be of, all of them; sorted. What provably always holds is not among them.
    pub(super) conditions: Vec<Box<str>>,
    /// What is asked of its value; nothing of a leaf's.
    pub(super) fields: Vec<Field>,
}

impl Operation {
    /// Canonical text: equal for operations that mean the same. Names in the answer take no part: those of one are
    /// put in place of the other's when its answer is cut out.
    pub fn normal_form(&self) -> String {
        let mut text = String::new();
        write(&self.fields.iter().collect::<Vec<_>>(), &mut text);
        text
    }

    /// How many fields it asks for.
    pub(crate) fn size(&self) -> usize {
        size(&self.fields)
    }
}

fn size(fields: &[Field]) -> usize {
    fields.iter().map(|field| 1 + size(&field.fields)).sum()
}

/// Writes a selection: sorted, and what is asked for twice only once.
fn write(fields: &[&Field], out: &mut String) {
    let heads: Vec<String> = fields.iter().map(|field| head(field)).collect();
    let sorted = order(heads.len(), &|a, b| heads[a as usize] < heads[b as usize]);
    let mut at = 0;
    while let Some(first) = sorted.get(at) {
        let head = &heads[*first as usize];
        let mut inner: Vec<&Field> = Vec::new();
        while let Some(same) = sorted.get(at)
            && heads[*same as usize] == *head
        {
            inner.extend(&fields[*same as usize].fields);
            at += 1;
        }
        out.push_str(head);
        if !inner.is_empty() {
            out.push('{');
            write(&inner, out);
            out.push('}');
        }
        out.push(' ');
    }
}

/// Conditions, name and arguments. A leaf sorts apart from a field of the same name that has selections.
fn head(field: &Field) -> String {
    let mut head = String::new();
    for condition in &field.conditions {
        head.push_str("on ");
        head.push_str(condition);
        head.push(' ');
    }
    head.push_str(&field.name);
    head.push_str(&field.arguments);
    if !field.fields.is_empty() {
        head.push(':');
    }
    head
}
