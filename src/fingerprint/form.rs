//! Form bodies: `application/x-www-form-urlencoded` (WHATWG URL, §5.1).

use super::headers::pair;
use super::order::order;
use super::percent::decode_form;
use super::request::Rules;

/// Writes names and values decoded, in their order, or by name where the host declared that order means nothing.
/// `None`, with `out` undefined, where an escape is broken, since servers differ on what it means.
pub(super) fn write(body: &[u8], rules: &Rules, out: &mut Vec<u8>) -> Option<()> {
    let mut parameters: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for parameter in body
        .split(|byte| *byte == b'&')
        .filter(|parameter| !parameter.is_empty())
    {
        let equals = parameter.iter().position(|byte| *byte == b'=');
        let (mut name, mut value) = (Vec::new(), Vec::new());
        decode_form(&parameter[..equals.unwrap_or(parameter.len())], &mut name)?;
        if let Some(equals) = equals {
            // A name without `=` is not the same as one with nothing behind it.
            value.push(b'=');
            decode_form(&parameter[equals + 1..], &mut value)?;
        }
        if !rules
            .ignored_parameters
            .iter()
            .any(|ignored| ignored.as_bytes() == name)
        {
            parameters.push((name, value));
        }
    }
    let by_name = |a: u32, b: u32| {
        rules.any_query_order && parameters[a as usize].0 < parameters[b as usize].0
    };
    for place in order(parameters.len(), &by_name) {
        let (name, value) = &parameters[place as usize];
        pair(out, name, value);
    }
    Some(())
}
