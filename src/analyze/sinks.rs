//! Which calls send something: Forebay's own, `fetch`, and what is commonly in their place.

use super::documents::is_graphql;
use super::graph::Number;
use super::syntax::{Call, CallKind, Id};
use super::value::{Part, SPREAD, Value, Values, join};
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

/// What Axios and Angular send without being told.
const ACCEPT: &str = "application/json, text/plain, */*";

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
        Value::Http(base) => {
            let config = if matches!(argument(0), Value::Object(..)) {
                argument(0)
            } else {
                argument(1)
            };
            let url = if matches!(argument(0), Value::Object(..)) {
                values.member(&config, "url")
            } else {
                argument(0)
            };
            return now(http_client(values, base, url, None, None, config));
        }
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
        (Value::Undefined, "fetch") => now(fetch(values, argument(0), argument(1))),
        (Value::Undefined, "$fetch" | "useFetch" | "useLazyFetch") => {
            now(fetch(values, argument(0), argument(1)))
        }
        (Value::Undefined, "axios") => {
            let config = if matches!(argument(0), Value::Object(..)) {
                argument(0)
            } else {
                argument(1)
            };
            let url = if matches!(argument(0), Value::Object(..)) {
                values.member(&config, "url")
            } else {
                argument(0)
            };
            now(http_client(
                values,
                &Value::Undefined,
                url,
                None,
                None,
                config,
            ))
        }
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
        ("axios", "default" | "axios") => {
            let config = if matches!(argument(0), Value::Object(..)) {
                argument(0)
            } else {
                argument(1)
            };
            let url = if matches!(argument(0), Value::Object(..)) {
                values.member(&config, "url")
            } else {
                argument(0)
            };
            now(http_client(
                values,
                &Value::Undefined,
                url,
                None,
                None,
                config,
            ))
        }
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

/// A document, by whatever it is written; functions make changes by themselves.
fn is_written(value: &Value) -> bool {
    is_document(value)
        || matches!(value, Value::Text(text) if text.whole().is_some_and(|text| is_graphql(&text)))
}

/// A document's, or a request by URL, as soon as it is known which.
pub(super) fn either(values: &Values, what: Value, variables: Value, options: Value) -> What {
    let is_url =
        matches!(&what, Value::Text(text) if !text.whole().is_some_and(|text| is_graphql(&text)));
    if !is_url {
        return What::Either(what, variables, options);
    }
    let mut request = fetch(values, what, values.member(&options, "init"));
    if let What::Http(_, options) = &mut request {
        options.parameters = variables;
    }
    request
}

/// Forebay's own helpers for frameworks (`pkg-template/src/adapters`).
fn adapter(values: &Values, name: &str, arguments: &[Value], is_new: bool) -> Option<Sink> {
    let argument = |number: usize| arguments.get(number).cloned().unwrap_or(Value::Undefined);
    // Vue takes getters; Angular and Lit a function that says what is wanted, or nothing yet.
    let now = |number: usize| applied(values, &argument(number));
    let part = |wanted: usize, member: &str| values.member(&now(wanted), member);
    let reads = |source, variables, options| (either(values, source, variables, options), false);
    // What the next page takes is known when there is one.
    let page = || Value::hole("page");
    let (what, is_lazy) = match (name, is_new) {
        ("useForebay", false) => reads(now(0), now(1), argument(2)),
        ("injectForebay", false) => reads(part(0, "0"), part(0, "1"), argument(1)),
        ("ForebayController", true) => reads(part(2, "0"), part(2, "1"), argument(3)),
        ("useForebayPages" | "injectForebayPages", false) => reads(now(0), page(), argument(2)),
        ("ForebayPagesController", true) => reads(argument(2), page(), argument(4)),
        ("useForebayMutation" | "injectForebayMutation", false) if is_written(&argument(0)) => {
            (What::Graphql(argument(0), Value::Undefined), true)
        }
        ("mutation", false) if is_written(&argument(1)) => {
            (What::Graphql(argument(1), Value::Undefined), true)
        }
        _ => return None,
    };
    Some(Sink { what, is_lazy })
}

fn is_method(name: &str) -> bool {
    matches!(
        name,
        "get" | "post" | "put" | "patch" | "delete" | "head" | "options"
    )
}

