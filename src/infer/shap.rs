//! What each column adds to a forest's sum: Shapley values by the path-dependent TreeSHAP, algorithm 2 of Lundberg,
//! Erion and Lee, *Consistent Individualized Feature Attribution for Tree Ensembles* (2018).
//!
//! Rows that lack a column's value are thought to go both ways at its nodes, in the proportion of training.

use super::columns::Columns;
use super::forest::{COLUMN, Forest, Nodes};

/// A column that was met on the way down.
#[derive(Clone, Copy, Default)]
struct Step {
    column: u16,
    /// The share of training rows that go this way without the column's value.
    zero: f64,
    /// 1 if the row itself goes this way, else 0.
    one: f64,
    /// The weight of all subsets of the steps of this size.
    weight: f64,
}

impl Forest {
    /// What a row's sum is expected to be, and what each column adds to that. `None` if it is not known how many
    /// rows came by each node in training.
    pub(super) fn contributions(&self, columns: &Columns, row: usize) -> Option<(f64, Vec<f64>)> {
        let nodes = self.nodes();
        if nodes.cover.is_empty() {
            return None;
        }
        let changed = self.without_zeros(columns);
        let columns = changed.as_ref().unwrap_or(columns);
        let mut walk = Walk {
            nodes,
            columns,
            row,
            parts: vec![0.0; self.columns()],
            path: Vec::new(),
        };
        let mut base = self.base;
        for tree in nodes.starts.windows(2) {
            let [start, end] = [tree[0] as usize, tree[1] as usize];
            base += nodes.expectation(start, end);
            walk.down(start, 0, 1.0, 1.0, NO_COLUMN);
        }
        Some((base, walk.parts))
    }
}

/// Of the root, which no column leads to.
const NO_COLUMN: u16 = u16::MAX;

impl Nodes {
    /// What a tree gives on average over its training rows.
    fn expectation(&self, start: usize, end: usize) -> f64 {
        let mut sum = 0.0;
        for node in start..end {
            if self.right[node] == 0 {
                sum += f64::from(self.values[node]) * f64::from(self.cover[node]);
            }
        }
        sum / f64::from(self.cover[start])
    }
}

struct Walk<'a> {
    nodes: &'a Nodes,
    columns: &'a Columns,
    row: usize,
    parts: Vec<f64>,
    /// The steps to every node on the way, those to the root first.
    path: Vec<Step>,
}

impl Walk<'_> {
    /// `before` is where the parent's steps begin in the path.
    fn down(&mut self, node: usize, before: usize, zero: f64, one: f64, column: u16) {
        let start = self.path.len();
        self.path.extend_from_within(before..start);
        extend(&mut self.path, start, zero, one, column);
        let right = usize::from(self.nodes.right[node]);
        if right == 0 {
            self.leaf(start, f64::from(self.nodes.values[node]));
        } else {
            let column = self.nodes.features[node] & COLUMN;
            let cover = f64::from(self.nodes.cover[node]);
            let (mut zero, mut one) = (1.0, 1.0);
            // A column that was met before is met once: its step is taken back and made anew.
            let met = self
                .path
                .iter()
                .skip(start + 1)
                .position(|step| step.column == column);
            if let Some(at) = met {
                let step = self.path[start + 1 + at];
                (zero, one) = (step.zero, step.one);
                unwind(&mut self.path, start, start + 1 + at);
            }
            let goes_right = self.nodes.goes_right(node, self.columns, self.row);
            for (child, taken) in [(node + 1, !goes_right), (node + right, goes_right)] {
                let share = f64::from(self.nodes.cover[child]) / cover;
                let one = if taken { one } else { 0.0 };
                self.down(child, start, zero * share, one, column);
            }
        }
        self.path.truncate(start);
    }

    fn leaf(&mut self, start: usize, value: f64) {
        for at in start + 1..self.path.len() {
            let step = self.path[at];
            let weight = unwound_weight(&self.path[start..], at - start);
            if let Some(part) = self.parts.get_mut(usize::from(step.column)) {
                *part += weight * (step.one - step.zero) * value;
            }
        }
    }
}

/// Adds a step to those from `start` on.
fn extend(path: &mut Vec<Step>, start: usize, zero: f64, one: f64, column: u16) {
    let depth = path.len() - start;
    let weight = if depth == 0 { 1.0 } else { 0.0 };
    path.push(Step {
        column,
        zero,
        one,
        weight,
    });
    let steps = &mut path[start..];
    let all = (depth + 1) as f64;
    for at in (0..depth).rev() {
        steps[at + 1].weight += one * steps[at].weight * (at + 1) as f64 / all;
        steps[at].weight = zero * steps[at].weight * (depth - at) as f64 / all;
    }
}

/// Takes the step at `taken` back.
fn unwind(path: &mut Vec<Step>, start: usize, taken: usize) {
    let steps = &mut path[start..];
    let (depth, taken) = (steps.len() - 1, taken - start);
    let Step { zero, one, .. } = steps[taken];
    let all = (depth + 1) as f64;
    let mut next = steps[depth].weight;
    for at in (0..depth).rev() {
        if one != 0.0 {
            let weight = steps[at].weight;
            steps[at].weight = next * all / ((at + 1) as f64 * one);
            next = weight - steps[at].weight * zero * (depth - at) as f64 / all;
        } else {
            steps[at].weight = steps[at].weight * all / (zero * (depth - at) as f64);
        }
    }
    for at in taken..depth {
        let after = steps[at + 1];
        steps[at] = Step {
            weight: steps[at].weight,
            ..after
        };
    }
    path.pop();
}

/// The weights that [`unwind`] would leave, summed up.
fn unwound_weight(steps: &[Step], taken: usize) -> f64 {
    let depth = steps.len() - 1;
    let Step { zero, one, .. } = steps[taken];
    let all = (depth + 1) as f64;
    let mut next = steps[depth].weight;
    let mut sum = 0.0;
    for at in (0..depth).rev() {
        if one != 0.0 {
            let weight = next * all / ((at + 1) as f64 * one);
            sum += weight;
            next = steps[at].weight - weight * zero * (depth - at) as f64 / all;
        } else {
            sum += steps[at].weight * all / (zero * (depth - at) as f64);
        }
    }
    sum
}
