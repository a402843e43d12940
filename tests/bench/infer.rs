//! How long a page's models take natively, beside the same models written down the simplest way: `cargo bench`.
//! Medians of single runs over 200 rows × 32 columns. What browsers take is measured in browsers.
#![cfg(not(target_arch = "wasm32"))]

use forebay::infer::{
    Activation, Columns, Forest, Layer, Linear, Mlp, Model, Nodes, Ranking, Spread, rank,
};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROWS: usize = 200;
const COLUMNS: usize = 32;
const TREES: usize = 100;
const DEPTH: u32 = 6;

/// A linear congruential generator: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    fn list(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// A tree as a textbook has it.
enum Tree {
    Leaf(f32),
    Split {
        column: usize,
        threshold: f32,
        left: Box<Tree>,
        right: Box<Tree>,
    },
}

impl Tree {
    /// Not all of them complete: one branch in twenty ends early.
    fn grow(random: &mut Random, depth: u32) -> Tree {
        if depth == 0 || random.next() > 0.9 && depth < DEPTH {
            return Tree::Leaf(random.next() / 10.0);
        }
        Tree::Split {
            column: ((random.next() + 1.0) * 15.99) as usize,
            threshold: random.next(),
            left: Box::new(Tree::grow(random, depth - 1)),
            right: Box::new(Tree::grow(random, depth - 1)),
        }
    }

    fn value(&self, row: &[f32]) -> f32 {
        match self {
            Tree::Leaf(value) => *value,
            Tree::Split {
                column,
                threshold,
                left,
                right,
            } => {
                if row[*column] <= *threshold {
                    left.value(row)
                } else {
                    right.value(row)
                }
            }
        }
    }

    fn write(&self, nodes: &mut Nodes) {
        let at = nodes.features.len();
        nodes.right.push(0);
        match self {
            Tree::Leaf(value) => {
                nodes.features.push(0);
                nodes.values.push(*value);
            }
            Tree::Split {
                column,
                threshold,
                left,
                right,
            } => {
                nodes.features.push(*column as u16);
                nodes.values.push(*threshold);
                left.write(nodes);
                nodes.right[at] = (nodes.features.len() - at) as u16;
                right.write(nodes);
            }
        }
    }
}

fn dense(row: &[f32], weights: &[f32], biases: &[f32], last: bool) -> Vec<f32> {
    let unit = |(weights, bias): (&[f32], &f32)| {
        let sum = bias
            + row
                .iter()
                .zip(weights)
                .map(|(value, weight)| value * weight)
                .sum::<f32>();
        if last { sum } else { sum.max(0.0) }
    };
    weights.chunks(row.len()).zip(biases).map(unit).collect()
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..2_000)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn compare(
    name: &str,
    model: &Model,
    columns: &Columns,
    rows: &[f32],
    naive: impl Fn(&[f32]) -> f32,
) {
    let mut sums = Vec::new();
    model.margins(columns, &[], &mut sums);
    for (row, sum) in rows.chunks(COLUMNS).zip(&sums) {
        let naive = f64::from(naive(row));
        assert!((sum - naive).abs() < 1e-4, "{name}: {sum} is not {naive}");
    }
    let ours = median(|| model.margins(black_box(columns), &[], &mut sums));
    let mut scores = vec![0.0; ROWS];
    let simple = median(|| {
        for (score, row) in scores.iter_mut().zip(black_box(rows).chunks(COLUMNS)) {
            *score = naive(row);
        }
        black_box(&scores);
    });
    println!(
        "{name:34} {:8.1} µs   the simplest way {:8.1} µs",
        micros(ours),
        micros(simple)
    );
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

fn main() {
    let mut random = Random(1);
    let rows = random.list(ROWS * COLUMNS);
    let columns = Columns::from_rows(&rows, COLUMNS);

    let weights = random.list(COLUMNS);
    let linear = Linear::new(0.5, weights.iter().copied().map(f64::from).collect())
        .expect("numbers are finite");
    compare("linear", &Model::Linear(linear), &columns, &rows, |row| {
        0.5 + row
            .iter()
            .zip(&weights)
            .map(|(value, weight)| value * weight)
            .sum::<f32>()
    });

    let trees: Vec<Tree> = (0..TREES).map(|_| Tree::grow(&mut random, DEPTH)).collect();
    let mut nodes = Nodes {
        starts: vec![0],
        ..Nodes::default()
    };
    for tree in &trees {
        tree.write(&mut nodes);
        nodes.starts.push(nodes.features.len() as u32);
    }
    let forest = Forest::new(0.0, COLUMNS, nodes).expect("trees are sound");
    let name = format!("forest, {TREES} trees ({} complete)", forest.trees().1);
    compare(&name, &Model::Forest(forest), &columns, &rows, |row| {
        trees.iter().map(|tree| tree.value(row)).sum()
    });

    let shape = [(COLUMNS, 64), (64, 32), (32, 1)];
    let layers: Vec<Layer> = shape
        .iter()
        .map(|(inputs, units)| Layer {
            weights: random
                .list(inputs * units)
                .iter()
                .map(|weight| weight / 4.0)
                .collect(),
            biases: random.list(*units),
            activation: if *units == 1 {
                Activation::Identity
            } else {
                Activation::Relu
            },
        })
        .collect();
    let mlp = Mlp::new(COLUMNS, layers.clone()).expect("layers fit");
    compare(
        "network 32-64-32-1",
        &Model::Mlp(mlp),
        &columns,
        &rows,
        |row| {
            let mut values = row.to_vec();
            for (at, layer) in layers.iter().enumerate() {
                values = dense(
                    &values,
                    &layer.weights,
                    &layer.biases,
                    at + 1 == layers.len(),
                );
            }
            values[0]
        },
    );

    let scores = random.list(ROWS);
    let authors: Vec<u32> = (0..ROWS)
        .map(|_| ((random.next() + 1.0) * 10.0) as u32)
        .collect();
    let spread = [Spread {
        codes: &authors,
        factor: 0.8,
    }];
    let ranking = Ranking {
        limit: 20,
        spread: &spread,
        ..Ranking::default()
    };
    let time = median(|| {
        black_box(rank(black_box(&scores), &ranking));
    });
    println!(
        "{:34} {:8.1} µs",
        "order, the first 20, demoted",
        micros(time)
    );
}
