//! Models against naive ones, and Shapley values against their definition.

use super::value;
use forebay::infer::{
    Activation, Columns, Forest, Layer, Linear, MISSING_LEFT, Mlp, Model, Nodes, ZERO_MISSING,
};
use proptest::prelude::*;

/// A tree as a value, and how it is evaluated by its definition.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(f32),
    Split {
        column: u16,
        threshold: f32,
        missing_left: bool,
        children: Box<[Tree; 2]>,
    },
}

impl Tree {
    fn value(&self, row: &[f32], zero_missing: bool) -> f64 {
        match self {
            Tree::Leaf(value) => f64::from(*value),
            Tree::Split {
                column,
                threshold,
                missing_left,
                children,
            } => {
                let value = row[usize::from(*column)];
                let missing = value.is_nan() || (zero_missing && value == 0.0);
                let left = if missing {
                    *missing_left
                } else {
                    value <= *threshold
                };
                children[usize::from(!left)].value(row, zero_missing)
            }
        }
    }

    /// Adds the nodes; every leaf was seen by one training row more than the one before.
    fn write(&self, nodes: &mut Nodes, zero_missing: bool) {
        let at = nodes.features.len();
        nodes.right.push(0);
        nodes.cover.push(0.0);
        match self {
            Tree::Leaf(value) => {
                nodes.features.push(0);
                nodes.values.push(*value);
                nodes.cover[at] = 1.0 + at as f32;
            }
            Tree::Split {
                column,
                threshold,
                missing_left,
                children,
            } => {
                let left = if *missing_left { MISSING_LEFT } else { 0 };
                let zero = if zero_missing { ZERO_MISSING } else { 0 };
                nodes.features.push(column | left | zero);
                nodes.values.push(*threshold);
                children[0].write(nodes, zero_missing);
                let right = nodes.features.len();
                nodes.right[at] = (right - at) as u16;
                children[1].write(nodes, zero_missing);
                nodes.cover[at] = nodes.cover[at + 1] + nodes.cover[right];
            }
        }
    }
}

fn forest(trees: &[Tree], columns: usize, zero_missing: bool) -> Forest {
    let mut nodes = Nodes {
        starts: vec![0],
        ..Nodes::default()
    };
    for tree in trees {
        tree.write(&mut nodes, zero_missing);
        nodes.starts.push(nodes.features.len() as u32);
    }
    Forest::new(0.5, columns, nodes).unwrap()
}

fn tree(columns: u16) -> impl Strategy<Value = Tree> {
    let leaf = (-8_i8..8).prop_map(|value| Tree::Leaf(f32::from(value) / 4.0));
    leaf.prop_recursive(5, 24, 2, move |inner| {
        (0..columns, -3_i8..4, any::<bool>(), inner.clone(), inner).prop_map(
            |(column, threshold, missing_left, left, right)| Tree::Split {
                column,
                threshold: f32::from(threshold) / 2.0,
                missing_left,
                children: Box::new([left, right]),
            },
        )
    })
}

/// What a tree gives when only some columns are known: the others go both ways, as often as in training.
fn expected(nodes: &Nodes, node: usize, row: &[f32], known: u32) -> f64 {
    let right = usize::from(nodes.right[node]);
    if right == 0 {
        return f64::from(nodes.values[node]);
    }
    let feature = nodes.features[node];
    let column = usize::from(feature & 255);
    let children = [node + 1, node + right];
    if known >> column & 1 == 1 {
        let value = row[column];
        let left = if value.is_nan() {
            feature & MISSING_LEFT != 0
        } else {
            value <= nodes.values[node]
        };
        return expected(nodes, children[usize::from(!left)], row, known);
    }
    let share = |child: usize| f64::from(nodes.cover[child]) / f64::from(nodes.cover[node]);
    children
        .map(|child| share(child) * expected(nodes, child, row, known))
        .iter()
        .sum()
}

