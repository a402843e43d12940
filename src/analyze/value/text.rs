//! Texts, of which parts may not be known.

use super::Value;
use crate::analyze::graph::Number;
use std::rc::Rc;

/// A text in parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::analyze) struct Text(pub(in crate::analyze) Rc<Vec<Part>>);

#[derive(Clone, Debug, PartialEq)]
pub(in crate::analyze) enum Part {
    /// And where it is written.
    Known(Rc<str>, Option<(Number, u32)>),
    /// How it is called, and what it is.
    Slot(Rc<str>, Value),
}

impl Text {
    pub(in crate::analyze) fn known(text: &str) -> Text {
        Text(Rc::new(vec![Part::Known(text.into(), None)]))
    }

    /// If all of it is known.
    pub(in crate::analyze) fn whole(&self) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Known(text, _) => Some(&**text),
            Part::Slot(..) => None,
        });
        parts.collect()
    }
}

/// Puts a value into a text.
pub(super) fn put(parts: &mut Vec<Part>, value: Value, name: Option<Rc<str>>) {
    match value {
        Value::Text(text) => parts.extend(text.0.iter().cloned()),
        Value::Constant(serde_json::Value::Number(number)) => {
            parts.push(Part::Known(number.to_string().into(), None))
        }
        other => {
            let name = match &other {
                Value::Hole(known) if &**known == "…" => name.unwrap_or(known.clone()),
                Value::Of(..) | Value::Parameter(..) => name.unwrap_or_else(|| other.name()),
                other => other.name(),
            };
            parts.push(Part::Slot(name, other));
        }
    }
}

/// Several values as one text.
pub(in crate::analyze) fn join(values: &[Value]) -> Value {
    let mut parts = Vec::new();
    for value in values {
        put(&mut parts, value.clone(), None);
    }
    Value::Text(Text(Rc::new(parts)))
}
