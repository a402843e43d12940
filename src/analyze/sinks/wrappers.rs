//! Functions that send what they are given: what of it is not known yet, and what is sent with their arguments.

use super::http::fetch;
use super::{Options, Sink, What, either};
use crate::analyze::graph::Number;
use crate::analyze::syntax::Id;
use crate::analyze::value::{Part, Value, Values};

/// The parameter of a function without which it is not known what is sent.
pub(in crate::analyze) fn lacks(values: &Values, sink: &Sink) -> Option<(Number, Id)> {
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
pub(in crate::analyze) fn is_telling(values: &Values, sink: &Sink) -> bool {
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
pub(in crate::analyze) fn with(
    values: &Values,
    sink: &Sink,
    of: (Number, Id),
    arguments: &[Value],
) -> Sink {
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
