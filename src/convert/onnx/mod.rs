//! ONNX models with what scikit-learn and small networks are exported to: linear models, tree ensembles, scalers, and
//! chains of dense layers.
//!
//! The graph is walked in its order. On the way from the features to the score every node must be understood; what
//! comes after the score (choosing a label, giving both classes' probabilities) is known by name and left out. Any
//! other node is refused.

mod ensemble;
mod graph;
mod layers;
mod linear;
mod wire;

use super::error::ConvertError;
use super::{Progress, Trained};
use graph::{Attribute, Graph, Node, Tensor};
use layers::Chain;
use std::collections::HashMap;

/// What stands behind a name in the graph.
#[derive(Clone, Debug)]
enum Known {
    /// Features, or what layers made of them.
    Chain(Chain),
    /// The score, or what is made of it.
    Score,
}

/// Nodes that make labels and probabilities of the other class out of a score.
const AFTER_THE_SCORE: [&str; 14] = [
    "ArgMax",
    "ArrayFeatureExtractor",
    "Binarizer",
    "Cast",
    "Concat",
    "Flatten",
    "Identity",
    "LabelEncoder",
    "Mul",
    "Normalizer",
    "Reshape",
    "Sub",
    "ZipMap",
    "Squeeze",
];

pub(super) fn read(bytes: &[u8], progress: Progress) -> Result<Trained, ConvertError> {
    let graph = Graph::read(bytes).map_err(|what| ConvertError::new("ONNX", what))?;
    let [(input, width)] = &graph.inputs[..] else {
        return super::fail(
            "ONNX graph",
            format!(
                "it has {} inputs; export it with one matrix of features",
                graph.inputs.len()
            ),
        );
    };
    let mut known = HashMap::from([(input.as_str(), Known::Chain(Chain::features(*width)))]);
    let mut score = None;
    for (at, node) in graph.nodes.iter().enumerate() {
        progress("nodes", at + 1, graph.nodes.len());
        let place = || {
            format!(
                "ONNX node {} of {}, `{}` ({})",
                at + 1,
                graph.nodes.len(),
                node.name,
                node.operator
            )
        };
        let values: Vec<&Known> = node
            .inputs
            .iter()
            .filter_map(|name| known.get(name.as_str()))
            .collect();
        let result = match values[..] {
            [Known::Chain(chain)] => step(node, chain, &graph.constants),
            // Of constants alone nothing is made that a score needs.
            [] => Err("it has no input that comes from the features".to_owned()),
            _ if values.iter().all(|value| matches!(value, Known::Score))
                && is_after_the_score(node) =>
            {
                Ok(Step::On(Known::Score))
            }
            _ => Err(unsupported(node)),
        };
        let next = match result.map_err(|what| ConvertError::new(place(), what))? {
            Step::On(next) => next,
            Step::Score(trained) => {
                score = Some(*trained);
                Known::Score
            }
        };
        for output in &node.outputs {
            known.insert(output, next.clone());
        }
    }
    if score.is_none() {
        // A network for regression has no node that ends it.
        let ends = graph
            .outputs
            .iter()
            .filter_map(|name| known.get(name.as_str()));
        for end in ends {
            if let Known::Chain(chain) = end {
                score = Some(
                    chain
                        .finish(false)
                        .map_err(|what| ConvertError::new("ONNX graph", what))?,
                );
            }
        }
    }
    score.ok_or_else(|| ConvertError::new("ONNX graph", "none of its outputs is a score"))
}

enum Step {
    On(Known),
    Score(Box<Trained>),
}

fn is_after_the_score(node: &Node) -> bool {
    AFTER_THE_SCORE.contains(&&*node.operator)
}

fn unsupported(node: &Node) -> String {
    format!(
        "operator {} is not supported here; there are LinearClassifier, LinearRegressor, TreeEnsembleClassifier, \
         TreeEnsembleRegressor, Scaler, MatMul, Gemm, Add, Sub, Mul, Div, Relu, Tanh, Sigmoid and Softmax",
        node.operator
    )
}

