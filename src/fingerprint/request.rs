//! From a request as it was written to its normal form.

use super::fields::{Field, NormalForm};
use super::{form, headers, json, url};
use crate::ascii;

/// A request as it was written.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method, in capitals where Fetch puts it in capitals.
    pub method: &'a str,
    /// The whole URL, as the browser's own parser serialised it.
    pub url: &'a str,
    /// Names and values, names in any case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, if there is one.
    pub body: Option<&'a [u8]>,
    /// Fetch's credentials mode; behind it, each after a space, its mode and its referrer policy where they are not the default.
    pub credentials: &'a str,
}

/// What the host shell declared about a request. The default declares nothing.
#[derive(Clone, Copy, Default)]
pub struct Rules<'a> {
    /// Parameters of different names may change places, in the query and in a form body.
    pub any_query_order: bool,
    /// Decoded names of parameters that mean nothing.
    pub ignored_parameters: &'a [Box<str>],
    /// Top-level members of a JSON body that mean nothing.
    pub ignored_members: &'a [Box<str>],
    /// JSON numbers of equal value are equal.
    pub numbers_by_value: bool,
    /// Names of headers that take part besides the usual ones.
    pub significant_headers: &'a [Box<str>],
    /// Names of headers that carry credentials besides `authorization`.
    pub credential_headers: &'a [Box<str>],
    /// Names of headers that mean nothing: lists of the host and of a rule.
    pub ignored_headers: [&'a [Box<str>]; 2],
    /// Every header takes part that is not known to mean nothing, whatever an answer may say of it.
    pub every_header: bool,
    /// `accept` takes part as it is written, also where it asks for JSON in a form that others ask for it in.
    pub exact_accept: bool,
    /// The page's own key for digests of credentials.
    pub credential_key: [u8; 32],
    /// All credentials of the present person see the same.
    pub interchangeable_tokens: bool,
}

/// Why there is no normal form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The body is not the JSON that its content type says.
    NotJson {
        /// Bytes from its beginning to where it stops being JSON.
        offset: usize,
    },
}

/// Brings a request into its normal form.
pub fn normalise(request: &Request, rules: &Rules) -> Result<NormalForm, Refusal> {
    let mut form = NormalForm::default();
    form.put(Field::Method, request.method.as_bytes());
    form.set_url(url::normalise(request.url, rules));
    form.put(Field::Credentials, request.credentials.as_bytes());
    headers::write(request.headers, rules, &mut form);
    if let Some(body) = request.body {
        write_body(body, request, rules, &mut form)?;
    }
    Ok(form)
}

fn write_body(
    body: &[u8],
    request: &Request,
    rules: &Rules,
    form: &mut NormalForm,
) -> Result<(), Refusal> {
    let start = form.len();
    let normalised = match media_type(request) {
        Media::Json => match form.with(Field::Json, |out| json::write(body, rules, out)) {
            Ok(()) => true,
            Err(json::Stop::Invalid { offset }) => return Err(Refusal::NotJson { offset }),
            Err(json::Stop::Doubtful) => false,
        },
        Media::Form => form
            .with(Field::Form, |out| form::write(body, rules, out))
            .is_some(),
        Media::Other => false,
    };
    if !normalised {
        form.truncate(start);
        form.put(Field::Bytes, body);
    }
    Ok(())
}

enum Media {
    Json,
    Form,
    Other,
}

/// By `content-type` (RFC 9110 §8.3.1; `+json`: RFC 6839 §3.1).
fn media_type(request: &Request) -> Media {
    let header = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let essence =
        ascii::trim(header.map_or("", |(_, value)| ascii::until(value, |byte| byte == b';')));
    let suffix = essence
        .len()
        .checked_sub(5)
        .and_then(|at| essence.get(at..));
    if essence.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|end| end.eq_ignore_ascii_case("+json"))
    {
        Media::Json
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Media::Form
    } else {
        Media::Other
    }
}
