//! `LinearClassifier` and `LinearRegressor` of ai.onnx.ml.

use super::super::Trained;
use super::{Chain, Node};

pub(super) fn classifier(node: &Node, chain: &Chain) -> Result<Trained, String> {
    let classes = node.classes();
    let (coefficients, intercepts) = (node.list("coefficients"), node.list("intercepts"));
    if classes > 2 {
        return Err(format!(
            "it has {classes} classes; only models with one output rank"
        ));
    }
    // One set of weights is that of the second class; of two, each class has its own.
    let one = chain
        .width()
        .is_some_and(|width| width == coefficients.len());
    let half = coefficients.len() / 2;
    let intercept = |at: usize| intercepts.get(at).copied().unwrap_or(0.0);
    let second = |list: &[f64]| list[half..].to_vec();
    match node.text("post_transform") {
        "LOGISTIC" if one => chain.linear(coefficients, intercept(0), true),
        "LOGISTIC" => chain.linear(second(&coefficients), intercept(1), true),
        "NONE" | "" if one => chain.linear(coefficients, intercept(0), false),
        "NONE" | "" => chain.linear(second(&coefficients), intercept(1), false),
        "SOFTMAX" if !one => {
            let difference = coefficients[half..]
                .iter()
                .zip(&coefficients)
                .map(|(second, first)| second - first);
            chain.linear(difference.collect(), intercept(1) - intercept(0), true)
        }
        other => Err(format!("post_transform {other} is not supported")),
    }
}

pub(super) fn regressor(node: &Node, chain: &Chain) -> Result<Trained, String> {
    let targets = node
        .attribute("targets")
        .map_or(1, |targets| targets.integer);
    if targets != 1 {
        return Err(format!(
            "it has {targets} targets; only models with one output rank"
        ));
    }
    match node.text("post_transform") {
        "NONE" | "" => {}
        other => return Err(format!("post_transform {other} is not supported")),
    }
    let intercept = node.list("intercepts").first().copied().unwrap_or(0.0);
    chain.linear(node.list("coefficients"), intercept, false)
}
