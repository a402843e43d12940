//! Which calls send something: Forebay's own, `fetch`, and what is commonly in their place.

mod adapters;
mod graphql;
mod http;
mod wrappers;

pub(super) use adapters::either;
pub(super) use wrappers::{is_telling, lacks, with};

use super::graph::Number;
use super::syntax::{Call, CallKind};
use super::value::{Value, Values};
use adapters::adapter;
use graphql::{by_name, document_in};
use http::{called, fetch, is_method, method_of};
use std::rc::Rc;

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sink {
    pub(super) what: What,
    /// It is sent only when something else is called: `useLazyQuery`.
    pub(super) is_lazy: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A document and its variables.
    Graphql(Value, Value),
    /// URL, then `fetch`'s options; what the client adds to the headers by itself.
    Http(Value, Options),
    /// A document or a URL; variables; options.
    Either(Value, Value, Value),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Options {
    pub(super) method: Value,
    pub(super) headers: Value,
    pub(super) body: Value,
    /// Of the query.
    pub(super) parameters: Value,
    /// `accept`, where it is not the browser's.
    pub(super) accept: Option<&'static str>,
    /// Options that are not known.
    pub(super) is_open: bool,
}

/// What a call sends, for each that the called can be.
pub(super) fn sinks(values: &Values, module: Number, call: &Call) -> Vec<Sink> {
    if call.kind == CallKind::Element {
        return Vec::new();
    }
    let callee = values.of(module, call.callee);
    // Most calls are of what sends nothing; their arguments need not be known.
    let mut arguments = None;
    let mut found = Vec::new();
    for callee in callee.each() {
        if matches!(
            callee,
            Value::Function(..) | Value::Class(..) | Value::Undefined
        ) {
            continue;
        }
        let arguments = arguments.get_or_insert_with(|| values.arguments(module, call));
        if let Some(what) = one(values, callee, arguments, call.kind == CallKind::New) {
            found.push(what);
        }
    }
    found
}

fn one(values: &Values, callee: &Value, arguments: &[Value], is_new: bool) -> Option<Sink> {
    let argument = |number: usize| arguments.get(number).cloned().unwrap_or(Value::Undefined);
    let now = |what| {
        Some(Sink {
            what,
            is_lazy: false,
        })
    };
    let (owner, name): (Value, Rc<str>) = match callee {
        Value::Of(owner, name) => ((**owner).clone(), name.clone()),
        Value::Global(name) => (Value::Undefined, name.clone()),
        Value::Outside(from, name) => return outside(values, from, name, arguments, is_new),
        Value::Http(base) => return now(called(values, base, arguments)),
        Value::Parameter(_, _, _, path) => {
            let name = path.last()?;
            return match &**name {
                "fetch" | "$fetch" => now(fetch(values, argument(0), argument(1))),
                name => by_name(values, name, arguments).map(|what| Sink {
                    what,
                    is_lazy: false,
                }),
            };
        }
        Value::Hole(name) => (Value::Undefined, name.clone()),
        _ => return None,
    };
    match (&owner, &*name) {
        (Value::Undefined, "fetch" | "$fetch" | "useFetch" | "useLazyFetch") => {
            now(fetch(values, argument(0), argument(1)))
        }
        (Value::Undefined, "axios") => now(called(values, &Value::Undefined, arguments)),
        (Value::Handle, "json" | "fetch" | "prefetch") => {
            now(match document_in(values, &argument(0)) {
                Some(document) => What::Graphql(document, values.member(&argument(0), "variables")),
                None => fetch(values, argument(0), argument(1)),
            })
        }
        (Value::Handle, "watch") => now(match values.member(&argument(0), "query") {
            Value::Undefined | Value::Of(..) => fetch(values, argument(0), argument(1)),
            document => What::Graphql(document, values.member(&argument(0), "variables")),
        }),
        (Value::Handle, "query" | "mutate") => now(What::Graphql(argument(0), argument(1))),
        (Value::Http(base), method) => method_of(values, base, method, arguments).and_then(now),
        (_, name) if name.starts_with("axios.") => {
            method_of(values, &Value::Undefined, &name[6..], arguments).and_then(now)
        }
        _ => by_name(values, &name, arguments).map(|what| Sink {
            what,
            is_lazy: is_lazy(&name),
        }),
    }
}

fn is_lazy(name: &str) -> bool {
    name.contains("Lazy") || name.contains("useLoadable")
}

fn outside(
    values: &Values,
    from: &str,
    name: &str,
    arguments: &[Value],
    is_new: bool,
) -> Option<Sink> {
    let argument = |number: usize| arguments.get(number).cloned().unwrap_or(Value::Undefined);
    let now = |what| {
        Some(Sink {
            what,
            is_lazy: false,
        })
    };
    let last = name.rsplit('.').next().unwrap_or(name);
    if from == "forebay" || from.starts_with("forebay/") {
        return adapter(values, last, arguments, is_new);
    }
    match (from, last) {
        (
            "node-fetch" | "cross-fetch" | "isomorphic-fetch" | "whatwg-fetch" | "unfetch"
            | "ofetch",
            "default" | "fetch" | "ofetch" | "$fetch",
        ) => now(fetch(values, argument(0), argument(1))),
        ("ky", "default") => now(fetch(values, argument(0), argument(1))),
        ("ky" | "ofetch", method) if is_method(method) => {
            let mut what = fetch(values, argument(0), argument(1));
            if let What::Http(_, options) = &mut what {
                options.method = Value::text(&method.to_uppercase());
            }
            now(what)
        }
        ("axios", "default" | "axios") => now(called(values, &Value::Undefined, arguments)),
        ("axios", method) => method_of(values, &Value::Undefined, method, arguments).and_then(now),
        // `useSWR(key, fetch)` calls it with the key; functions of the app's own are followed as others are.
        (from, _)
            if is_swr(from) && matches!(argument(1), Value::Global(name) if &*name == "fetch") =>
        {
            let key = match argument(0) {
                key @ Value::Function(..) => values.called(&key, &[], false),
                key => key,
            };
            now(fetch(values, key, Value::Undefined))
        }
        ("swr" | "@tanstack/react-query" | "@tanstack/vue-query" | "@tanstack/svelte-query", _) => {
            None
        }
        _ => by_name(values, last, arguments).map(|what| Sink {
            what,
            is_lazy: is_lazy(last),
        }),
    }
}

/// With its parts: `swr/infinite`, `swr/immutable`, `swr/mutation`.
pub(super) fn is_swr(from: &str) -> bool {
    from == "swr" || from.starts_with("swr/")
}

/// Options and variables may be given by a function.
pub(super) fn applied(values: &Values, value: &Value) -> Value {
    match value {
        Value::Function(module, function) => values.applied(*module, *function, &[]),
        other => other.clone(),
    }
}