/// What a node makes of features or layers.
fn step(node: &Node, chain: &Chain, constants: &HashMap<String, Tensor>) -> Result<Step, String> {
    let constant = |place: usize| {
        let name = node.inputs.get(place)?;
        constants.get(name)
    };
    let on = |chain: Chain| Ok(Step::On(Known::Chain(chain)));
    let score = |trained: Trained| Ok(Step::Score(Box::new(trained)));
    match &*node.operator {
        // The batch's shape and the numbers' type do not matter here.
        "Identity" | "Cast" | "Dropout" | "Reshape" | "Flatten" | "Squeeze" => on(chain.clone()),
        "Scaler" => on(chain.scaled(&node.list("offset"), &node.list("scale"))?),
        "LinearClassifier" => score(linear::classifier(node, chain)?),
        "LinearRegressor" => score(linear::regressor(node, chain)?),
        "TreeEnsembleClassifier" => score(ensemble::read(node, chain, true)?),
        "TreeEnsembleRegressor" => score(ensemble::read(node, chain, false)?),
        "MatMul" => on(chain.product(
            constant(1).ok_or("its second input must be a constant")?,
            false,
        )?),
        "Gemm" => {
            let factor = |name: &str| {
                node.attributes
                    .get(name)
                    .map_or(1.0, |factor| f64::from(factor.float))
            };
            if node.integer("transA") != 0 {
                return Err("`transA` is not supported".into());
            }
            let weights = constant(1).ok_or("its second input must be a constant")?;
            let weights = Tensor {
                shape: weights.shape.clone(),
                values: weights
                    .values
                    .iter()
                    .map(|weight| weight * factor("alpha"))
                    .collect(),
            };
            let product = chain.product(&weights, node.integer("transB") != 0)?;
            on(match constant(2) {
                None => product,
                Some(bias) => {
                    let bias: Vec<f64> = bias
                        .values
                        .iter()
                        .map(|bias| bias * factor("beta"))
                        .collect();
                    product.affine(&[1.0], &bias)?
                }
            })
        }
        "Add" | "Sub" | "Mul" | "Div" => {
            let operand = match (constant(0), constant(1)) {
                (None, Some(operand)) => &operand.values,
                (Some(operand), None) if node.operator == "Add" || node.operator == "Mul" => {
                    &operand.values
                }
                _ => {
                    return Err(
                        "one of its inputs must be a constant, the second one of Sub and Div"
                            .into(),
                    );
                }
            };
            let each = |change: fn(f64) -> f64| -> Vec<f64> {
                operand.iter().copied().map(change).collect()
            };
            on(match &*node.operator {
                "Add" => chain.affine(&[1.0], operand)?,
                "Sub" => chain.affine(&[1.0], &each(|x| -x))?,
                "Mul" => chain.affine(operand, &[0.0])?,
                _ => chain.affine(&each(|x| 1.0 / x), &[0.0])?,
            })
        }
        "Relu" => on(chain.activated(crate::infer::Activation::Relu)?),
        "Tanh" => on(chain.activated(crate::infer::Activation::Tanh)?),
        "Sigmoid" if chain.width() == Some(1) => score(chain.finish(true)?),
        "Sigmoid" => on(chain.activated(crate::infer::Activation::Sigmoid)?),
        "Softmax" => score(chain.second_of_two()?.finish(true)?),
        _ => Err(unsupported(node)),
    }
}

impl Node {
    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.get(name)
    }

    fn integer(&self, name: &str) -> i64 {
        self.attribute(name)
            .map_or(0, |attribute| attribute.integer)
    }

    fn text(&self, name: &str) -> &str {
        self.attribute(name).map_or("", |attribute| &attribute.text)
    }

    fn integers(&self, name: &str) -> &[i64] {
        self.attribute(name)
            .map_or(&[], |attribute| &attribute.integers)
    }

    /// Numbers, also where they come as a tensor in double precision.
    fn list(&self, name: &str) -> Vec<f64> {
        let tensor = self
            .attribute(&format!("{name}_as_tensor"))
            .and_then(|attribute| attribute.tensor.as_ref());
        match (self.attribute(name), tensor) {
            (Some(attribute), _) => attribute.floats.clone(),
            (None, Some(tensor)) => tensor.values.clone(),
            _ => Vec::new(),
        }
    }

    fn classes(&self) -> usize {
        let texts = |name| {
            self.attribute(name)
                .map_or(0, |attribute| attribute.texts.len())
        };
        let integers = |name| self.integers(name).len();
        ["classlabels_ints", "classlabels_int64s"]
            .into_iter()
            .map(integers)
            .max()
            .unwrap_or(0)
            + texts("classlabels_strings")
    }
}
