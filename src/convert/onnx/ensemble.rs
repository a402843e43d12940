//! `TreeEnsembleClassifier` and `TreeEnsembleRegressor` of ai.onnx.ml, versions 1 and 3.

use super::super::threshold::{at_most, before_scaling, below};
use super::super::trees::{Node as TreeNode, What, forest};
use super::super::{AS_IT_IS, LOGISTIC, Trained};
use super::layers::Scaling;
use super::{Chain, Node};
use std::collections::HashMap;

pub(super) fn read(node: &Node, chain: &Chain, classifier: bool) -> Result<Trained, String> {
    chain.only_features()?;
    let trees = Trees::read(node, if classifier { "class" } else { "target" })?;
    let base = node.list("base_values");
    let (score, output) = if classifier {
        let classes = node.classes();
        if classes > 2 {
            return Err(format!(
                "it has {classes} classes; only models with one output rank"
            ));
        }
        let both = trees
            .weights
            .iter()
            .any(|weight| weight.of != trees.weights[0].of);
        // Weights of one class alone are those of the second, whatever its id.
        let of = |weight: &Weight| match (both, weight.of) {
            (false, _) | (true, 1) => weight.value,
            _ => 0.0,
        };
        let base_of = |class: usize| base.get(class).copied().unwrap_or(0.0);
        let base_of_second = if base.len() > 1 {
            base_of(1)
        } else {
            base_of(0)
        };
        match node.text("post_transform") {
            "LOGISTIC" => (trees.lower(chain, of, base_of_second, 1.0)?, LOGISTIC),
            "NONE" | "" => (trees.lower(chain, of, base_of_second, 1.0)?, AS_IT_IS),
            "SOFTMAX" if both => {
                let difference = |weight: &Weight| {
                    if weight.of == 1 {
                        weight.value
                    } else {
                        -weight.value
                    }
                };
                (
                    trees.lower(chain, difference, base_of(1) - base_of(0), 1.0)?,
                    LOGISTIC,
                )
            }
            other => return Err(format!("post_transform {other} is not supported")),
        }
    } else {
        let targets = node
            .attribute("n_targets")
            .map_or(1, |targets| targets.integer);
        if targets != 1 {
            return Err(format!(
                "it has {targets} targets; only models with one output rank"
            ));
        }
        let factor = match node.text("aggregate_function") {
            "SUM" | "" => 1.0,
            "AVERAGE" => 1.0 / trees.count() as f64,
            other => return Err(format!("aggregate_function {other} is not supported")),
        };
        match node.text("post_transform") {
            "NONE" | "" => {}
            other => return Err(format!("post_transform {other} is not supported")),
        }
        let base = base.first().copied().unwrap_or(0.0);
        (
            trees.lower(chain, |weight| weight.value, base, factor)?,
            AS_IT_IS,
        )
    };
    Ok(Trained {
        format: "ONNX",
        names: Vec::new(),
        model: score,
        output,
    })
}

/// What a leaf adds to a class or target.
struct Weight {
    leaf: (i64, i64),
    of: i64,
    value: f64,
}

/// The lists of a node, an element for each node of a tree.
struct Trees<'a> {
    trees: &'a [i64],
    ids: &'a [i64],
    columns: &'a [i64],
    modes: &'a [String],
    yes: &'a [i64],
    no: &'a [i64],
    missing_yes: &'a [i64],
    thresholds: Vec<f64>,
    weights: Vec<Weight>,
}

