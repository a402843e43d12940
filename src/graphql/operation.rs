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

impl Field {
    /// Whether no other field in its selection has its name in the answer.
    pub(super) fn is_alone(&self, among: &[Field]) -> bool {
        self.conditions.is_empty()
            || among.iter().filter(|other| other.key == self.key).count() == 1
    }
}

impl Operation {
    /// Canonical text: equal for operations that mean the same. Names in the answer take no part: those of one are
    /// put in place of the other's when its answer is cut out.
    pub fn normal_form(&self) -> String {
        let mut text = String::new();
        write(&self.fields, &mut text);
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
fn write(fields: &[Field], out: &mut String) {
    let texts: Vec<String> = fields.iter().map(|field| text(field, fields)).collect();
    let sorted = order(texts.len(), &|a, b| texts[a as usize] < texts[b as usize]);
    let mut before = "";
    for place in sorted {
        let text = &texts[place as usize];
        if *before != **text {
            out.push_str(text);
            out.push(' ');
        }
        before = text;
    }
}

fn text(field: &Field, among: &[Field]) -> String {
    let mut text = placed_head(field, among);
    if !field.fields.is_empty() {
        text.push('{');
        write(&field.fields, &mut text);
        text.push('}');
    }
    text
}

/// A name in the answer that several conditions share does not tell which of them held: which fields share it is part
/// of what is asked for. So is all that is asked of such a field, as it is written.
fn placed_head(field: &Field, among: &[Field]) -> String {
    let mut text = head(field);
    if field.is_alone(among) {
        return text;
    }
    let mut shared: Option<String> = None;
    for other in among.iter().filter(|other| other.key == field.key) {
        let other = head(other);
        if shared.as_ref().is_none_or(|least| other < *least) {
            shared = Some(other);
        }
    }
    text.push('=');
    text.push_str(&shared.unwrap_or_default());
    write_exactly(&field.fields, &mut text);
    text
}

fn write_exactly(fields: &[Field], out: &mut String) {
    for field in fields {
        out.push(' ');
        out.push_str(&field.key);
        out.push('=');
        out.push_str(&head(field));
        write_exactly(&field.fields, out);
        out.push('}');
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
