//! XGBoost's models: the JSON and UBJSON of `save_model`.
//!
//! A value goes to the left where it is below the threshold, a missing one where `default_left` says so. The base
//! score is what the objective gives, not its sum, and a list of one since version 3.

use super::error::{ConvertError, fail};
use super::threshold::below;
use super::trees::{Node, What, forest};
use super::{AS_IT_IS, LOGISTIC, Progress, Trained};
use serde_json::Value;

pub(super) fn read(
    model: &Value,
    format: &'static str,
    progress: Progress,
) -> Result<Trained, ConvertError> {
    let learner = &model["learner"];
    let booster = &learner["gradient_booster"];
    match booster["name"].as_str() {
        Some("gbtree") => {}
        other => {
            return fail(
                format!("{format} learner.gradient_booster"),
                format!(
                    "booster `{}` is not supported; only gbtree is",
                    other.unwrap_or("?")
                ),
            );
        }
    }
    let parameters = &learner["learner_model_param"];
    for (name, most) in [("num_class", 1), ("num_target", 1)] {
        let count = parameters[name].as_str().unwrap_or("0");
        if count.parse::<u32>().is_ok_and(|count| count > most) {
            return fail(
                format!("{format} learner.learner_model_param.{name}"),
                format!("it is {count}; only models with one output rank"),
            );
        }
    }
    let objective = learner["objective"]["name"].as_str().unwrap_or("");
    let score = base_score(&parameters["base_score"]).ok_or_else(|| {
        ConvertError::new(
            format!("{format} learner.learner_model_param.base_score"),
            "is not one number",
        )
    })?;
    let (output, base) = match objective {
        "binary:logistic" | "reg:logistic" => (LOGISTIC, (score / (1.0 - score)).ln()),
        "binary:logitraw"
        | "reg:squarederror"
        | "reg:linear"
        | "reg:pseudohubererror"
        | "reg:absoluteerror"
        | "reg:quantileerror"
        | "rank:pairwise"
        | "rank:ndcg"
        | "rank:map" => (AS_IT_IS, score),
        other => {
            return fail(
                format!("{format} learner.objective"),
                format!(
                    "objective `{other}` is not supported; there are binary:logistic, reg:squarederror, rank:ndcg \
                         and their kin"
                ),
            );
        }
    };
    let names: Vec<String> = texts(&learner["feature_names"]);
    let columns = parameters["num_feature"]
        .as_str()
        .and_then(|count| count.parse().ok())
        .unwrap_or(names.len());
    let list = booster["model"]["trees"]
        .as_array()
        .map_or(&[][..], |trees| trees);
    let place = |tree: usize| format!("{format} tree {tree}");
    let mut trees = Vec::with_capacity(list.len());
    for (at, json) in list.iter().enumerate() {
        progress("trees", at + 1, list.len());
        trees.push(tree(json).map_err(|what| ConvertError::new(place(at), what))?);
    }
    Ok(Trained {
        format,
        names,
        model: forest(base, columns, &trees, place)?,
        output,
    })
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// A text: `5E-1`, or `[5E-1]`.
fn base_score(value: &Value) -> Option<f64> {
    let text = value
        .as_str()?
        .trim_start_matches('[')
        .trim_end_matches(']');
    // As XGBoost holds it.
    text.parse::<f32>().ok().map(f64::from)
}

fn tree(json: &Value) -> Result<Vec<Node>, String> {
    let list = |name: &str| -> Result<Vec<f64>, String> {
        let values = json[name]
            .as_array()
            .ok_or_else(|| format!("`{name}` is missing"))?;
        let number = |value: &Value| {
            value
                .as_f64()
                .or_else(|| value.as_bool().map(|flag| f64::from(u8::from(flag))))
        };
        values
            .iter()
            .map(|value| {
                number(value).ok_or_else(|| format!("`{name}` has {value} where a number must be"))
            })
            .collect()
    };
    let [left, right, columns, values, missing, cover] = [
        list("left_children")?,
        list("right_children")?,
        list("split_indices")?,
        list("split_conditions")?,
        list("default_left")?,
        list("sum_hessian")?,
    ];
    let count = left.len();
    let lengths = [
        right.len(),
        columns.len(),
        values.len(),
        missing.len(),
        cover.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        return Err(format!(
            "its lists do not fit: {count} nodes, but {lengths:?} values"
        ));
    }
    if let Some(node) = list("split_type")
        .unwrap_or_default()
        .iter()
        .position(|kind| *kind != 0.0)
    {
        return Err(format!(
            "node {node} is on column {} as a categorical feature, which is not supported; train on a feature of kind \
             `oneHot` instead",
            columns[node]
        ));
    }
    if json["tree_param"]["size_leaf_vector"]
        .as_str()
        .is_some_and(|size| size != "0" && size != "1")
    {
        return Err("leaves with more than one value are not supported".into());
    }
    Ok((0..count)
        .map(|at| Node {
            cover: cover[at],
            what: if left[at] < 0.0 {
                What::Leaf(values[at])
            } else {
                What::Split {
                    column: columns[at] as usize,
                    threshold: below(values[at] as f32),
                    missing_left: missing[at] != 0.0,
                    zero_missing: false,
                    left: left[at] as usize,
                    right: right[at] as usize,
                }
            },
        })
        .collect())
}
