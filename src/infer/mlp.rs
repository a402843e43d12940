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
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for (block, sums) in sums.chunks_mut(16).enumerate() {
            self.load(columns, means, block * 4, &mut from);
            for layer in &self.layers {
                layer.apply(&from, &mut to);
                core::mem::swap(&mut from, &mut to);
            }
            let outputs = from.iter().flatten().flat_map(|four| four.to_array());
            for (sum, output) in sums.iter_mut().zip(outputs) {
                *sum = f64::from(output);
            }
        }
    }

    /// The inputs of sixteen rows, from this four of rows on. Where there are fewer, means stand for the others.
    fn load(&self, columns: &Columns, means: &[f32], first: usize, to: &mut Vec<Sixteen>) {
        to.clear();
        for column in 0..self.inputs {
            let mean = Four::splat(means.get(column).copied().unwrap_or(0.0));
            let fours = columns.column(column).as_chunks::<4>().0;
            let four = |at: usize| {
                let four = fours.get(first + at).map_or(mean, Four::load);
                four.or_if_nan(mean)
            };
            to.push([four(0), four(1), four(2), four(3)]);
        }
    }
}

/// A value of each of sixteen rows: a weight is loaded once for all of them.
type Sixteen = [Four; 4];

impl Layer {
    fn apply(&self, from: &[Sixteen], to: &mut Vec<Sixteen>) {
        to.clear();
        for (weights, bias) in self
            .weights
            .chunks_exact(from.len().max(1))
            .zip(&self.biases)
        {
            // Written out, because a compiler that saves room would not unroll it.
            let [mut a, mut b, mut c, mut d] = [Four::splat(*bias); 4];
            for (weight, [of_a, of_b, of_c, of_d]) in weights.iter().zip(from) {
                let weight = Four::splat(*weight);
                a = a.plus_product(weight, *of_a);
                b = b.plus_product(weight, *of_b);
                c = c.plus_product(weight, *of_c);
                d = d.plus_product(weight, *of_d);
            }
            let mut unit = [a, b, c, d];
            self.activation.apply(&mut unit);
            to.push(unit);
        }
    }
}
