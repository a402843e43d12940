//! From what is known of a URL, headers and a body to a request's template.

use super::fragment::{Body, Request, Template};
use super::graph::join;
use super::sinks::Options;
use super::value::{Part, SPREAD, Text, Value, Values};
use crate::fingerprint::{canonical_json, normalise_url};
use std::collections::BTreeMap;

/// Stands for a slot in a URL: signs that need no escape and that nobody writes.
const MARK: &str = "~~slot";

/// Slots by the text that stands for them.
#[derive(Default)]
struct Slots(Vec<(String, Value)>);

impl Slots {
    /// One name for one value.
    fn name(&mut self, name: &str, value: &Value) -> usize {
        if let Some(known) = self.0.iter().position(|(_, known)| {
            known == value && !matches!(value, Value::Hole(_) | Value::Of(..))
        }) {
            return known;
        }
        let name = match name.rsplit('.').next().unwrap_or(name) {
            "" | "…" => "value",
            last if name.starts_with("location") => {
                let _ = last;
                name
            }
            last => last,
        };
        let mut unique = name.to_owned();
        let mut number = 2;
        while self.0.iter().any(|(known, _)| *known == unique) {
            unique = format!("{name}{number}");
            number += 1;
        }
        self.0.push((unique, value.clone()));
        self.0.len() - 1
    }

    fn marked(&mut self, text: &Text) -> String {
        let mut marked = String::new();
        for part in text.0.iter() {
            match part {
                Part::Known(text, _) => marked.push_str(text),
                Part::Slot(name, value) => {
                    let number = self.name(name, value);
                    marked.push_str(&format!("{MARK}{number}~"));
                }
            }
        }
        marked
    }

    fn template(&self, marked: &str) -> Template {
        let mut template = Template {
            texts: vec![String::new()],
            slots: Vec::new(),
        };
        let mut rest = marked;
        while let Some(at) = rest.find(MARK) {
            let after = &rest[at + MARK.len()..];
            let end = after.find('~').unwrap_or(after.len());
            let number: usize = after[..end].parse().unwrap_or(0);
            template
                .texts
                .last_mut()
                .expect("has one")
                .push_str(&rest[..at]);
            template.slots.push(self.0[number].0.clone());
            template.texts.push(String::new());
            rest = after.get(end + 1..).unwrap_or("");
        }
        template.texts.last_mut().expect("has one").push_str(rest);
        template
    }
}

/// The request, and what its slots take. `None`: not even the URL's beginning is known.
pub(super) fn request(
    values: &Values,
    url: &Value,
    options: &Options,
) -> Option<(Request, BTreeMap<String, Value>)> {
    let mut slots = Slots::default();
    let mut marked = match url {
        Value::Text(text) => slots.marked(text),
        Value::Global(name) if &**name == "location.href" => return None,
        _ => return None,
    };
    let mut complete = !options.is_open;
    complete &= parameters(&mut marked, &mut slots, &options.parameters);
    let (marked, is_placed) = placed(&marked, &slots)?;
    complete &= is_placed;
    let method = match &options.method {
        Value::Undefined => "GET".to_owned(),
        method => match method.as_text() {
            Some(method) => method.to_uppercase(),
            None => {
                complete = false;
                "GET".to_owned()
            }
        },
    };
    let (mut headers, known) = headers(values, &options.headers);
    complete &= known;
    if let Some(accept) = options.accept {
        headers
            .entry("accept".into())
            .or_insert_with(|| accept.into());
    }
    let body = body(&options.body, &mut slots);
    if let (Body::Json(_), Some(_)) = (&body, options.accept) {
        headers
            .entry("content-type".into())
            .or_insert_with(|| "application/json".into());
    }
    let url = slots.template(&marked);
    let used = |name: &String| {
        url.slots.contains(name) || matches!(&body, Body::Json(body) if body.slots.contains(name))
    };
    let with = slots
        .0
        .iter()
        .filter(|(name, _)| used(name))
        .cloned()
        .collect();
    Some((
        Request {
            method,
            url,
            headers,
            body,
            complete,
            at: Vec::new(),
        },
        with,
    ))
}

/// A URL as a browser writes it, the page's own origin left out; and whether it is known where it leads.
fn placed(marked: &str, slots: &Slots) -> Option<(String, bool)> {
    let mut marked = marked.split('#').next().unwrap_or("").to_owned();
    for (number, (name, _)) in slots.0.iter().enumerate() {
        if name.starts_with("location.") {
            marked = marked.replace(&format!("{MARK}{number}~"), &format!("{{{name}}}"));
        }
    }
    for origin in [
        "{location.origin}",
        "{location.protocol}//{location.host}",
        "{location.protocol}//{location.hostname}:{location.port}",
    ] {
        if let Some(rest) = marked.strip_prefix(origin) {
            marked = if rest.is_empty() {
                "/".into()
            } else {
                rest.to_owned()
            };
        }
    }
    if marked.contains("{location.") {
        return None;
    }
    if let Some((scheme, rest)) = marked
        .split_once("://")
        .filter(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        let scheme = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let is_known = !host.contains(MARK);
        let default = if scheme == "https" { ":443" } else { ":80" };
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix(default).unwrap_or(&host);
        return Some((
            normalise_url(&format!("{scheme}://{host}{}", dotless(path))),
            is_known,
        ));
    }
    if marked.starts_with('/') && !marked.starts_with("//") {
        let whole = normalise_url(&format!("https://page.invalid{}", dotless(&marked)));
        return Some((
            whole
                .strip_prefix("https://page.invalid")
                .unwrap_or(&whole)
                .to_owned(),
            true,
        ));
    }
    // Something must be known of it: a path within a host that is not.
    let known = known_part(&marked);
    known
        .bytes()
        .any(|byte| byte.is_ascii_alphanumeric())
        .then_some((marked, false))
}

