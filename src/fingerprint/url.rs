//! URLs. The browser's own parser has been at work before (WHATWG URL): scheme and host are in lower case,
//! default ports and dot segments are gone.

use super::order::order;
use super::percent;
use super::request::Rules;
use crate::ascii;

/// A URL without its fragment, and with its escapes normalised (RFC 3986 §6.2.2).
pub fn normalise_url(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    percent::normalise(ascii::until(url, |byte| byte == b'#'), &mut out);
    out
}

/// As [`normalise_url`], and with what the host declared of the query taken into account.
pub(super) fn normalise(url: &str, rules: &Rules) -> String {
    let normal = normalise_url(url);
    if rules.ignored_parameters.is_empty() && !rules.any_query_order {
        return normal;
    }
    let Some((path, query)) = ascii::cut(&normal, b'?') else {
        return normal;
    };
    let mut kept = Vec::new();
    // By what names mean: `a[]` and `a%5B%5D` are one name, whose values keep their order.
    let mut names = Vec::new();
    for parameter in ascii::pieces(query, b'&') {
        if !is_ignored(parameter, rules) {
            kept.push(parameter);
            names.push(decoded(name(parameter)));
        }
    }
    let by_name = |a: u32, b: u32| rules.any_query_order && names[a as usize] < names[b as usize];
    let places = order(names.len(), &by_name);
    let mut out = String::from(path);
    for (index, place) in places.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(kept[*place as usize]);
    }
    out
}

fn name(parameter: &str) -> &str {
    ascii::until(parameter, |byte| byte == b'=')
}

fn decoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    match percent::decode_form(name.as_bytes(), &mut bytes) {
        Some(()) => bytes,
        None => name.as_bytes().to_vec(),
    }
}

/// Compares decoded names, as `No-Vary-Search` does (its draft, §5.2).
fn is_ignored(parameter: &str, rules: &Rules) -> bool {
    let mut decoded = Vec::new();
    percent::decode_form(name(parameter).as_bytes(), &mut decoded).is_some()
        && rules
            .ignored_parameters
            .iter()
            .any(|ignored| ignored.as_bytes() == decoded)
}
