//! LightGBM's models: the text that `save_model` writes, and the JSON of `dump_model`.
//!
//! How a value is compared is in its `Tree::NumericalDecision`: NaN is 0 unless NaN is what counts as missing, and 0
//! is missing where `zero_as_missing` was set.

use super::error::{ConvertError, fail};
use super::threshold::at_most;
use super::trees::{Node, What, forest};
use super::{AS_IT_IS, LOGISTIC, Progress, Trained};
use crate::infer::Output;
use serde_json::Value;
use std::collections::HashMap;

/// What is said about the whole model.
struct Head<'a> {
    format: &'static str,
    objective: &'a str,
    names: Vec<String>,
    columns: usize,
    classes: usize,
    average: bool,
}

/// Which values count as missing.
#[derive(Clone, Copy, PartialEq)]
enum MissingType {
    None,
    Zero,
    Nan,
}

pub(super) fn read_text(text: &str, progress: Progress) -> Result<Trained, ConvertError> {
    const PLACE: &str = "LightGBM text";
    let mut sections = text.split("\nTree=");
    let head_text = sections.next().unwrap_or("");
    let head = pairs(head_text);
    let member = |name: &str| {
        head.get(name).copied().ok_or_else(|| {
            ConvertError::new(PLACE, format!("`{name}=` is missing before the first tree"))
        })
    };
    let number = |name: &str| {
        let text = member(name)?;
        text.parse::<usize>()
            .map_err(|_| ConvertError::new(PLACE, format!("`{name}={text}` is not a number")))
    };
    let head = Head {
        format: PLACE,
        objective: head.get("objective").copied().unwrap_or(""),
        names: member("feature_names")?
            .split(' ')
            .map(str::to_owned)
            .collect(),
        columns: number("max_feature_idx")? + 1,
        classes: number("num_tree_per_iteration")?,
        average: head_text
            .lines()
            .any(|line| line.trim() == "average_output"),
    };
    let sections: Vec<&str> = sections.collect();
    let all = sections.len();
    let mut trees = Vec::with_capacity(all);
    for (tree, section) in sections.into_iter().enumerate() {
        progress("trees", tree + 1, all);
        // Behind the last tree come its end mark, importances and parameters.
        let section = section.split("\nend of trees").next().unwrap_or("");
        trees.push(text_tree(section).map_err(|what| ConvertError::new(place(tree), what))?);
    }
    finish(&head, trees)
}

fn place(tree: usize) -> String {
    format!("LightGBM tree {tree}")
}

fn pairs(text: &str) -> HashMap<&str, &str> {
    text.lines()
        .filter_map(|line| line.trim_end().split_once('='))
        .collect()
}

fn text_tree(section: &str) -> Result<Vec<Node>, String> {
    let members = pairs(section);
    let list = |name: &str| -> Result<Vec<f64>, String> {
        let text = members.get(name).copied().unwrap_or("");
        text.split_ascii_whitespace()
            .map(|word| {
                word.parse()
                    .map_err(|_| format!("`{name}` has {word:?} where a number must be"))
            })
            .collect()
    };
    if members.get("is_linear").is_some_and(|flag| *flag != "0") {
        return Err("linear trees (`linear_tree`) are not supported; train without them".into());
    }
    let values = list("leaf_value")?;
    let leaf_counts = list("leaf_count")?;
    if values.len() == 1 {
        return Ok(vec![Node {
            what: What::Leaf(values[0]),
            cover: 1.0,
        }]);
    }
    let [columns, thresholds, kinds, left, right, counts] = [
        list("split_feature")?,
        list("threshold")?,
        list("decision_type")?,
        list("left_child")?,
        list("right_child")?,
        list("internal_count")?,
    ];
    let splits = columns.len();
    let lengths = [thresholds.len(), kinds.len(), left.len(), right.len()];
    if values.len() != splits + 1 || lengths.iter().any(|length| *length != splits) {
        return Err(format!(
            "its lists do not fit: {splits} splits, {} leaves",
            values.len()
        ));
    }
    // A child below 0 is a leaf: -1 the first, -2 the second.
    let child = |child: f64| {
        if child < 0.0 {
            splits + (-child) as usize - 1
        } else {
            child as usize
        }
    };
    let cover = |counts: &[f64], at: usize| counts.get(at).copied().unwrap_or(0.0);
    let mut nodes = Vec::with_capacity(2 * splits + 1);
    for at in 0..splits {
        let kind = kinds[at] as u32;
        if kind & 1 != 0 {
            return Err(categorical(at, columns[at] as usize));
        }
        let missing = match kind >> 2 & 3 {
            0 => MissingType::None,
            1 => MissingType::Zero,
            2 => MissingType::Nan,
            other => {
                return Err(format!(
                    "split {at} has missing type {other}, which is not known"
                ));
            }
        };
        let what = split(
            columns[at] as usize,
            thresholds[at],
            missing,
            kind & 2 != 0,
            child(left[at]),
            child(right[at]),
        );
        nodes.push(Node {
            what,
            cover: cover(&counts, at),
        });
    }
    for (leaf, value) in values.iter().enumerate() {
        nodes.push(Node {
            what: What::Leaf(*value),
            cover: cover(&leaf_counts, leaf),
        });
    }
    Ok(nodes)
}

fn categorical(split: usize, column: usize) -> String {
    format!(
        "split {split} is on column {column} as a categorical feature, which is not supported; \
         train on a feature of kind `oneHot` instead"
    )
}

