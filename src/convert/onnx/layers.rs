//! A chain of dense layers on the way to a score, in double precision until it is finished.

use super::super::{AS_IT_IS, LOGISTIC, Trained};
use super::Tensor;
use crate::infer::{Activation, Layer, Linear, Mlp, Model};

/// Features, scaled, and what layers make of them.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// How many features there are; unknown until something tells.
    columns: Option<usize>,
    /// Of the features, before any layer.
    pub(super) scaling: Option<Scaling>,
    layers: Vec<Dense>,
}

/// `(feature - offset) · scale` for each feature.
#[derive(Clone, Debug)]
pub(super) struct Scaling {
    pub(super) offset: Vec<f64>,
    pub(super) scale: Vec<f64>,
}

/// `activation(input · weights + bias)`.
#[derive(Clone, Debug)]
struct Dense {
    /// For each unit a weight for each input.
    weights: Vec<Vec<f64>>,
    bias: Vec<f64>,
    activation: Activation,
}

/// A list of one stands for all.
fn spread(list: &[f64], count: usize) -> Result<Vec<f64>, String> {
    match list.len() {
        1 => Ok(vec![list[0]; count]),
        length if length == count => Ok(list.to_vec()),
        length => Err(format!(
            "a constant has {length} values where there are {count} columns"
        )),
    }
}

impl Chain {
    pub(super) fn features(columns: Option<usize>) -> Chain {
        Chain {
            columns,
            scaling: None,
            layers: Vec::new(),
        }
    }

    /// How many columns there are at the end.
    pub(super) fn width(&self) -> Option<usize> {
        self.layers
            .last()
            .map(|layer| layer.bias.len())
            .or(self.columns)
    }

    /// Refuses layers, for models that can only come first.
    pub(super) fn only_features(&self) -> Result<(), String> {
        if self.layers.is_empty() {
            Ok(())
        } else {
            Err("it may not come after layers".into())
        }
    }

    pub(super) fn scaled(&self, offset: &[f64], scale: &[f64]) -> Result<Chain, String> {
        self.only_features()?;
        if self.scaling.is_some() {
            return Err("features are scaled twice; scale them once".into());
        }
        let count = self.columns.unwrap_or(offset.len().max(scale.len()));
        let scaling = Scaling {
            offset: spread(offset, count)?,
            scale: spread(scale, count)?,
        };
        Ok(Chain {
            columns: Some(count),
            scaling: Some(scaling),
            layers: Vec::new(),
        })
    }

    /// `· factor + summand`.
    pub(super) fn affine(&self, factor: &[f64], summand: &[f64]) -> Result<Chain, String> {
        let mut chain = self.clone();
        let Some(last) = chain.layers.last_mut() else {
            // (x - offset) · scale · factor + summand = (x - (offset - summand / (scale · factor))) · scale · factor
            let count = self.columns.unwrap_or(factor.len().max(summand.len()));
            let [factor, summand] = [spread(factor, count)?, spread(summand, count)?];
            let scaling = chain.scaling.get_or_insert_with(|| Scaling {
                offset: vec![0.0; count],
                scale: vec![1.0; count],
            });
            for column in 0..count {
                scaling.scale[column] *= factor[column];
                if summand[column] != 0.0 {
                    scaling.offset[column] -= summand[column] / scaling.scale[column];
                }
            }
            chain.columns = Some(count);
            return Ok(chain);
        };
        if last.activation != Activation::Identity {
            return Err("it changes what an activation gave, which is not supported".into());
        }
        let count = last.bias.len();
        let [factor, summand] = [spread(factor, count)?, spread(summand, count)?];
        for unit in 0..count {
            for weight in &mut last.weights[unit] {
                *weight *= factor[unit];
            }
            last.bias[unit] = last.bias[unit] * factor[unit] + summand[unit];
        }
        Ok(chain)
    }

