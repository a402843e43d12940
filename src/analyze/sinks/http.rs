//! Requests by URL: what `fetch` is given, and what clients make of theirs.

use super::{Options, What};
use crate::analyze::value::{Part, SPREAD, Text, Value, Values, join};
use std::rc::Rc;

/// What Axios and Angular send without being told.
const ACCEPT: &str = "application/json, text/plain, */*";

/// What `fetch(input, init)` sends.
pub(super) fn fetch(values: &Values, input: Value, init: Value) -> What {
    let (url, init) = match input {
        Value::Request(url, own) => (
            (*url).clone(),
            if init == Value::Undefined {
                (*own).clone()
            } else {
                init
            },
        ),
        Value::Choice(inputs) => {
            let is_request = |input: &&Value| matches!(input, Value::Request(..));
            if let Some(request) = inputs.iter().find(is_request) {
                return fetch(values, request.clone(), init);
            }
            (Value::Choice(inputs), init)
        }
        url => (url, init),
    };
    What::Http(
        url,
        Options {
            method: known(values, &init, "method"),
            headers: known(values, &init, "headers"),
            body: known(values, &init, "body"),
            parameters: Value::Undefined,
            accept: None,
            is_open: is_open(&init),
        },
    )
}

pub(super) fn is_method(name: &str) -> bool {
    matches!(
        name,
        "get" | "post" | "put" | "patch" | "delete" | "head" | "options"
    )
}

/// A client's `get`, `post` and so on.
pub(super) fn method_of(
    values: &Values,
    base: &Value,
    method: &str,
    arguments: &[Value],
) -> Option<What> {
    let argument = |number: usize| arguments.get(number).cloned().unwrap_or(Value::Undefined);
    Some(match method {
        "post" | "put" | "patch" => http_client(
            values,
            base,
            argument(0),
            Some(method),
            Some(argument(1)),
            argument(2),
        ),
        "get" | "delete" | "head" | "options" => {
            http_client(values, base, argument(0), Some(method), None, argument(1))
        }
        "request" => match argument(0) {
            Value::Object(..) => called(values, base, arguments),
            // Angular's: method, URL, options.
            method => {
                let What::Http(url, mut options) =
                    http_client(values, base, argument(1), None, None, argument(2))
                else {
                    return None;
                };
                options.method = method;
                What::Http(url, options)
            }
        },
        _ => return None,
    })
}

/// A client that is itself called: `axios(config)`, `axios(url, config)`.
pub(super) fn called(values: &Values, base: &Value, arguments: &[Value]) -> What {
    let argument = |number: usize| arguments.get(number).cloned().unwrap_or(Value::Undefined);
    let (url, config) = match argument(0) {
        config @ Value::Object(..) => (values.member(&config, "url"), config),
        url => (url, argument(1)),
    };
    http_client(values, base, url, None, None, config)
}

fn http_client(
    values: &Values,
    base: &Value,
    url: Value,
    method: Option<&str>,
    data: Option<Value>,
    config: Value,
) -> What {
    let own = values.member(&config, "baseURL");
    let base = match (&own, &config) {
        (Value::Undefined | Value::Of(..), _) => base.clone(),
        (_, Value::Object(..)) => own,
        _ => base.clone(),
    };
    let url = match base {
        Value::Undefined => url,
        base => {
            let separates = matches!(&base, Value::Text(text) if matches!(text.0.last(), Some(Part::Known(text, _)) if text.ends_with('/')));
            let begins = matches!(&url, Value::Text(text) if begins(text));
            let is_empty = matches!(&base, Value::Text(text) if text.whole().is_some_and(|text| text.is_empty()));
            match (is_empty, separates, begins) {
                (true, _, _) => url,
                (_, true, true) => join(&[trimmed(&base), url]),
                (_, false, false) => join(&[base, Value::text("/"), url]),
                _ => join(&[base, url]),
            }
        }
    };
    let body = data.unwrap_or_else(|| known(values, &config, "data"));
    let body = match body {
        // Objects are sent as JSON.
        body @ (Value::Object(..) | Value::List(_)) => Value::Json(Rc::new(body)),
        other => other,
    };
    What::Http(
        url,
        Options {
            method: method.map_or_else(
                || known(values, &config, "method"),
                |method| Value::text(&method.to_uppercase()),
            ),
            headers: known(values, &config, "headers"),
            body,
            parameters: known(values, &config, "params"),
            accept: Some(ACCEPT),
            is_open: is_open(&config),
        },
    )
}

/// Whether it begins with a slash; templates begin with an empty text where they begin with a slot.
fn begins(text: &Text) -> bool {
    let mut parts = text
        .0
        .iter()
        .skip_while(|part| matches!(part, Part::Known(text, _) if text.is_empty()));
    matches!(parts.next(), Some(Part::Known(text, _)) if text.starts_with('/'))
}

fn trimmed(base: &Value) -> Value {
    let Value::Text(text) = base else {
        return base.clone();
    };
    let mut parts = text.0.to_vec();
    if let Some(Part::Known(text, at)) = parts.pop() {
        parts.push(Part::Known(text.trim_end_matches('/').into(), at));
    }
    Value::Text(Text(Rc::new(parts)))
}

/// A member of options, if there are any.
fn known(values: &Values, options: &Value, name: &str) -> Value {
    match options {
        Value::Object(..) | Value::Parameter(..) | Value::Choice(_) => values.member(options, name),
        _ => Value::Undefined,
    }
}

fn is_open(options: &Value) -> bool {
    match options {
        Value::Undefined => false,
        Value::Object(members, false) => members.iter().any(|(name, _)| &**name == SPREAD),
        Value::Choice(values) => values.iter().any(is_open),
        _ => true,
    }
}
