//! What is told by names alone: handlers of events, and routes.

use crate::analyze::syntax::Property;

/// Lifecycle names that look like handlers' are not among them: `ngOnInit`, `onMounted`.
pub(super) fn is_event(name: &str) -> bool {
    let rest = name
        .strip_prefix("on")
        .or_else(|| name.strip_prefix("handle"));
    let is_capital = |rest: &str| rest.starts_with(|sign: char| sign.is_ascii_uppercase());
    rest.is_some_and(|rest| {
        is_capital(rest)
            && !["Mount", "Load", "Init", "Ready", "Before", "Server"]
                .iter()
                .any(|name| rest.starts_with(name))
    })
}

pub(super) fn is_route(properties: &[Property]) -> bool {
    let has = |names: &[&str]| {
        properties.iter().any(|property| {
            property
                .name
                .as_deref()
                .is_some_and(|name| names.contains(&name))
        })
    };
    has(&["path", "index"])
        && has(&[
            "component",
            "components",
            "element",
            "Component",
            "lazy",
            "loadComponent",
            "loadChildren",
            "children",
            "redirect",
            "redirectTo",
            "loader",
        ])
}
