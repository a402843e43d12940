//! What makes two requests the same.
//!
//! A request is brought into its **normal form**: every difference that provably means nothing is removed, and
//! nothing else is. The form is a sequence of typed, length-prefixed fields, never texts joined by a separator:
//! whatever stands in a field, it cannot be taken for the next one. SHA-256 over the form, the person's
//! partition, a version and a domain tag is the [`Fingerprint`].
//!
//! A false split costs one request; a false merge shows somebody wrong data. Where there is doubt, split.

mod digest;
mod fields;
mod form;
mod headers;
mod json;
mod names;
mod order;
mod people;
mod percent;
mod request;
mod url;

pub use digest::{ContentDigest, Fingerprint};
pub use fields::{Field, NormalForm};
pub(crate) use json::{canonical_json, write_json_string};
pub use names::Accept;
pub(crate) use names::{SET_BY_THE_BROWSER, is_noise, names_somebody, what_counts};
pub(crate) use order::order;
pub use people::{Partition, Principal};
pub(crate) use percent::digit as hex_digit;
pub use request::{Refusal, Request, Rules, normalise};
pub use url::normalise_url;