/// A client's `get`, `post` and so on.
fn method_of(values: &Values, base: &Value, method: &str, arguments: &[Value]) -> Option<What> {
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
            config @ Value::Object(..) => http_client(
                values,
                base,
                values.member(&config, "url"),
                None,
                None,
                config,
            ),
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
fn begins(text: &super::value::Text) -> bool {
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
    Value::Text(super::value::Text(Rc::new(parts)))
}

/// A member of options, if there are any.
fn known(values: &Values, options: &Value, name: &str) -> Value {
    match options {
        Value::Object(..) | Value::Parameter(..) => values.member(options, name),
        Value::Choice(_) => values.member(options, name),
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

/// What `fetch(input, init)` sends.
fn fetch(values: &Values, input: Value, init: Value) -> What {
    let (url, init) = match input {
        Value::Request(url, own) => (
            (*url).clone(),
            if init == Value::Undefined {
                (*own).clone()
            } else {
                init
            },
        ),
        Value::Choice(inputs)
            if inputs
                .iter()
                .any(|input| matches!(input, Value::Request(..))) =>
        {
            return match inputs
                .iter()
                .find(|input| matches!(input, Value::Request(..)))
            {
                Some(request) => fetch(values, request.clone(), init),
                None => fetch(values, Value::Undefined, init),
            };
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

/// Clients of GraphQL that are known by how their functions are called; what they are given decides.
fn by_name(values: &Values, name: &str, arguments: &[Value]) -> Option<What> {
    let argument = |number: usize| arguments.get(number).cloned().unwrap_or(Value::Undefined);
    let name = name.rsplit('.').next().unwrap_or(name);
    if matches!(
        name,
        "gql"
            | "graphql"
            | "parse"
            | "print"
            | "readQuery"
            | "writeQuery"
            | "readFragment"
            | "writeFragment"
            | "useFragment"
            | "push"
    ) {
        return None;
    }
    let first = argument(0);
    // `useQuery(document, { variables })`, `client.request(document, variables)`.
    if is_document(&first) {
        let second = applied(values, &argument(1));
        let variables = match &second {
            Value::Object(members, _) if members.iter().any(|(name, _)| &**name == "variables") => {
                applied(values, &values.member(&second, "variables"))
            }
            Value::Object(members, _) if members.iter().any(|(name, _)| is_option(name)) => {
                Value::Undefined
            }
            Value::Object(..) | Value::Parameter(..) => second.clone(),
            _ => Value::Undefined,
        };
        return Some(What::Graphql(first, variables));
    }
    // `client.query({ query, variables })`, `useQuery({ query, variables })`, `request({ document, variables })`.
    if let Value::Object(..) = &first {
        for member in ["query", "mutation", "subscription", "document"] {
            let document = values.member(&first, member);
            let names = matches!(
                name,
                "query"
                    | "mutate"
                    | "watchQuery"
                    | "subscribe"
                    | "request"
                    | "rawRequest"
                    | "executeQuery"
                    | "useQuery"
                    | "useMutation"
                    | "useSubscription"
            );
            let is_text = matches!(&document, Value::Text(text) if text.whole().is_some_and(|text| is_graphql(&text)));
            if is_document(&document)
                || (names && (matches!(document, Value::Parameter(..)) || is_text))
            {
                let variables = applied(values, &values.member(&first, "variables"));
                return Some(What::Graphql(document, variables));
            }
        }
    }
    // `request(url, document, variables)`.
    if is_document(&argument(1))
        && matches!(
            first,
            Value::Text(_)
                | Value::Hole(_)
                | Value::Of(..)
                | Value::Parameter(..)
                | Value::Global(_)
        )
    {
        return Some(What::Graphql(argument(1), argument(2)));
    }
    // A wrapper's own parameter.
    let takes = matches!(
        name,
        "useQuery"
            | "useLazyQuery"
            | "useMutation"
            | "useSubscription"
            | "useSuspenseQuery"
            | "request"
            | "rawRequest"
    );
    (takes && matches!(first, Value::Parameter(..)))
        .then(|| What::Graphql(first, values.member(&argument(1), "variables")))
}

fn is_option(name: &str) -> bool {
    matches!(
        name,
        "skip"
            | "enabled"
            | "fetchPolicy"
            | "pollInterval"
            | "onCompleted"
            | "onError"
            | "client"
            | "context"
            | "errorPolicy"
            | "refetchQueries"
            | "pause"
    )
}

/// Options and variables may be given by a function.
pub(super) fn applied(values: &Values, value: &Value) -> Value {
    match value {
        Value::Function(module, function) => values.applied(*module, *function, &[]),
        other => other.clone(),
    }
}

fn is_document(value: &Value) -> bool {
    match value {
        Value::Document(_) | Value::File(_) => true,
        Value::Of(of, _) => matches!(**of, Value::File(_)),
        Value::Choice(values) => values.iter().any(is_document),
        _ => false,
    }
}

fn document_in(values: &Values, value: &Value) -> Option<Value> {
    match value {
        Value::Object(..) => match values.member(value, "query") {
            Value::Undefined => None,
            document => Some(document),
        },
        _ => None,
    }
}

/// The parameter of a function without which it is not known what is sent.
pub(super) fn lacks(values: &Values, sink: &Sink) -> Option<(Number, Id)> {
    match &sink.what {
        What::Graphql(document, variables) => whole(document).or_else(|| whole(variables)),
        What::Either(what, _, _) => whole(what),
        What::Http(url, options) => start(url)
            .or_else(|| whole(&options.body))
            .or_else(|| match &options.body {
                Value::Json(inner) => whole(inner).or_else(|| match &**inner {
                    Value::Object(..) => whole(&values.member(inner, "query"))
                        .or_else(|| whole(&values.member(inner, "variables"))),
                    _ => None,
                }),
                _ => None,
            })
            .or_else(|| whole(&options.method))
            .or_else(|| whole(&options.headers))
            .or_else(|| anywhere(url)),
    }
}

/// Of which function it is a parameter, or a text that begins with one.
fn whole(value: &Value) -> Option<(Number, Id)> {
    match value {
        Value::Parameter(module, function, ..) => Some((*module, *function)),
        Value::Choice(values) => values.iter().find_map(whole),
        Value::Document(text) | Value::Text(text) if text.0.len() == 1 => match &text.0[0] {
            Part::Slot(_, value) => whole(value),
            Part::Known(..) => None,
        },
        Value::Of(of, _) => whole(of),
        _ => None,
    }
}

/// Whether it begins with one, so that not even the host or the path's first part is known.
fn start(url: &Value) -> Option<(Number, Id)> {
    match url {
        Value::Text(text) => {
            for part in text.0.iter() {
                match part {
                    Part::Known(text, _) if text.len() > 1 => return None,
                    Part::Known(..) => {}
                    Part::Slot(_, value) => {
                        if let found @ Some(_) = whole(value) {
                            return found;
                        }
                    }
                }
            }
            None
        }
        Value::Request(url, _) => start(url),
        other => whole(other),
    }
}

fn anywhere(url: &Value) -> Option<(Number, Id)> {
    let mut found = None;
    url.walk(&mut |value| {
        if let Value::Parameter(module, function, ..) = value {
            found = found.or(Some((*module, *function)));
        }
    });
    found
}

/// Whether it can be told what is sent, if not with which values.
pub(super) fn is_telling(values: &Values, sink: &Sink) -> bool {
    match &sink.what {
        What::Graphql(document, _) => whole(document).is_none(),
        What::Either(what, _, _) => whole(what).is_none(),
        What::Http(url, options) => {
            // A wrapper for GraphQL: its URL says nothing.
            let hides_document = match &options.body {
                Value::Json(body) => {
                    matches!(**body, Value::Object(..))
                        && whole(&values.member(body, "query")).is_some()
                }
                _ => false,
            };
            start(url).is_none() && !hides_document
        }
    }
}

/// What is sent when the function is called with these arguments.
pub(super) fn with(values: &Values, sink: &Sink, of: (Number, Id), arguments: &[Value]) -> Sink {
    let again = |value: &Value| values.with(value, of.0, of.1, arguments);
    let what = match &sink.what {
        What::Graphql(document, variables) => What::Graphql(again(document), again(variables)),
        What::Either(what, variables, options) => {
            either(values, again(what), again(variables), again(options))
        }
        What::Http(url, options) => {
            let url = again(url);
            let is_open = options.is_open
                && [&options.method, &options.headers, &options.body]
                    .iter()
                    .all(|value| !value.has_parameter());
            let mut options = Options {
                method: again(&options.method),
                headers: again(&options.headers),
                body: again(&options.body),
                parameters: again(&options.parameters),
                accept: options.accept,
                is_open,
            };
            match url {
                // A wrapper that was given a `Request`.
                Value::Request(url, init) => {
                    if let What::Http(_, own) = fetch(values, (*url).clone(), (*init).clone()) {
                        options = own;
                    }
                    What::Http((*url).clone(), options)
                }
                url => What::Http(url, options),
            }
        }
    };
    Sink {
        what,
        is_lazy: sink.is_lazy,
    }
}
