//! Operations of GraphQL, by whichever client.

use super::{What, applied};
use crate::analyze::documents::is_graphql;
use crate::analyze::value::{Value, Values};

/// Clients of GraphQL that are known by how their functions are called; what they are given decides.
pub(super) fn by_name(values: &Values, name: &str, arguments: &[Value]) -> Option<What> {
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

fn is_document(value: &Value) -> bool {
    match value {
        Value::Document(_) | Value::File(_) => true,
        Value::Of(of, _) => matches!(**of, Value::File(_)),
        Value::Choice(values) => values.iter().any(is_document),
        _ => false,
    }
}

pub(super) fn document_in(values: &Values, value: &Value) -> Option<Value> {
    match value {
        Value::Object(..) => match values.member(value, "query") {
            Value::Undefined => None,
            document => Some(document),
        },
        _ => None,
    }
}

/// A document, by whatever it is written; functions make changes by themselves.
pub(super) fn is_written(value: &Value) -> bool {
    is_document(value)
        || matches!(value, Value::Text(text) if text.whole().is_some_and(|text| is_graphql(&text)))
}
