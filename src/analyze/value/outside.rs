//! What is known by name alone: of packages, of the browser, and of what values bring with them.

use super::known::set;
use super::{Part, Value, Values, join};
use crate::analyze::config::Config;
use std::rc::Rc;

impl Values<'_> {
    /// What a package exports, as the app declares it.
    pub(super) fn outside(&self, from: &str, name: &str) -> Value {
        let Config {
            fetches, constants, ..
        } = self.config;
        if fetches
            .get(from)
            .is_some_and(|names| names.iter().any(|one| one == name))
        {
            return Value::Global("fetch".into());
        }
        let constant = constants.get(from).and_then(|texts| texts.get(name));
        constant.map_or_else(
            || Value::Outside(from.into(), name.into()),
            |text| Value::text(text),
        )
    }

    pub(super) fn called_outside(&self, from: &str, name: &str, arguments: &[Value]) -> Value {
        let first = arguments.first().cloned().unwrap_or(Value::Undefined);
        let last = name.rsplit('.').next().unwrap_or(name);
        match (from, last) {
            ("forebay", "connect") => return Value::Handle,
            ("axios", "create") => return Value::Http(Rc::new(self.member(&first, "baseURL"))),
            ("ky" | "ofetch", "create" | "extend") => {
                return Value::Http(Rc::new(self.member(&first, "prefixUrl")));
            }
            (_, "useParams") => return self.parameters(&first),
            ("next/router", "useRouter") => {
                return Value::Outside(from.into(), "useRouter.()".into());
            }
            ("react", "use") => return first,
            (_, "useSearchParams") => return Value::Queries,
            ("vue-router", "useRoute") => return Value::Outside(from.into(), "useRoute.()".into()),
            ("@angular/core", "inject") => {
                return match &first {
                    Value::Class(module, class) => Value::Instance(*module, *class),
                    Value::Outside(from, name) => {
                        instance_outside(from, name).unwrap_or(Value::hole("inject"))
                    }
                    _ => Value::hole("inject"),
                };
            }
            (
                _,
                "useCallback" | "memo" | "forwardRef" | "observer" | "defineComponent"
                | "useMemoizedFn" | "withRouter" | "markRaw",
            ) => return first,
            (_, "useMemo" | "computed" | "cache") => {
                if let Value::Function(module, function) = first {
                    return self.applied(module, function, &[]);
                }
            }
            (
                _,
                "ref" | "shallowRef" | "unref" | "toRef" | "toValue" | "signal" | "reactive"
                | "readonly" | "useRef",
            ) => return first,
            (_, "gql" | "graphql" | "parse" | "print") => {
                if let Value::Text(text) = first {
                    return Value::Document(text);
                }
                if let value @ (Value::Document(_) | Value::Parameter(..)) = first {
                    return value;
                }
            }
            (
                _,
                "lazy"
                | "defineAsyncComponent"
                | "loadable"
                | "dynamic"
                | "lazyLoad"
                | "lazyRouteComponent",
            ) => {
                let export = arguments
                    .get(1)
                    .and_then(Value::as_text)
                    .unwrap_or_else(|| "default".into());
                let loader = match &first {
                    Value::Object(..) => self.member(&first, "loader"),
                    other => other.clone(),
                };
                if let Value::Function(module, function) = loader {
                    return match self.applied(module, function, &[]) {
                        Value::Module(number) => self.member(&Value::Module(number), &export),
                        Value::Object(..) => {
                            self.member(&self.applied(module, function, &[]), &export)
                        }
                        other => other,
                    };
                }
            }
            _ => {}
        }
        Value::Of(
            Rc::new(Value::Outside(from.into(), name.into())),
            "()".into(),
        )
    }

    /// A path's, or what TanStack Router's `select` takes of them.
    fn parameters(&self, options: &Value) -> Value {
        match self.member(options, "select") {
            Value::Function(module, function) => {
                self.applied(module, function, &[Value::Parameters])
            }
            _ => Value::Parameters,
        }
    }

    pub(super) fn called_method(
        &self,
        of: &Value,
        method: &str,
        arguments: &[Value],
    ) -> Option<Value> {
        let first = arguments.first();
        match (of, method, first) {
            // `Route.useParams()`, `getRouteApi(…).useParams()`.
            (_, "useParams", first) => Some(self.parameters(first.unwrap_or(&Value::Undefined))),
            (
                Value::Module(_) | Value::Outside(..),
                "then",
                Some(Value::Function(module, function)),
            ) => Some(self.applied(*module, *function, std::slice::from_ref(of))),
            (Value::Parameters, "get", Some(name)) => {
                Some(Value::RouteParameter(name.as_text()?.into()))
            }
            (Value::Queries, "get", Some(name)) => {
                Some(Value::QueryParameter(name.as_text()?.into()))
            }
            (Value::List(values), "join", Some(between)) => {
                let between = between.as_text()?;
                let mut parts = Vec::new();
                for (number, value) in values.iter().enumerate() {
                    if number > 0 {
                        parts.push(Value::text(&between));
                    }
                    parts.push(value.clone());
                }
                Some(join(&parts))
            }
            (Value::List(values), "concat", Some(Value::List(more))) => Some(Value::List(Rc::new(
                values.iter().chain(more.iter()).cloned().collect(),
            ))),
            (Value::Text(text), "concat", _) => {
                Some(join(&[&[Value::Text(text.clone())], arguments].concat()))
            }
            (value, "toString" | "valueOf", _) => Some(value.clone()),
            (Value::Of(_, name), "bind", _) if &**name != "()" => Some(of.clone()),
            _ => None,
        }
    }
}