impl<'a> Trees<'a> {
    fn read(node: &'a Node, kind: &str) -> Result<Trees<'a>, String> {
        let list = |name: &str| node.integers(&format!("{kind}_{name}"));
        let values = node.list(&format!("{kind}_weights"));
        let (trees, leaves, ids) = (list("treeids"), list("nodeids"), list("ids"));
        if values.is_empty()
            || [trees.len(), leaves.len(), ids.len()]
                .iter()
                .any(|length| *length != values.len())
        {
            return Err(format!("its lists `{kind}_…` are empty or do not fit"));
        }
        let weights = values.into_iter().enumerate().map(|(at, value)| Weight {
            leaf: (trees[at], leaves[at]),
            of: ids[at],
            value,
        });
        let read = Trees {
            trees: node.integers("nodes_treeids"),
            ids: node.integers("nodes_nodeids"),
            columns: node.integers("nodes_featureids"),
            modes: node
                .attribute("nodes_modes")
                .map_or(&[], |modes| &modes.texts),
            yes: node.integers("nodes_truenodeids"),
            no: node.integers("nodes_falsenodeids"),
            missing_yes: node.integers("nodes_missing_value_tracks_true"),
            thresholds: node.list("nodes_values"),
            weights: weights.collect(),
        };
        let lengths = [
            read.ids.len(),
            read.columns.len(),
            read.modes.len(),
            read.yes.len(),
            read.no.len(),
            read.thresholds.len(),
        ];
        if read.trees.is_empty() || lengths.iter().any(|length| *length != read.trees.len()) {
            return Err("its lists `nodes_…` are empty or do not fit".into());
        }
        Ok(read)
    }

    fn count(&self) -> usize {
        self.trees.chunk_by(|one, next| one == next).count()
    }

    fn lower(
        &self,
        chain: &Chain,
        weight: impl Fn(&Weight) -> f64,
        base: f64,
        factor: f64,
    ) -> Result<crate::infer::Model, String> {
        let mut leaves: HashMap<(i64, i64), f64> = HashMap::new();
        for one in &self.weights {
            *leaves.entry(one.leaf).or_default() += weight(one) * factor;
        }
        let greatest = self
            .columns
            .iter()
            .max()
            .map_or(0, |column| *column as usize + 1);
        let columns = chain.width().unwrap_or(greatest);
        let mut trees = Vec::new();
        let mut start = 0;
        for of_tree in self.trees.chunk_by(|one, next| one == next) {
            let range = start..start + of_tree.len();
            start = range.end;
            let places: HashMap<i64, usize> = range
                .clone()
                .enumerate()
                .map(|(place, at)| (self.ids[at], place))
                .collect();
            if places.get(&0).is_some_and(|place| *place != 0) {
                return Err(format!("tree {} does not begin with its root", of_tree[0]));
            }
            let nodes = range.map(|at| {
                self.node(at, &places, &leaves, chain.scaling.as_ref())
                    .map_err(|what| format!("tree {}, node {}: {what}", of_tree[0], self.ids[at]))
            });
            trees.push(nodes.collect::<Result<Vec<TreeNode>, String>>()?);
        }
        forest(base, columns, &trees, |tree| format!("tree {tree}"))
            .map_err(|error| error.to_string())
    }

    fn node(
        &self,
        at: usize,
        places: &HashMap<i64, usize>,
        leaves: &HashMap<(i64, i64), f64>,
        scaling: Option<&Scaling>,
    ) -> Result<TreeNode, String> {
        // How many rows came by, ONNX does not say: `nodes_hitrates` is 1 everywhere in what libraries export.
        let cover = 0.0;
        let threshold = self.thresholds[at] as f32;
        let (threshold, mut yes_is_left) = match &*self.modes[at] {
            "LEAF" => {
                let value = leaves
                    .get(&(self.trees[at], self.ids[at]))
                    .copied()
                    .unwrap_or(0.0);
                return Ok(TreeNode {
                    what: What::Leaf(value),
                    cover,
                });
            }
            "BRANCH_LEQ" => (at_most(self.thresholds[at]), true),
            "BRANCH_LT" => (below(threshold), true),
            "BRANCH_GT" => (at_most(self.thresholds[at]), false),
            "BRANCH_GTE" => (below(threshold), false),
            other => return Err(format!("mode {other} is not supported")),
        };
        let child = |id: i64| {
            places
                .get(&id)
                .copied()
                .ok_or(format!("links to node {id}, which is not there"))
        };
        let column = usize::try_from(self.columns[at]).map_err(|_| "its column is negative")?;
        let missing_yes = self.missing_yes.get(at).is_some_and(|flag| *flag != 0);
        let threshold = match scaling {
            None => threshold,
            Some(scaling) => {
                let of = |list: &[f64]| {
                    list.get(column)
                        .map(|number| *number as f32)
                        .ok_or("its column is not scaled")
                };
                let (offset, scale) = (of(&scaling.offset)?, of(&scaling.scale)?);
                // Scaling by less than 0 turns the order round: what was not above is then not below.
                if scale > 0.0 {
                    before_scaling(threshold, offset, scale).unwrap_or(f32::NEG_INFINITY)
                } else if scale < 0.0 {
                    yes_is_left = !yes_is_left;
                    let turned = before_scaling((-threshold).next_down(), offset, -scale);
                    turned.unwrap_or(f32::NEG_INFINITY)
                } else {
                    return Err("its column is scaled by 0".into());
                }
            }
        };
        let (yes, no) = (child(self.yes[at])?, child(self.no[at])?);
        let (left, right) = if yes_is_left { (yes, no) } else { (no, yes) };
        let what = What::Split {
            column,
            threshold,
            missing_left: missing_yes == yes_is_left,
            zero_missing: false,
            left,
            right,
        };
        Ok(TreeNode { what, cover })
    }
}
