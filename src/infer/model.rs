//! A model of whichever kind, and what its sums mean.

use super::columns::Columns;
use super::float::sigmoid;
use super::forest::Forest;
use super::linear::Linear;
use super::mlp::Mlp;

/// What turns features into one sum for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// A weighted sum.
    Linear(Linear),
    /// A sum of trees.
    Forest(Forest),
    /// A small neural network.
    Mlp(Mlp),
}

impl Model {
    /// How many columns it reads.
    pub fn columns(&self) -> usize {
        match self {
            Model::Linear(linear) => linear.weights.len(),
            Model::Forest(forest) => forest.columns(),
            Model::Mlp(mlp) => mlp.inputs(),
        }
    }

    /// The sum of each row, behind them those of the padding. `means` stand for what is missing, except in forests.
    pub fn margins(&self, columns: &Columns, means: &[f32], sums: &mut Vec<f64>) {
        sums.clear();
        sums.resize(columns.stride(), 0.0);
        match self {
            Model::Linear(linear) => linear.margins(columns, means, sums),
            Model::Forest(forest) => forest.margins(columns, sums),
            Model::Mlp(mlp) => mlp.margins(columns, means, sums),
        }
    }

    /// What a row's sum is expected to be, and what each column adds to that. Exact for linear models, and for
    /// forests in the sense of path-dependent TreeSHAP. `None` for networks, and for forests whose file does not say
    /// how many rows came by each node in training.
    pub fn contributions(
        &self,
        columns: &Columns,
        row: usize,
        means: &[f32],
    ) -> Option<Contributions> {
        let (base, parts) = match self {
            Model::Linear(linear) => linear.contributions(columns, row, means),
            Model::Forest(forest) => forest.contributions(columns, row)?,
            Model::Mlp(_) => return None,
        };
        Some(Contributions { base, parts })
    }
}

/// Why a row has its sum: `base` and all `parts` together are the sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// What is expected of any row.
    pub base: f64,
    /// What each column adds to that.
    pub parts: Vec<f64>,
}

/// What a sum means.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Output {
    /// Whether it is the logit of a probability, else it is the score itself.
    pub logistic: bool,
    /// Calibration: the sum is multiplied by this…
    pub slope: f64,
    /// …and this is added (Platt, *Probabilistic Outputs for Support Vector Machines*, 1999).
    pub offset: f64,
}

impl Output {
    /// The score that a sum means; `shift` is added to the calibrated sum.
    pub fn score(&self, sum: f64, shift: f64) -> f32 {
        let sum = self.slope * sum + self.offset + shift;
        if self.logistic {
            sigmoid(sum) as f32
        } else {
            sum as f32
        }
    }
}