pub(super) fn is_graphql_tag(tag: &Value) -> bool {
    let name = match tag {
        Value::Outside(_, name) | Value::Global(name) | Value::Hole(name) => name.clone(),
        Value::Parameter(..) | Value::Of(..) => tag.name(),
        Value::Choice(values) => return values.iter().any(is_graphql_tag),
        _ => return false,
    };
    let last = name.rsplit('.').next().unwrap_or(&name);
    matches!(last, "gql" | "graphql" | "apolloGql")
        || (last == "default" && matches!(tag, Value::Outside(from, _) if from.contains("graphql")))
}

pub(super) fn instance_outside(from: &str, name: &str) -> Option<Value> {
    match (from, name) {
        ("@angular/common/http", "HttpClient") => Some(Value::Http(Rc::new(Value::text("")))),
        ("@angular/router", "ActivatedRoute") => {
            Some(Value::Outside(from.into(), "ActivatedRoute.()".into()))
        }
        ("forebay", "Forebay") => Some(Value::Handle),
        ("axios", "AxiosInstance") => Some(Value::Http(Rc::new(Value::hole("baseURL")))),
        (_, name) if from.starts_with('@') || !from.starts_with('.') => {
            Some(Value::Outside(from.into(), format!("{name}.()").into()))
        }
        _ => None,
    }
}

pub(super) fn member_outside(from: &str, of: &str, name: &str) -> Value {
    match (of, name) {
        ("useRoute.()", "params") => return Value::Parameters,
        ("useRoute.()", "query") => return Value::Queries,
        ("useRoute.()", "value") => return Value::Outside(from.into(), of.into()),
        // Of the path and of the query: what is no parameter of the route is left out of it.
        ("useRouter.()", "query") => return Value::Parameters,
        ("ActivatedRoute.()", "snapshot") => return Value::Outside(from.into(), of.into()),
        ("ActivatedRoute.()", "params" | "paramMap") => return Value::Parameters,
        ("ActivatedRoute.()", "queryParams" | "queryParamMap") => return Value::Queries,
        ("page", "params") if from.starts_with("$app/") => return Value::Parameters,
        ("page", "url") if from.starts_with("$app/") => {
            return Value::Outside(from.into(), "page.url".into());
        }
        ("page.url", "searchParams") => return Value::Queries,
        _ => {}
    }
    let name = match of {
        "*" => name.to_owned(),
        of => format!("{of}.{name}"),
    };
    Value::Outside(from.into(), name.into())
}

pub(super) fn global_member(of: &str, name: &str) -> Value {
    match (of, name) {
        ("window" | "globalThis" | "self" | "document", "location") => {
            Value::Global("location".into())
        }
        ("window" | "globalThis" | "self", name) => Value::Global(name.into()),
        ("this.$route" | "$route", "params") => Value::Parameters,
        (of, name) => Value::Global(format!("{of}.{name}").into()),
    }
}

pub(super) fn called_global(name: &str, arguments: &[Value]) -> Option<Value> {
    let first = arguments.first().cloned().unwrap_or(Value::Undefined);
    // The page's own address, in any case of its letters.
    let same = [".toUpperCase", ".toLowerCase", ".toString", ".trim"]
        .iter()
        .find_map(|end| name.strip_suffix(end));
    if let Some(place) = same.filter(|place| place.starts_with("location.")) {
        return Some(Value::Global(place.into()));
    }
    Some(match name {
        "JSON.stringify" => Value::Json(Rc::new(first)),
        // What it escapes, the normal form of a URL unescapes, or the server does.
        "encodeURIComponent" | "encodeURI" | "String" | "Number" | "parseInt" | "Headers"
        | "Object.freeze" => first,
        "Object.assign" => {
            let mut members = Vec::new();
            let mut open = false;
            for argument in arguments {
                match argument {
                    Value::Object(inner, inner_open) => {
                        open |= inner_open;
                        for (name, value) in inner.iter() {
                            set(&mut members, name.clone(), value.clone());
                        }
                    }
                    _ => open = true,
                }
            }
            Value::Object(Rc::new(members), open)
        }
        "Request" => Value::Request(
            Rc::new(first),
            Rc::new(arguments.get(1).cloned().unwrap_or(Value::Undefined)),
        ),
        "URL" => match arguments.get(1) {
            None => first,
            Some(base) => based(&first, base),
        },
        _ => return None,
    })
}

/// A URL seen from another.
fn based(url: &Value, base: &Value) -> Value {
    let starts = match url {
        Value::Text(text) => match text
            .0
            .iter()
            .find(|part| !matches!(part, Part::Known(text, _) if text.is_empty()))
        {
            Some(Part::Known(text, _)) => text.to_string(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let is_page = match base {
        Value::Global(name) => matches!(
            &**name,
            "location.href" | "location.origin" | "document.baseURI" | "location"
        ),
        _ => false,
    };
    match (starts.starts_with('/') || starts.contains("://"), is_page) {
        (true, true) => url.clone(),
        // Where the page is when it runs decides.
        (false, true) => join(&[Value::hole("location"), Value::text("/"), url.clone()]),
        _ if starts.contains("://") => url.clone(),
        _ => join(&[
            base.clone(),
            Value::text(if starts.starts_with('/') { "" } else { "/" }),
            url.clone(),
        ]),
    }
}