    /// A dense layer with these weights: inputs × units, or turned over.
    pub(super) fn product(&self, matrix: &Tensor, turned: bool) -> Result<Chain, String> {
        let [rows, columns] = matrix.shape[..] else {
            return Err(format!(
                "its constant has {} dimensions instead of 2",
                matrix.shape.len()
            ));
        };
        let (inputs, units) = if turned {
            (columns, rows)
        } else {
            (rows, columns)
        };
        if inputs.checked_mul(units) != Some(matrix.values.len())
            || self.width().is_some_and(|width| width != inputs)
        {
            return Err(format!(
                "its constant of {rows} × {columns} does not fit what goes in"
            ));
        }
        let weight = |input: usize, unit: usize| {
            matrix.values[if turned {
                unit * inputs + input
            } else {
                input * units + unit
            }]
        };
        let weights = (0..units).map(|unit| (0..inputs).map(|input| weight(input, unit)).collect());
        let mut layer = Dense {
            weights: weights.collect(),
            bias: vec![0.0; units],
            activation: Activation::Identity,
        };
        let mut chain = self.clone();
        chain.columns.get_or_insert(inputs);
        if let Some(scaling) = chain.scaling.take() {
            layer.take_in(&scaling);
        }
        chain.layers.push(layer);
        Ok(chain)
    }

    pub(super) fn activated(&self, activation: Activation) -> Result<Chain, String> {
        let mut chain = self.clone();
        match chain.layers.last_mut() {
            Some(last) if last.activation == Activation::Identity => last.activation = activation,
            _ => return Err("it must come right after a dense layer".into()),
        }
        Ok(chain)
    }

    /// Of two classes' sums the difference, whose logistic function is what a softmax gives the second.
    pub(super) fn second_of_two(&self) -> Result<Chain, String> {
        let mut chain = self.clone();
        match chain.layers.last_mut() {
            Some(last) if last.bias.len() == 2 && last.activation == Activation::Identity => {
                let difference = last.weights[1]
                    .iter()
                    .zip(&last.weights[0])
                    .map(|(second, first)| second - first);
                last.weights = vec![difference.collect()];
                last.bias = vec![last.bias[1] - last.bias[0]];
            }
            _ => return Err("it must come right after a dense layer with two units".into()),
        }
        Ok(chain)
    }

    pub(super) fn finish(&self, logistic: bool) -> Result<Trained, String> {
        let output = if logistic { LOGISTIC } else { AS_IT_IS };
        let model = match &self.layers[..] {
            [] => return Err("its output is a feature, no score".into()),
            [only] if only.activation == Activation::Identity && only.bias.len() == 1 => {
                Linear::new(only.bias[0], only.weights[0].clone()).map(Model::Linear)
            }
            layers => {
                let single = |list: &[f64]| {
                    list.iter()
                        .map(|number| *number as f32)
                        .collect::<Vec<f32>>()
                };
                let layers = layers.iter().map(|layer| Layer {
                    weights: single(&layer.weights.concat()),
                    biases: single(&layer.bias),
                    activation: layer.activation,
                });
                Mlp::new(self.columns.unwrap_or(0), layers.collect()).map(Model::Mlp)
            }
        };
        let what = "its layers end in more than one unit, have more than 4,096, or a number that is not finite";
        Ok(Trained {
            format: "ONNX",
            names: Vec::new(),
            model: model.ok_or(what)?,
            output,
        })
    }

    /// A linear model on the features.
    pub(super) fn linear(
        &self,
        weights: Vec<f64>,
        bias: f64,
        logistic: bool,
    ) -> Result<Trained, String> {
        self.only_features()?;
        let matrix = Tensor {
            shape: vec![weights.len(), 1],
            values: weights,
        };
        self.product(&matrix, false)?
            .affine(&[1.0], &[bias])?
            .finish(logistic)
    }
}

impl Dense {
    /// As if the features were not scaled.
    fn take_in(&mut self, scaling: &Scaling) {
        for (weights, bias) in self.weights.iter_mut().zip(&mut self.bias) {
            for (column, weight) in weights.iter_mut().enumerate() {
                *weight *= scaling.scale[column];
                *bias -= *weight * scaling.offset[column];
            }
        }
    }
}