proptest! {
    #[test]
    fn forests_give_what_their_trees_say(
        trees in prop::collection::vec(tree(3), 1..5), values in prop::collection::vec(value(), 3 * 13), zero: bool,
    ) {
        let model = Model::Forest(forest(&trees, 3, zero));
        for count in [1, 4, 7, 13] {
            let rows = &values[..3 * count];
            let mut sums = Vec::new();
            model.margins(&Columns::from_rows(rows, 3), &[], &mut sums);
            for (row, sum) in rows.chunks(3).zip(&sums) {
                let naive: f64 = trees.iter().map(|tree| tree.value(row, zero)).sum();
                prop_assert_eq!(*sum, 0.5 + naive);
            }
        }
    }

    /// By the definition of Shapley: over all orders in which columns become known, what one adds on average.
    #[test]
    fn contributions_are_shapley_values(trees in prop::collection::vec(tree(4), 1..4), row in prop::collection::vec(value(), 4)) {
        let forest = forest(&trees, 4, false);
        let nodes = forest.nodes().clone();
        let known = |known: u32| -> f64 {
            let starts = &nodes.starts[..trees.len()];
            starts.iter().map(|start| expected(&nodes, *start as usize, &row, known)).sum()
        };
        let why = Model::Forest(forest).contributions(&Columns::from_rows(&row, 4), 0, &[]).unwrap();
        prop_assert!((why.base - 0.5 - known(0)).abs() < 1e-9);
        for column in 0..4 {
            let mut shapley = 0.0;
            for others in (0_u32..16).filter(|others| others >> column & 1 == 0) {
                // Among 4 columns: |S|! (3 - |S|)! / 4!
                let weight = [6.0, 2.0, 2.0, 6.0][others.count_ones() as usize] / 24.0;
                shapley += weight * (known(others | 1 << column) - known(others));
            }
            prop_assert!((why.parts[column] - shapley).abs() < 1e-9, "{} is not {shapley}", why.parts[column]);
        }
    }

    #[test]
    fn networks_give_what_their_layers_say(
        numbers in prop::collection::vec(-2_f32..2.0, 3 * 5 + 5 + 5 * 4 + 4 + 4 + 1), rows in prop::collection::vec(-3_f32..3.0, 3 * 21),
    ) {
        let mut rest = &numbers[..];
        let mut take = |count: usize| {
            let (taken, after) = rest.split_at(count);
            rest = after;
            taken.to_vec()
        };
        let shape = [(3, 5, Activation::Tanh), (5, 4, Activation::Relu), (4, 1, Activation::Sigmoid)];
        let layers: Vec<Layer> = shape
            .iter()
            .map(|(inputs, units, activation)| Layer { weights: take(inputs * units), biases: take(*units), activation: *activation })
            .collect();
        let model = Model::Mlp(Mlp::new(3, layers.clone()).unwrap());
        let mut sums = Vec::new();
        model.margins(&Columns::from_rows(&rows, 3), &[], &mut sums);
        for (row, sum) in rows.chunks(3).zip(sums) {
            let mut values: Vec<f64> = row.iter().copied().map(f64::from).collect();
            for layer in &layers {
                values = layer.weights.chunks(values.len()).zip(&layer.biases).map(|(weights, bias)| {
                    let sum: f64 = weights.iter().zip(&values).map(|(weight, value)| f64::from(*weight) * value).sum();
                    match (layer.activation, sum + f64::from(*bias)) {
                        (Activation::Identity, sum) => sum,
                        (Activation::Relu, sum) => sum.max(0.0),
                        (Activation::Tanh, sum) => sum.tanh(),
                        (Activation::Sigmoid, sum) => 1.0 / (1.0 + (-sum).exp()),
                    }
                }).collect();
            }
            prop_assert!((sum - values[0]).abs() < 1e-6, "{sum} is not {}", values[0]);
        }
    }

    #[test]
    fn linear_models_sum_up(weights in prop::collection::vec(-5_f64..5.0, 6), rows in prop::collection::vec(value(), 6 * 9)) {
        let means = [0.25_f32; 6];
        let model = Model::Linear(Linear::new(1.5, weights.clone()).unwrap());
        let columns = Columns::from_rows(&rows, 6);
        let mut sums = Vec::new();
        model.margins(&columns, &means, &mut sums);
        for (at, row) in rows.chunks(6).enumerate() {
            let known = |value: &f32| f64::from(if value.is_nan() { 0.25 } else { *value });
            let naive: f64 = row.iter().zip(&weights).map(|(value, weight)| weight * known(value)).sum();
            prop_assert!((sums[at] - 1.5 - naive).abs() < 1e-9);
            let why = model.contributions(&columns, at, &means).unwrap();
            prop_assert!((why.base + why.parts.iter().sum::<f64>() - sums[at]).abs() < 1e-9);
        }
    }
}

