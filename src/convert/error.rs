//! What could not be converted, and where.

use std::fmt;

/// Why a model, a schema or a table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvertError {
    /// Where in the file, as a person would point at it.
    pub place: String,
    /// What is wrong there, and what to do.
    pub what: String,
}

impl ConvertError {
    pub(super) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        ConvertError {
            place: place.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for ConvertError {}

pub(super) fn fail<T>(
    place: impl Into<String>,
    what: impl Into<String>,
) -> Result<T, ConvertError> {
    Err(ConvertError::new(place, what))
}
