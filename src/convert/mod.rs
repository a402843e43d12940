//! Makes a model's file of what other libraries trained.
//!
//! Native, and only behind the feature `analyze`: texts, JSON and protocol buffers are read here, so that a page need
//! not. What cannot be converted is refused by name and place; nothing is approximated. What is converted is proved:
//! the new file is read back as a page reads it, and its scores are compared with the library's own predictions.

mod artifact;
mod calibrate;
mod error;
mod lightgbm;
mod onnx;
mod rows;
mod schema;
mod statistics;
mod threshold;
mod trees;
mod ubjson;
mod xgboost;

pub use artifact::{Made, Options, convert};
pub use error::ConvertError;
pub use rows::{Rows, Space};
pub use schema::{column_names, parse_schema};

use crate::infer::{Model, Output};
use error::fail;
use serde_json::Value;

/// Told what is done, and how much of it: `("trees", 40, 100)`.
pub type Progress<'a> = &'a mut dyn FnMut(&str, usize, usize);

/// A model as it was trained.
#[derive(Debug)]
pub struct Trained {
    /// The format it was in, for people.
    pub format: &'static str,
    /// The names of its columns; empty if the file has none.
    pub names: Vec<String>,
    /// The model.
    pub model: Model,
    /// What its sums mean.
    pub output: Output,
}

/// The sum is the score.
const AS_IT_IS: Output = Output {
    logistic: false,
    slope: 1.0,
    offset: 0.0,
};
/// The sum is a logit.
const LOGISTIC: Output = Output {
    logistic: true,
    ..AS_IT_IS
};

/// Reads a model of LightGBM (text or JSON), XGBoost (JSON or UBJSON) or ONNX. Which of them it is, its bytes tell.
pub fn read(bytes: &[u8], progress: Progress) -> Result<Trained, ConvertError> {
    if bytes.starts_with(b"tree\n") || bytes.starts_with(b"tree\r\n") {
        let text = str::from_utf8(bytes)
            .map_err(|error| ConvertError::new("LightGBM text", error.to_string()))?;
        return lightgbm::read_text(text, progress);
    }
    // In UBJSON a member's name begins with the type of its length, in JSON with a quotation mark.
    if let [b'{', b'L' | b'l' | b'I' | b'i' | b'U', ..] = bytes {
        return xgboost::read(&ubjson::parse(bytes)?, "XGBoost UBJSON", progress);
    }
    if bytes.trim_ascii_start().starts_with(b"{") {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| ConvertError::new("JSON", error.to_string()))?;
        if value.get("learner").is_some() {
            return xgboost::read(&value, "XGBoost JSON", progress);
        }
        if value.get("tree_info").is_some() {
            return lightgbm::read_json(&value, progress);
        }
        return fail(
            "JSON",
            "it has neither `learner`, as XGBoost's `save_model` writes, nor `tree_info`, as LightGBM's `dump_model` \
             gives",
        );
    }
    // The first field of an ONNX model is its `ir_version`.
    if bytes.first() == Some(&8) {
        return onnx::read(bytes, progress);
    }
    fail(
        "the file",
        "its beginning is that of no format that can be read: LightGBM text or JSON, XGBoost JSON or UBJSON, ONNX",
    )
}
