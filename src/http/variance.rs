//! `No-Vary-Search`: which differences of a query mean nothing to a server (draft-ietf-httpbis-no-vary-search).

use super::structured::dictionary;
use crate::ascii;
use crate::fingerprint::{hex_digit, order};

/// What of a query may differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variance {
    /// Parameters of different names may change places.
    any_order: bool,
    /// Decoded names: of parameters that mean nothing, or, if `only_named_count`, of those that alone mean something.
    names: Vec<Vec<u8>>,
    only_named_count: bool,
}

impl Variance {
    /// Reads a field value. `None`, every difference counts, for what says that, and for whatever is not understood: a
    /// broken field, a key that is not known, `except` without `params`.
    pub fn parse(field: &str) -> Option<Variance> {
        let mut found = Variance {
            any_order: false,
            names: Vec::new(),
            only_named_count: false,
        };
        let (mut params, mut except) = (Vec::new(), None);
        for (key, value) in dictionary(field)? {
            match (key, value) {
                ("key-order", Ok(value)) => found.any_order = value,
                ("params", Ok(value)) => (found.only_named_count, params) = (value, Vec::new()),
                ("params", Err(names)) => (found.only_named_count, params) = (false, names),
                ("except", Err(names)) => except = Some(names),
                _ => return None,
            }
        }
        if except.is_some() && !found.only_named_count {
            return None;
        }
        for name in except.unwrap_or(params) {
            found.names.push(decode(&name));
        }
        let says_something = found.any_order || found.only_named_count || !found.names.is_empty();
        says_something.then_some(found)
    }

    /// Whether two whole URLs, as the browser's parser serialised them, mean the same to the server. Fragments do not
    /// count.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        self.rest(one) == self.rest(other)
    }

    /// What is left of a URL when all is taken away that means nothing: what is before the query, then the parameters
    /// that count, each as the decoded name, its length and the value (URL standard,
    /// `application/x-www-form-urlencoded`).
    fn rest<'a>(&self, url: &'a str) -> (&'a str, Vec<(Vec<u8>, usize)>) {
        let (path, query) = split(url);
        (path, self.parameters(query))
    }

    /// The same in bytes, to look it up by: what is the same to the server has the same. Other URLs may have it too, so
    /// ask [`Variance::is_same`] of what was found.
    pub fn rest_of(&self, url: &str) -> Vec<u8> {
        let (path, parameters) = self.rest(url);
        let mut bytes = Vec::from(path);
        for (parameter, _) in parameters {
            bytes.push(b'&');
            bytes.extend_from_slice(&parameter);
        }
        bytes
    }

    fn parameters(&self, query: &str) -> Vec<(Vec<u8>, usize)> {
        let mut found = Vec::new();
        for parameter in ascii::pieces(query, b'&') {
            let (name, value) = ascii::cut(parameter, b'=').unwrap_or((parameter, ""));
            let mut decoded = decode(name);
            if !parameter.is_empty() && self.names.contains(&decoded) == self.only_named_count {
                let length = decoded.len();
                decoded.append(&mut decode(value));
                found.push((decoded, length));
            }
        }
        if !self.any_order {
            return found;
        }
        let name = |place: u32| {
            let (decoded, length) = &found[place as usize];
            &decoded[..*length]
        };
        let places = order(found.len(), &|a, b| name(a) < name(b));
        let mut sorted = Vec::new();
        for place in places {
            sorted.push(core::mem::take(&mut found[place as usize]));
        }
        sorted
    }
}

/// What is before the query, and the query.
pub(crate) fn split(url: &str) -> (&str, &str) {
    let url = ascii::until(url, |byte| byte == b'#');
    ascii::cut(url, b'?').unwrap_or((url, ""))
}

/// A `%` that begins no escape stands for itself.
fn decode(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex_digit(*high).zip(hex_digit(*low)),
            _ => None,
        };
        decoded.push(match (first, escaped) {
            (_, Some((high, low))) => {
                rest = after.get(2..).unwrap_or(&[]);
                high << 4 | low
            }
            (b'+', _) => b' ',
            _ => *first,
        });
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(field: &str, one: &str, other: &str) -> bool {
        let url = |query: &str| format!("https://a.test/p{query}");
        match Variance::parse(field) {
            Some(variance) => variance.is_same(&url(one), &url(other)),
            None => one == other,
        }
    }

    #[test]
    fn order_of_names() {
        assert!(same("key-order", "?a=1&b=2", "?b=2&a=1#x"));
        assert!(!same("key-order", "?a=1&a=2", "?a=2&a=1"));
        assert!(!same("key-order=?0", "?a=1&b=2", "?b=2&a=1"));
        assert!(!same("key-order", "?a=1&b=2", "?a=1"));
    }

    #[test]
    fn parameters_without_meaning() {
        let field = r#"params=("utm" "a b" "%C3%A9")"#;
        assert!(same(field, "?id=1&utm=2&a+b=3", "?a%20b=4&id=1&%c3%a9"));
        assert!(!same(field, "?id=1&utm=2", "?id=2&utm=2"));
        assert!(same("params", "?a=1", ""));
        assert!(same("params, except=(\"id\")", "?id=1&x=2", "?y&id=1"));
        assert!(!same("params, except=(\"id\")", "?id=1", "?id=2"));
        assert!(!same("params", "?a=1", "/other"));
    }

    #[test]
    fn what_is_not_understood_says_nothing() {
        for field in [
            "",
            "params=?0",
            "key-order=?0",
            "except=(\"a\")",
            "params=(\"a\"), except=(\"b\")",
            "params=(a)",
            "params, new",
            "params=1",
            "PARAMS",
            "key-order=(\"a\")",
            "except",
        ] {
            assert_eq!(Variance::parse(field), None, "{field}");
        }
    }

    #[test]
    fn encodings() {
        assert!(same("key-order", "?a=%41", "?a=A"));
        assert!(same("key-order", "?a=%", "?a=%25"));
        assert!(!same("key-order", "?a=%2b", "?a=+"));
        assert!(same("key-order", "?a&&", "?a="));
    }
}