/// In all models but forests the column's mean stands for what is missing.
#[test]
fn what_is_missing_is_as_usual() {
    let layer = |weights: &[f32]| Layer {
        weights: weights.to_vec(),
        biases: vec![0.0; 1],
        activation: Activation::Identity,
    };
    let network = Mlp::new(2, vec![layer(&[1.0, 10.0]), layer(&[1.0])]).unwrap();
    let linear = Linear::new(0.0, vec![1.0, 10.0]).unwrap();
    for model in [Model::Mlp(network), Model::Linear(linear)] {
        let rows = Columns::from_rows(&[f32::NAN, 2.0, 3.0, f32::NAN, 1.0, 1.0], 2);
        let mut sums = Vec::new();
        model.margins(&rows, &[0.5, 0.25], &mut sums);
        assert_eq!(sums[..3], [20.5, 5.5, 11.0]);
        model.margins(&rows, &[], &mut sums);
        assert_eq!(sums[..3], [20.0, 3.0, 11.0]);
    }
}

#[test]
fn trees_that_are_none() {
    let stump = || Nodes {
        starts: vec![0, 3],
        features: vec![1, 0, 0],
        values: vec![0.5, -1.0, 1.0],
        right: vec![2, 0, 0],
        cover: vec![2.0, 1.0, 1.0],
    };
    let unsound = |change: fn(&mut Nodes)| {
        let mut nodes = stump();
        change(&mut nodes);
        Forest::new(0.0, 2, nodes).is_err()
    };
    assert!(!unsound(|_| {}));
    assert!(!unsound(|nodes| nodes.cover.clear()));
    assert!(unsound(|nodes| nodes.features[0] = 2));
    assert!(unsound(|nodes| nodes.right[0] = 1));
    assert!(unsound(|nodes| nodes.right[0] = 3));
    assert!(unsound(|nodes| nodes.right[1] = 1));
    assert!(unsound(|nodes| nodes.right[2] = 1));
    assert!(unsound(|nodes| nodes.values[0] = f32::NAN));
    assert!(unsound(|nodes| nodes.values[1] = f32::INFINITY));
    assert!(unsound(|nodes| nodes.cover[1] = 0.0));
    assert!(unsound(|nodes| nodes.cover.truncate(2)));
    assert!(unsound(|nodes| nodes.starts = vec![0, 1, 3]));
    assert!(unsound(|nodes| nodes.starts = vec![0, 0, 3]));
    assert!(unsound(|nodes| nodes.starts = vec![0, 9]));
    assert!(unsound(|nodes| nodes.starts.clear()));
    // A chain of 200 levels.
    let deep = (0..200).fold(Tree::Leaf(1.0), |inner, _| Tree::Split {
        column: 0,
        threshold: 0.0,
        missing_left: false,
        children: Box::new([Tree::Leaf(0.0), inner]),
    });
    let mut nodes = Nodes {
        starts: vec![0],
        ..Nodes::default()
    };
    deep.write(&mut nodes, false);
    nodes.starts.push(nodes.features.len() as u32);
    assert!(Forest::new(0.0, 1, nodes).is_err());
}
