//! `Vary`: which requests a stored answer is an answer to (RFC 9111 §4.1).

use super::Head;
use super::directives::members;
use crate::ascii;
use crate::fingerprint::{is_noise, what_counts};
use sha2::{Digest, Sha256};

/// The request headers that selected an answer: their names, and a digest of their values. The values themselves, tokens
/// maybe, are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// In small letters, with commas between; `*`: all that the key does not hold.
    pub(super) names: Box<str>,
    pub(super) values: [u8; 16],
}

/// The name that stands for all headers that the key does not hold.
const ALL: &str = "*";

impl Selection {
    /// Of the answer to a request with these headers. `keyed(name)`: it is in the key already, or cannot differ within a
    /// page. `Ok(None)`: nothing else selects; `Err`: something that no request shows (`*`).
    ///
    /// Across origins the browser hides `Vary` unless it is exposed. Then any header that a script set may have
    /// selected the answer, and the lack of any other.
    pub(super) fn new(
        head: &Head,
        headers: &[(&str, &str)],
        keyed: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Box<Selection>>, ()> {
        let names = selecting(head, keyed).ok_or(())?;
        if names.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(Selection {
            values: digest(&names, headers, keyed),
            names: names.into(),
        })))
    }

    /// Whether one of them is known to change no answer, as a rule.
    pub(super) fn has_noise(&self) -> bool {
        has_noise(&self.names)
    }

    /// Whether a request with these headers would have been given the same answer.
    pub(super) fn matches(&self, headers: &[(&str, &str)], keyed: &dyn Fn(&str) -> bool) -> bool {
        digest(&self.names, headers, keyed) == self.values
    }
}

/// The headers that have selected an answer, as its head says: names in small letters with commas between, without those
/// that are `keyed` (as for [`super::keep`]). `*`: any that a script may set, since the browser hides which. `None`:
/// something that no request shows.
pub fn selecting(head: &Head, keyed: &dyn Fn(&str) -> bool) -> Option<String> {
    let mut names = String::new();
    match &head.vary {
        Some(vary) => {
            for name in members(vary) {
                if name == ALL {
                    return None;
                }
                let name = name.to_ascii_lowercase();
                if !keyed(&name) {
                    add_name(&name, &mut names);
                }
            }
        }
        None if head.filtered => names.push_str(ALL),
        None => {}
    }
    Some(names)
}

/// Adds a name to a list of them, once.
pub fn add_name(name: &str, names: &mut String) {
    if !ascii::pieces(names, b',').any(|other| other == name) {
        names.push_str(if names.is_empty() { "" } else { "," });
        names.push_str(name);
    }
}

/// Whether a list of names has one that is known to change no answer, as a rule.
pub fn has_noise(names: &str) -> bool {
    ascii::pieces(names, b',').any(is_noise)
}

/// A digest of the values that a request's headers have for `names`, as [`selecting`] gives them (`*` may stand beside
/// others): requests that differ in it are different questions. `None`: it has none of which anything depends.
pub fn selection(
    names: &str,
    headers: &[(&str, &str)],
    keyed: &dyn Fn(&str) -> bool,
) -> Option<[u8; 16]> {
    let text = text(names, headers, keyed);
    (!text.is_empty()).then(|| shortened(&text))
}

fn digest(names: &str, headers: &[(&str, &str)], keyed: &dyn Fn(&str) -> bool) -> [u8; 16] {
    shortened(&text(names, headers, keyed))
}

/// Names and values in turn; a header that is not there has another mark than an empty one. Of all headers the order
/// counts: browsers give them sorted, and another order only costs a request.
fn text(names: &str, headers: &[(&str, &str)], keyed: &dyn Fn(&str) -> bool) -> Vec<u8> {
    let mut text = Vec::new();
    for name in ascii::pieces(names, b',') {
        match name {
            "" => {}
            ALL => {
                for (name, value) in headers {
                    let name = name.to_ascii_lowercase();
                    if !keyed(&name)
                        && let Some(value) = what_counts(&name, value)
                    {
                        add(&name, Some(&value), &mut text);
                    }
                }
            }
            _ => add(name, values(headers, name).as_deref(), &mut text),
        }
    }
    text
}

