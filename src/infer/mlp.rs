//! Small neural networks: dense layers, one behind the other.

use super::columns::Columns;
use super::float::exp_single;
use super::lanes::Four;

/// Units of one layer at most.
const WIDEST: usize = 4096;

/// What a layer does with its sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// The greater of the sum and 0.
    Relu,
    /// The hyperbolic tangent.
    Tanh,
    /// The logistic function.
    Sigmoid,
}

impl Activation {
    pub(super) fn from_code(code: u32) -> Option<Activation> {
        Some(match code {
            0 => Activation::Identity,
            1 => Activation::Relu,
            2 => Activation::Tanh,
            3 => Activation::Sigmoid,
            _ => return None,
        })
    }

    fn apply(self, sums: &mut [Four]) {
        for sum in sums {
            *sum = match self {
                Activation::Identity => *sum,
                Activation::Relu => sum.at_least_zero(),
                Activation::Tanh => sum.map(|x| 1.0 - 2.0 / (exp_single(2.0 * x) + 1.0)),
                Activation::Sigmoid => sum.map(|x| 1.0 / (exp_single(-x) + 1.0)),
            }
        }
    }
}

/// A dense layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// For each unit one weight for each input.
    pub weights: Vec<f32>,
    /// For each unit.
    pub biases: Vec<f32>,
    /// What is done with the sums.
    pub activation: Activation,
}

/// A network with one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    inputs: usize,
    layers: Vec<Layer>,
}

impl Mlp {
    /// `None` if the layers do not fit each other, have more than 4,096 units, or end in anything but one unit.
    pub fn new(inputs: usize, layers: Vec<Layer>) -> Option<Mlp> {
        let mut width = inputs;
        for layer in &layers {
            let units = layer.biases.len();
            let numbers = layer.weights.iter().chain(&layer.biases);
            if width == 0
                || units > WIDEST
                || units.checked_mul(width)? != layer.weights.len()
                || !numbers.into_iter().all(|number| number.is_finite())
            {
                return None;
            }
            width = units;
        }
        (width == 1 && !layers.is_empty()).then_some(Mlp { inputs, layers })
    }

    /// How many columns it reads.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Its layers, from the first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    pub(super) fn margins(&self, columns: &Columns, means: &[f32], sums: &mut [f64]) {
        let mut scratch = [Vec::new(), Vec::new()];
        let mut start = 0;
        while start + 16 <= sums.len() {
            self.block::<4>(columns, means, start, sums, &mut scratch);
            start += 16;
        }
        while start < sums.len() {
            self.block::<1>(columns, means, start, sums, &mut scratch);
            start += 4;
        }
    }

    /// Takes `4 · N` rows through all layers: each weight is loaded once for all of them.
    fn block<const N: usize>(
        &self,
        columns: &Columns,
        means: &[f32],
        start: usize,
        sums: &mut [f64],
        [from, to]: &mut [Vec<Four>; 2],
    ) {
        from.clear();
        for column in 0..self.inputs {
            let mean = Four::splat(means.get(column).copied().unwrap_or(0.0));
            let values = columns.column(column).get(start..).unwrap_or(&[]);
            let fours = values.as_chunks::<4>().0;
            for at in 0..N {
                let four = fours.get(at).map_or(mean, Four::load);
                from.push(four.or_if_nan(mean));
            }
        }
        for layer in &self.layers {
            to.clear();
            let width = from.len() / N;
            for (weights, bias) in layer.weights.chunks_exact(width.max(1)).zip(&layer.biases) {
                let mut unit = [Four::splat(*bias); N];
                for (weight, values) in weights.iter().zip(from.as_chunks::<N>().0) {
                    let weight = Four::splat(*weight);
                    for (sum, value) in unit.iter_mut().zip(values) {
                        *sum = sum.plus_product(weight, *value);
                    }
                }
                layer.activation.apply(&mut unit);
                to.extend_from_slice(&unit);
            }
            core::mem::swap(from, to);
        }
        let outputs = from.iter().flat_map(|four| four.to_array());
        for (sum, output) in sums.iter_mut().skip(start).zip(outputs) {
            *sum = f64::from(output);
        }
    }
}