/// What is left without slots.
fn known_part(marked: &str) -> String {
    let mut known = String::new();
    let mut rest = marked;
    while let Some(at) = rest.find(MARK) {
        known.push_str(&rest[..at]);
        let after = &rest[at + MARK.len()..];
        rest = after
            .find('~')
            .and_then(|end| after.get(end + 1..))
            .unwrap_or("");
    }
    known.push_str(rest);
    known
}

/// Dot segments taken out of a path; the query stays.
fn dotless(path: &str) -> String {
    let end = path.find('?').unwrap_or(path.len());
    let (path, query) = path.split_at(end);
    if !path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return format!(
            "{}{}{query}",
            if path.starts_with('/') { "" } else { "/" },
            path
        );
    }
    let slash = if path.ends_with('/') { "/" } else { "" };
    format!("/{}{slash}{query}", join("", path))
}

/// Adds an object's members to the query; whether all are known.
fn parameters(marked: &mut String, slots: &mut Slots, parameters: &Value) -> bool {
    let Value::Object(members, open) = parameters else {
        return *parameters == Value::Undefined;
    };
    for (name, value) in members.iter() {
        if *value == Value::Undefined {
            continue;
        }
        marked.push(if marked.contains('?') { '&' } else { '?' });
        marked.push_str(name);
        marked.push('=');
        match value {
            Value::Text(text) => marked.push_str(&slots.marked(text)),
            Value::Constant(constant) => marked.push_str(&constant.to_string()),
            other => {
                let number = slots.name(name, other);
                marked.push_str(&format!("{MARK}{number}~"));
            }
        }
    }
    !open
}

/// Headers that take part in what is the same, and whether all are known. Credentials need not be: those of one person
/// do not tell requests apart here.
fn headers(values: &Values, headers: &Value) -> (BTreeMap<String, String>, bool) {
    let mut found = BTreeMap::new();
    let mut known = true;
    let mut note = |name: &str, value: &Value| {
        let name = name.to_ascii_lowercase();
        if !matches!(
            name.as_str(),
            "accept" | "accept-language" | "content-type" | "range"
        ) {
            return true;
        }
        match value.as_text() {
            Some(text) => {
                found.insert(name, text.trim().to_owned());
                true
            }
            None => false,
        }
    };
    match headers {
        Value::Undefined => {}
        Value::Object(members, open) => {
            known &= !open;
            for (name, value) in members.iter() {
                known &= &**name != SPREAD;
                known &= note(name, value);
            }
        }
        Value::List(pairs) => {
            for pair in pairs.iter() {
                match values.member(pair, "0").as_text() {
                    Some(name) => known &= note(&name, &values.member(pair, "1")),
                    None => known = false,
                }
            }
        }
        _ => known = false,
    }
    (found, known)
}

fn body(body: &Value, slots: &mut Slots) -> Body {
    match body {
        Value::Undefined => Body::None,
        Value::Constant(serde_json::Value::Null) => Body::None,
        Value::Json(inner) => {
            let mut text = String::new();
            match json(inner, slots, &mut text) {
                // Slots are strings in it until it is canonical.
                true => match canonical_json(&text) {
                    Some(canonical) => Body::Json(slots.template(&unquoted(&canonical))),
                    None => Body::Unknown,
                },
                false => Body::Unknown,
            }
        }
        _ => Body::Unknown,
    }
}

fn json(value: &Value, slots: &mut Slots, out: &mut String) -> bool {
    match value {
        Value::Text(text) => match text.whole() {
            Some(text) => {
                out.push_str(&serde_json::Value::from(text).to_string());
                true
            }
            None if text.0.len() == 1 => match &text.0[0] {
                Part::Slot(name, value) => slot(name, value, slots, out),
                Part::Known(..) => false,
            },
            None => slot("text", value, slots, out),
        },
        Value::Constant(constant) => {
            out.push_str(&constant.to_string());
            true
        }
        Value::Object(members, false) if members.iter().all(|(name, _)| &**name != SPREAD) => {
            out.push('{');
            let mut first = true;
            for (name, value) in members
                .iter()
                .filter(|(_, value)| *value != Value::Undefined)
            {
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(&serde_json::Value::from(&**name).to_string());
                out.push(':');
                let known = match value {
                    Value::Text(_) | Value::Constant(_) | Value::Object(..) | Value::List(_) => {
                        json(value, slots, out)
                    }
                    other => slot(name, other, slots, out),
                };
                if !known {
                    return false;
                }
            }
            out.push('}');
            true
        }
        Value::List(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                // What was spread in may be any number of items.
                if matches!(item, Value::Of(_, name) if &**name == "…") || !json(item, slots, out)
                {
                    return false;
                }
            }
            out.push(']');
            true
        }
        Value::Object(..) | Value::Undefined => false,
        other => {
            let name = other.name();
            slot(&name, other, slots, out)
        }
    }
}

fn slot(name: &str, value: &Value, slots: &mut Slots, out: &mut String) -> bool {
    let number = slots.name(name, value);
    out.push_str(&format!("\"{MARK}{number}~\""));
    true
}

fn unquoted(canonical: &str) -> String {
    canonical
        .replace(&format!("\"{MARK}"), MARK)
        .replace("~\"", "~")
}
