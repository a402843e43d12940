//! Request headers: those that are known to change answers take part, and what names somebody never in clear. Of the
//! others an answer says whether they matter ([`crate::http::selection`]).

use super::digest::hash;
use super::fields::{Field, Fields, NormalForm};
use super::names::{Accept, names_somebody, what_counts};
use super::order::order;
use super::request::Rules;
use crate::ascii;

/// Take part in every request's normal form.
const SIGNIFICANT: [&str; 4] = ["accept", "accept-language", "content-type", "range"];

/// Writes the significant headers, by name; values of one name stay in their order.
pub(super) fn write(headers: &[(&str, &str)], rules: &Rules, form: &mut NormalForm) {
    let mut lower = Vec::with_capacity(headers.len());
    for (name, _) in headers {
        lower.push(name.to_ascii_lowercase());
    }
    let given = lower.iter().filter(|name| **name == "accept").count();
    let reads_accept =
        given < 2 && !rules.exact_accept && !is_in(rules.significant_headers, "accept");
    if given == 0 && reads_accept {
        // Fetch sends it so.
        form.set_accept(Accept::Any);
    }
    for place in order(headers.len(), &|a, b| lower[a as usize] < lower[b as usize]) {
        let name = &*lower[place as usize];
        let value = ascii::trim(headers[place as usize].1);
        if name == "authorization" || is_in(rules.credential_headers, name) {
            match rules.interchangeable_tokens {
                true => form.put(Field::CredentialPresent, name.as_bytes()),
                false => write_credential(name, value, rules, form),
            }
        } else if is_significant(name, rules) {
            let accept = Accept::of(value).filter(|_| name == "accept" && reads_accept);
            match accept {
                Some(accept) => form.set_accept(accept),
                None if is_default(name, value) => {}
                None if name == "accept-language" => write_plain(name, &languages(value), form),
                None => write_plain(name, value, form),
            }
        } else if rules.ignored_headers.iter().any(|list| is_in(list, name)) {
        } else if names_somebody(name) {
            // Tokens of one person may see the same; two tenants of one person do not.
            write_credential(name, value, rules, form);
        } else if rules.every_header
            && let Some(value) = what_counts(name, value)
        {
            write_plain(name, &value, form);
        }
    }
}

fn is_in(list: &[Box<str>], name: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn write_plain(name: &str, value: &str, form: &mut NormalForm) {
    form.with(Field::Header, |out| {
        pair(out, name.as_bytes(), value.as_bytes())
    });
}

/// Languages mean the same in any case (RFC 5646 §2.1.1), and in a list with any white space (RFC 9110 §5.6.1). Their order
/// is left alone: servers prefer the first of equals.
fn languages(value: &str) -> String {
    let mut list = String::new();
    for language in ascii::pieces(value, b',') {
        list.push_str(if list.is_empty() { "" } else { "," });
        list.push_str(&ascii::trim(language).to_ascii_lowercase());
    }
    list
}

fn is_significant(name: &str, rules: &Rules) -> bool {
    SIGNIFICANT.contains(&name) || is_in(rules.significant_headers, name)
}

/// Fetch itself sends `Accept: */*` where a caller gave none (Fetch standard, "fetch", step 11).
fn is_default(name: &str, value: &str) -> bool {
    name == "accept" && value == "*/*"
}

fn write_credential(name: &str, value: &str, rules: &Rules, form: &mut NormalForm) {
    // The key is the page's own and of fixed length, so that a digest that leaks tells nothing about a token,
    // and cannot be compared with another page's.
    let mut fields = Fields::default();
    fields.bytes(&rules.credential_key);
    fields.bytes(value.as_bytes());
    let digest = hash("forebay/credential", &fields);
    form.with(Field::Credential, |out| pair(out, name.as_bytes(), &digest));
}

/// Two length-prefixed pieces within a field.
pub(super) fn pair(out: &mut Vec<u8>, first: &[u8], second: &[u8]) {
    for piece in [first, second] {
        out.extend_from_slice(&(piece.len() as u32).to_le_bytes());
        out.extend_from_slice(piece);
    }
}
