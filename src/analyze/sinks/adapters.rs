//! Documents and URLs alike, as Forebay's own helpers take them.

use super::graphql::is_written;
use super::http::fetch;
use super::{Sink, What, applied};
use crate::analyze::documents::is_graphql;
use crate::analyze::value::{Value, Values};

/// Forebay's own helpers for frameworks (`pkg-template/src/adapters`).
pub(super) fn adapter(
    values: &Values,
    name: &str,
    arguments: &[Value],
    is_new: bool,
) -> Option<Sink> {
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

/// A document's, or a request by URL, as soon as it is known which.
pub(in crate::analyze) fn either(
    values: &Values,
    what: Value,
    variables: Value,
    options: Value,
) -> What {
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
