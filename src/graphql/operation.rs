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
    /// Under which name the answer has it, if that is another than its own.
    pub(super) alias: Option<Box<str>>,
    pub(super) name: Box<str>,
    /// See [`super::arguments`].
    pub(super) arguments: Box<str>,
    /// Types that the object must be of, all of them; sorted. What provably always holds is not among them.
    pub(super) conditions: Vec<Box<str>>,
    /// The types of the fragments that it must be written in, from the outermost: other types of what is here need not
    /// have the field, or not overlap.
    pub(super) fragments: Vec<Box<str>>,
    /// What is asked of its value; nothing of a leaf's.
    pub(super) fields: Vec<Field>,
}

impl Field {
    /// Under which name the answer has it.
    pub(super) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    /// Whether no other field in its selection has its name in the answer.
    pub(super) fn is_alone(&self, among: &[Field]) -> bool {
        self.conditions.is_empty()
            || among
                .iter()
                .filter(|other| other.key() == self.key())
                .count()
                == 1
    }
}

impl Operation {
    /// Canonical text: equal for operations that mean the same. Names in the answer take no part: those of one are
    /// put in place of the other's when its answer is cut out.
    #[inline(never)] // a seam: see `graphql`
    pub fn normal_form(&self) -> String {
        let mut text = String::new();
        write(&self.fields, &mut text);
        text
    }

    /// Each of its root fields by itself, and the field with its arguments, without what is known only to the core of them.
    #[cfg(feature = "sources")]
    pub(crate) fn roots(&self) -> Vec<(String, Operation)> {
        let root = |field: &Field| {
            let mut head = String::from(&*field.name);
            head.push_str(&super::foresight::plain(&field.arguments));
            let fields = vec![field.clone()];
            (head, Operation { fields })
        };
        self.fields.iter().map(root).collect()
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
    let start = out.len();
    let mut ends = vec![start];
    for field in fields {
        write_field(field, fields, out);
        ends.push(out.len());
    }
    let piece = |number: u32| {
        let number = number as usize;
        out.get(ends[number]..ends[number + 1]).unwrap_or("")
    };
    let sorted = order(fields.len(), &|a, b| piece(a) < piece(b));
    let mut arranged = String::with_capacity(out.len() - start);
    let mut before = "";
    for place in sorted {
        if piece(place) != before {
            arranged.push_str(piece(place));
        }
        before = piece(place);
    }
    out.truncate(start);
    out.push_str(&arranged);
}

fn write_field(field: &Field, among: &[Field], out: &mut String) {
    write_head(field, out);
    if !field.is_alone(among) {
        write_sharing(field, among, out);
    }
    if !field.fields.is_empty() {
        out.push('{');
        write(&field.fields, out);
        out.push('}');
    }
    out.push(' ');
}

/// A name in the answer that several conditions share does not tell which of them held: which fields share it is part
/// of what is asked for. So is all that is asked of such a field, as it is written.
fn write_sharing(field: &Field, among: &[Field], out: &mut String) {
    let mut least: Option<String> = None;
    for other in among {
        let mut head = String::new();
        write_head(other, &mut head);
        if other.key() == field.key() && least.as_ref().is_none_or(|least| head < *least) {
            least = Some(head);
        }
    }
    out.push('=');
    out.push_str(&least.unwrap_or_default());
    write_exactly(&field.fields, out);
}

fn write_exactly(fields: &[Field], out: &mut String) {
    for field in fields {
        out.push(' ');
        out.push_str(field.key());
        out.push('=');
        write_head(field, out);
        write_exactly(&field.fields, out);
        out.push('}');
    }
}

/// Conditions, name and arguments. A leaf sorts apart from a field of the same name that has selections.
fn write_head(field: &Field, out: &mut String) {
    for condition in &field.conditions {
        out.push_str("on ");
        out.push_str(condition);
        out.push(' ');
    }
    out.push_str(&field.name);
    out.push_str(&field.arguments);
    if !field.fields.is_empty() {
        out.push(':');
    }
}