fn split(
    column: usize,
    threshold: f64,
    missing: MissingType,
    left: bool,
    first: usize,
    second: usize,
) -> What {
    let missing_left = match missing {
        // Then NaN is 0.
        MissingType::None => 0.0 <= threshold,
        _ => left,
    };
    What::Split {
        column,
        threshold: at_most(threshold),
        missing_left,
        zero_missing: missing == MissingType::Zero,
        left: first,
        right: second,
    }
}

pub(super) fn read_json(model: &Value, progress: Progress) -> Result<Trained, ConvertError> {
    const PLACE: &str = "LightGBM JSON";
    let number = |name: &str| {
        model[name]
            .as_u64()
            .map(|number| number as usize)
            .ok_or_else(|| ConvertError::new(PLACE, format!("`{name}` is missing or not a number")))
    };
    let names = model["feature_names"].as_array().into_iter().flatten();
    let head = Head {
        format: PLACE,
        objective: model["objective"].as_str().unwrap_or(""),
        names: names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        columns: number("max_feature_idx")? + 1,
        classes: number("num_tree_per_iteration")?,
        average: model["average_output"].as_bool().unwrap_or(false),
    };
    let infos = model["tree_info"].as_array().map_or(&[][..], |infos| infos);
    let mut trees = Vec::with_capacity(infos.len());
    for (tree, info) in infos.iter().enumerate() {
        progress("trees", tree + 1, infos.len());
        let mut nodes = Vec::new();
        json_node(&info["tree_structure"], &mut nodes)
            .map_err(|what| ConvertError::new(place(tree), what))?;
        trees.push(nodes);
    }
    finish(&head, trees)
}

/// Adds a node and all below it; its place.
fn json_node(node: &Value, nodes: &mut Vec<Node>) -> Result<usize, String> {
    let at = nodes.len();
    let number = |name: &str| node[name].as_f64();
    if let Some(value) = number("leaf_value") {
        if !node["leaf_coeff"].is_null() {
            return Err(
                "linear trees (`linear_tree`) are not supported; train without them".into(),
            );
        }
        // A tree of one leaf does not say how many rows it saw.
        let cover = number("leaf_count").unwrap_or(if at == 0 { 1.0 } else { 0.0 });
        nodes.push(Node {
            what: What::Leaf(value),
            cover: if at == 0 { cover.max(1.0) } else { cover },
        });
        return Ok(at);
    }
    let index = node["split_index"].as_u64().unwrap_or(at as u64) as usize;
    let needed = |name: &str| number(name).ok_or_else(|| format!("split {index} has no `{name}`"));
    let column = needed("split_feature")? as usize;
    if node["decision_type"] == "==" {
        return Err(categorical(index, column));
    }
    let missing = match node["missing_type"].as_str() {
        Some("None") => MissingType::None,
        Some("Zero") => MissingType::Zero,
        Some("NaN") => MissingType::Nan,
        other => {
            return Err(format!(
                "split {index} has missing type {other:?}, which is not known"
            ));
        }
    };
    let left = node["default_left"].as_bool().unwrap_or(false);
    let (threshold, cover) = (
        needed("threshold")?,
        number("internal_count").unwrap_or(0.0),
    );
    nodes.push(Node {
        what: What::Leaf(0.0),
        cover,
    });
    let first = json_node(&node["left_child"], nodes)?;
    let second = json_node(&node["right_child"], nodes)?;
    nodes[at].what = split(column, threshold, missing, left, first, second);
    Ok(at)
}

fn finish(head: &Head, mut trees: Vec<Vec<Node>>) -> Result<Trained, ConvertError> {
    if head.classes != 1 {
        return fail(
            head.format,
            format!(
                "it has {} classes; only models with one output rank",
                head.classes
            ),
        );
    }
    let output = output(head.objective).map_err(|what| ConvertError::new(head.format, what))?;
    if head.average {
        let count = trees.len() as f64;
        for node in trees.iter_mut().flatten() {
            if let What::Leaf(value) = &mut node.what {
                *value /= count;
            }
        }
    }
    Ok(Trained {
        format: head.format,
        names: head.names.clone(),
        model: forest(0.0, head.columns, &trees, place)?,
        output,
    })
}

/// An objective is its name and parameters, as `binary sigmoid:1`.
fn output(objective: &str) -> Result<Output, String> {
    let mut words = objective.split(' ');
    let name = words.next().unwrap_or("");
    let parameters: Vec<&str> = words.collect();
    match name {
        // `regression` with `reg_sqrt` gives roots.
        _ if parameters.contains(&"sqrt") => {
            Err("`reg_sqrt` is not supported; train on the roots themselves".into())
        }
        "binary" | "cross_entropy" | "xentropy" => {
            let slope = parameters
                .iter()
                .find_map(|parameter| parameter.strip_prefix("sigmoid:")?.parse().ok())
                .unwrap_or(1.0);
            Ok(Output { slope, ..LOGISTIC })
        }
        "regression" | "regression_l1" | "huber" | "fair" | "quantile" | "mape" | "lambdarank"
        | "rank_xendcg" | "" => Ok(AS_IT_IS),
        other => Err(format!(
            "objective `{other}` is not supported; there are binary, cross_entropy, regression and its kin, \
             lambdarank and rank_xendcg"
        )),
    }
}