fn shortened(text: &[u8]) -> [u8; 16] {
    let mut first = [0; 16];
    let whole: [u8; 32] = Sha256::digest(text).into();
    first.copy_from_slice(&whole[..16]);
    first
}

/// The value is written as its members without the white space around them. Languages mean the same in any case (RFC 5646
/// §2.1.1); their order is left alone, since servers prefer the first of equals.
fn add(name: &str, value: Option<&str>, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.push(0);
    out.push(u8::from(value.is_some()));
    for member in members(value.unwrap_or("")) {
        let start = out.len();
        out.extend_from_slice(member.as_bytes());
        if name == "accept-language" {
            out[start..].make_ascii_lowercase();
        }
        out.push(b',');
    }
    out.push(0);
}

/// The values of all lines of a header, joined as RFC 9110 §5.3 says; `None` if there is none.
pub(super) fn values(headers: &[(&str, &str)], name: &str) -> Option<String> {
    let mut joined: Option<String> = None;
    for (other, value) in headers {
        if other.eq_ignore_ascii_case(name) {
            match &mut joined {
                Some(joined) => {
                    joined.push_str(", ");
                    joined.push_str(value);
                }
                None => joined = Some((*value).to_owned()),
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    type Headers<'a> = &'a [(&'a str, &'a str)];

    fn keyed(name: &str) -> bool {
        name == "accept"
    }

    fn matches(vary: Option<&str>, filtered: bool, first: Headers, later: Headers) -> bool {
        let head = Head {
            vary: vary.map(str::to_owned),
            filtered,
            ..Head::default()
        };
        match Selection::new(&head, first, &keyed) {
            Ok(Some(selection)) => selection.matches(later, &keyed),
            Ok(None) => true,
            Err(()) => false,
        }
    }

    #[test]
    fn by_name_and_value() {
        let vary = Some("X-Tenant, Accept, x-tenant, X-Flag");
        let same = |first, later| matches(vary, false, first, later);
        assert!(same(
            &[("X-Tenant", "1")],
            &[("x-tenant", "1"), ("other", "2")]
        ));
        assert!(same(&[("accept", "a")], &[("accept", "b")]));
        assert!(!same(&[("x-tenant", "1")], &[("x-tenant", "2")]));
        assert!(!same(&[("x-tenant", "")], &[]));
        assert!(!same(&[], &[("x-flag", "1")]));
        assert!(!same(&[("x-tenant", "1")], &[("x-flag", "1")]));
        assert!(!same(
            &[("x-tenant", "a"), ("x-flag", "b")],
            &[("x-tenant", "b"), ("x-flag", "a")]
        ));
        assert!(matches(None, false, &[("x-tenant", "1")], &[]));
    }

    #[test]
    fn white_space_and_lines() {
        let same = |first, later| matches(Some("foo"), false, &[("foo", first)], later);
        assert!(same("1, 2", &[("foo", "1"), ("Foo", "2")]));
        assert!(same("1,2", &[("foo", " 1 ,\t2 ")]));
        assert!(!same("1,2", &[("foo", "2"), ("foo", "1")]));
        assert!(!same("1 2", &[("foo", "12")]));
        assert!(!same("\"1,2\"", &[("foo", "\"1, 2\"")]));
        assert!(!same("a", &[("foo", "A")]));
        let languages = |later| {
            let header = |value| [("accept-language", value)];
            matches(
                Some("Accept-Language"),
                false,
                &header("en, de"),
                &header(later),
            )
        };
        assert!(languages("eN,De"));
        assert!(!languages("de, en"));
    }

    #[test]
    fn the_star() {
        for vary in ["*", "a, *", ", *", "*, *"] {
            assert!(!matches(Some(vary), false, &[], &[]), "{vary}");
        }
    }

    #[test]
    fn what_is_hidden_may_be_about_anything() {
        let same = |first, later| matches(None, true, first, later);
        assert!(same(&[("A", "2"), ("b", "1")], &[("a", "2"), ("b", " 1")]));
        assert!(!same(&[("a", "1"), ("a", "2")], &[("a", "1")]));
        assert!(same(&[("accept", "1")], &[]));
        assert!(!same(&[], &[("a", "")]));
        assert!(!same(&[("a", "1")], &[("b", "1")]));
        assert!(matches(Some("accept"), true, &[("a", "1")], &[]));
    }
}
