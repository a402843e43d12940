//! What comes first, and why: features against hand-made vectors, models against naive ones, Shapley values against
//! their definition, learning against what it must find out.
#![cfg(not(target_arch = "wasm32"))]

use forebay::infer::{
    Activation, Artifact, ArtifactError, Batch, Bins, Columns, Drift, Feature, FeatureError,
    Feedback, Forest, History, Input, InputKind, Kind, Layer, Learned, LearnedError, Linear,
    MISSING_LEFT, Missing, Mlp, Model, NO_TEXT, Nodes, Output, Pace, Raw, Schema, SchemaError,
    Tally, Texts, Vocabulary, ZERO_MISSING,
};
use proptest::prelude::*;

fn feature(name: &str, input: u16, missing: Missing, kind: Kind) -> Feature {
    Feature {
        name: name.into(),
        input,
        missing,
        learned: false,
        kind,
    }
}

fn plain(columns: usize) -> Schema {
    let number = Kind::Numeric {
        clip: None,
        log1p: false,
        mean: 0.0,
        deviation: 1.0,
    };
    let name = |at: usize| Box::from(format!("f{at}"));
    Schema {
        name: "plain".into(),
        version: 1,
        inputs: (0..columns)
            .map(|at| Input {
                name: name(at),
                kind: InputKind::Number,
            })
            .collect(),
        histories: Vec::new(),
        features: (0..columns)
            .map(|at| feature(&name(at), at as u16, Missing::Nan, number.clone()))
            .collect(),
    }
}

fn artifact(schema: Schema, model: Model) -> Artifact {
    Artifact {
        id: "test".into(),
        version: "1.0.0".into(),
        schema_digest: schema.digest(),
        schema,
        model: Some(model),
        output: Output {
            logistic: true,
            slope: 1.0,
            offset: 0.0,
        },
        ..Artifact::default()
    }
}

// --- features ---------------------------------------------------------------------------------------------------

/// One feature of every kind.
fn inbox() -> Schema {
    let words = ["task", "mention"].map(Box::from).to_vec();
    Schema {
        name: "inbox".into(),
        version: 3,
        inputs: [
            ("age", InputKind::Number),
            ("kind", InputKind::Text),
            ("at", InputKind::Number),
            ("author", InputKind::Text),
        ]
        .map(|(name, kind)| Input {
            name: name.into(),
            kind,
        })
        .to_vec(),
        histories: vec!["opened".into()],
        features: vec![
            feature(
                "age",
                0,
                Missing::Default(3.0),
                Kind::Numeric {
                    clip: Some([0.0, 7.0]),
                    log1p: true,
                    mean: 1.0,
                    deviation: 2.0,
                },
            ),
            feature("any age", 0, Missing::Nan, Kind::Flag),
            feature(
                "kind",
                1,
                Missing::Default(0.0),
                Kind::OneHot(Vocabulary::new(words).unwrap()),
            ),
            feature(
                "author",
                3,
                Missing::Reject,
                Kind::Hashed {
                    buckets: 3,
                    seed: 1,
                },
            ),
            feature(
                "young",
                2,
                Missing::Default(0.25),
                Kind::Decay { half_life: 60.0 },
            ),
            feature(
                "opened",
                3,
                Missing::Default(-1.0),
                Kind::Count {
                    history: 0,
                    window: 100.0,
                    log1p: false,
                },
            ),
            feature(
                "kind × author",
                0,
                Missing::Default(0.0),
                Kind::Cross { left: 2, right: 3 },
            ),
        ],
    }
}

struct Filled {
    columns: Columns,
    rejected: Vec<bool>,
    drift: Drift,
}

fn fill(rows: usize, inputs: &[Raw]) -> Result<Filled, FeatureError> {
    let schema = inbox();
    let history = History {
        codes: &[0, 1, 0, 0, 77],
        times: &[950_000.0, 990_000.0, 1_000_000.0, 899_999.0, 950_000.0],
    };
    let batch = Batch {
        rows,
        inputs,
        histories: &[history],
        now: 1_000_000.0,
    };
    let mut filled = Filled {
        columns: Columns::default(),
        rejected: Vec::new(),
        drift: Drift::new(7, None),
    };
    schema.fill(
        &batch,
        &mut filled.columns,
        &mut filled.rejected,
        &mut filled.drift,
    )?;
    Ok(filled)
}

const AUTHORS: Texts = Texts {
    bytes: b"adabob",
    ends: &[3, 6],
};
const KINDS: Texts = Texts {
    bytes: b"mentionother",
    ends: &[7, 12],
};

#[test]
fn features_of_every_kind() {
    let inputs = [
        Raw::F32(&[3.0, 9.0, -1.0, f32::NAN]),
        Raw::Text {
            codes: &[0, 1, NO_TEXT, 0],
            texts: KINDS,
        },
        Raw::F64(&[1_000_000.0, 940_000.0, f64::NAN, 1_060_000.0]),
        Raw::Text {
            codes: &[0, 1, NO_TEXT, 0],
            texts: AUTHORS,
        },
    ];
    let Filled {
        columns,
        rejected,
        drift,
    } = fill(4, &inputs).unwrap();
    assert_eq!(
        (columns.rows(), columns.stride(), columns.width()),
        (4, 4, 1 + 1 + 3 + 3 + 1 + 1 + 9)
    );
    let column = |at: usize| columns.column(at).to_vec();
    let age = |value: f64| ((value.ln_1p() - 1.0) / 2.0) as f32;
    assert_eq!(column(0), [age(3.0), age(7.0), age(0.0), age(3.0)]);
    assert_eq!(column(1)[..3], [1.0, 1.0, 1.0]);
    assert!(column(1)[3].is_nan());
    assert_eq!(
        [column(2), column(3), column(4)],
        [[0.0; 4], [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0]].map(Vec::from)
    );
    // Each author has one bucket, and always the same; nobody has none.
    let buckets: Vec<f32> = (5..8).map(|at| column(at)[0]).collect();
    assert_eq!(
        buckets,
        (5..8).map(|at| column(at)[3]).collect::<Vec<f32>>()
    );
    let set = |row: usize, range: std::ops::Range<usize>| {
        range
            .filter(|at| columns.get(row, *at) == 1.0)
            .collect::<Vec<_>>()
    };
    assert_eq!([0, 1, 2, 3].map(|row| set(row, 5..8).len()), [1, 1, 0, 1]);
    assert_eq!(rejected, [false, false, true, false]);
    assert_eq!(column(8), [1.0, 0.5, 0.25, 1.0]);
    // Of four events of ada's one was before the window; bob has one; nobody's is not known.
    assert_eq!(column(9), [2.0, 1.0, -1.0, 2.0]);
    let pair = |row: usize| set(row, 2..5)[0] * 3 - 6 + set(row, 5..8)[0] - 5 + 10;
    assert_eq!(
        [0, 1, 3].map(|row| set(row, 10..19)),
        [0, 1, 3].map(|row| vec![pair(row)])
    );
    assert!(set(2, 10..19).is_empty());
    let tally = |missing, unknown, outside| Tally {
        missing,
        unknown,
        outside,
    };
    assert_eq!(
        drift.tallies(),
        [
            tally(1, 0, 2),
            tally(1, 0, 0),
            tally(1, 1, 0),
            tally(1, 0, 0),
            tally(1, 0, 1),
            tally(1, 0, 0),
            tally(1, 1, 0)
        ]
    );
    assert_eq!(drift.rows(), 4);
}

#[test]
fn batches_that_do_not_fit() {
    let numbers = Raw::F64(&[1.0]);
    let texts = Raw::Text {
        codes: &[0],
        texts: AUTHORS,
    };
    let error = |inputs: &[Raw]| fill(1, inputs).err();
    assert_eq!(error(&[numbers, texts, numbers, texts]), None);
    assert_eq!(error(&[numbers, texts, numbers]), Some(FeatureError::Count));
    assert_eq!(
        error(&[numbers, texts, texts, texts]),
        Some(FeatureError::Kind(2))
    );
    assert_eq!(
        error(&[
            numbers,
            texts,
            numbers,
            Raw::Text {
                codes: &[],
                texts: AUTHORS
            }
        ]),
        Some(FeatureError::Length(3))
    );
    // Codes and ends that lead nowhere are missing or empty texts.
    let odd = Raw::Text {
        codes: &[7],
        texts: Texts {
            bytes: b"x",
            ends: &[9, 2],
        },
    };
    assert_eq!(
        fill(1, &[numbers, odd, numbers, odd]).unwrap().rejected,
        [true]
    );
}

#[test]
fn schemas_there_and_back() {
    let schema = inbox();
    let bytes = schema.encode();
    assert_eq!(Schema::decode(&bytes).as_ref(), Ok(&schema));
    for length in 0..bytes.len() {
        assert_eq!(Schema::decode(&bytes[..length]), Err(SchemaError::Encoding));
    }
    let changed = |change: fn(&mut Schema)| {
        let mut schema = inbox();
        change(&mut schema);
        assert_ne!(schema.digest(), inbox().digest());
        Schema::decode(&schema.encode()).err()
    };
    assert_eq!(changed(|schema| schema.version = 4), None);
    assert_eq!(
        changed(|schema| schema.features[0].input = 1),
        Some(SchemaError::Input(0))
    );
    assert_eq!(
        changed(|schema| schema.features[4].missing = Missing::Default(f64::NAN)),
        Some(SchemaError::Parameter(4))
    );
    assert_eq!(
        changed(|schema| schema.features[4].kind = Kind::Decay { half_life: 0.0 }),
        Some(SchemaError::Parameter(4))
    );
    assert_eq!(
        changed(|schema| schema.histories.clear()),
        Some(SchemaError::Parameter(5))
    );
    assert_eq!(
        changed(|schema| schema.features[6].kind = Kind::Cross { left: 2, right: 6 }),
        Some(SchemaError::Cross(6))
    );
    assert_eq!(
        changed(|schema| schema.features[6].kind = Kind::Cross { left: 2, right: 0 }),
        Some(SchemaError::Cross(6))
    );
    assert_eq!(
        changed(|schema| schema.features[3].kind = Kind::Hashed {
            buckets: 4090,
            seed: 0
        }),
        Some(SchemaError::Columns)
    );
    assert!(Vocabulary::new(vec!["a".into(), "b".into(), "a".into()]).is_none());
}

// --- models -----------------------------------------------------------------------------------------------------

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

fn value() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -3_i8..4, 1 => Just(100)].prop_map(|value| {
        if value == 100 {
            f32::NAN
        } else {
            f32::from(value) / 2.0
        }
    })
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

// --- the file ---------------------------------------------------------------------------------------------------

#[test]
fn files_there_and_back() {
    let mut file = artifact(
        plain(2),
        Model::Linear(Linear::new(0.5, vec![1.0, -2.0]).unwrap()),
    );
    (file.means, file.deviations) = (vec![0.5, 1.5], vec![1.0, 2.0]);
    file.bins = Bins::new(vec![0.0; 18], vec![0.1; 20]);
    file.policies = vec![1, 2, 3];
    file.golden = vec![1.0, 1.0, 0.25, -4.0];
    file.expected = vec![1.0 / (1.0 + 0.5_f32.exp()), 1.0 / (1.0 + (-8.75_f32).exp())];
    assert_eq!(Artifact::read(&file.write()).as_ref(), Ok(&file));
    let refused = |change: fn(&mut Artifact)| {
        let mut file = file.clone();
        change(&mut file);
        Artifact::read(&file.write()).unwrap_err()
    };
    assert_eq!(
        refused(|file| file.expected[1] += 2e-4),
        ArtifactError::Golden(1)
    );
    assert_eq!(
        refused(|file| file.golden[2] = -9.0),
        ArtifactError::Golden(1)
    );
    assert_eq!(
        refused(|file| file.version = "1.02.3".into()),
        ArtifactError::Section(1)
    );
    assert_eq!(
        refused(|file| file.means[1] = f32::INFINITY),
        ArtifactError::Section(3)
    );
    assert_eq!(
        refused(|file| file.deviations = vec![1.0]),
        ArtifactError::Section(4)
    );
    assert_eq!(
        refused(|file| file.schema = plain(3)),
        ArtifactError::Mismatch
    );
    let mut bytes = file.write();
    bytes[30] ^= 1;
    assert_eq!(Artifact::read(&bytes), Err(ArtifactError::Mismatch));
    let mut bytes = file.write();
    bytes[8] = 2;
    assert_eq!(Artifact::read(&bytes), Err(ArtifactError::Format));
    // The second section's place is the first one's: together they could be larger than the file.
    let mut bytes = file.write();
    bytes.copy_within(64 + 4..64 + 8, 80 + 4);
    assert_eq!(Artifact::read(&bytes), Err(ArtifactError::Length));
    assert_eq!(Artifact::read(b"<html>"), Err(ArtifactError::Signature));
    let alone = Artifact {
        model: None,
        golden: vec![],
        expected: vec![],
        ..file.clone()
    };
    assert_eq!(
        Artifact::read(&alone.write()).map(|file| file.policies),
        Ok(vec![1, 2, 3])
    );
}

// --- learning ---------------------------------------------------------------------------------------------------

fn learner() -> Artifact {
    let mut schema = plain(3);
    schema.features[1].learned = true;
    schema.features[2].learned = true;
    artifact(
        schema,
        Model::Linear(Linear::new(0.0, vec![1.0, 0.0, 0.0]).unwrap()),
    )
}

#[test]
fn a_person_is_learned_and_forgotten() {
    let artifact = learner();
    let mut learned = Learned::new(&artifact, Pace::default());
    // This person opens what column 1 marks, whatever the model thinks.
    let rows = Columns::from_rows(&[0.3, 1.0, 0.0, 0.3, 0.0, 1.0, 0.3, 0.0, 0.0], 3);
    let mut sums = Vec::new();
    artifact.margins(&rows, &mut sums);
    assert!((0..3).all(|row| learned.shift(&artifact, &rows, row) == 0.0));
    for _ in 0..30 {
        for (row, feedback) in [Feedback::Opened, Feedback::Dismissed, Feedback::Ignored]
            .into_iter()
            .enumerate()
        {
            learned.learn(&artifact, (&rows, row), sums[row], feedback, row as u32);
        }
    }
    assert_eq!(learned.events(), [30, 30, 30]);
    let [constant, first, second] = learned.weights()[..] else {
        panic!()
    };
    assert!(
        first > 0.2 && second < -0.2 && constant.abs() < first,
        "{constant} {first} {second}"
    );
    let mut scores = Vec::new();
    artifact.scores(&rows, Some(&learned), &mut scores);
    assert!(scores[0] > scores[2] && scores[2] > scores[1], "{scores:?}");

    let why = artifact.explain(&rows, Some(&learned), 0).unwrap();
    let whole = why.base + why.parts.iter().sum::<f64>();
    assert!((whole - sums[0] - learned.shift(&artifact, &rows, 0)).abs() < 1e-9);
    assert!(why.parts[1] > 0.2);

    let bytes = learned.to_bytes();
    assert_eq!(
        Learned::from_bytes(&bytes, &artifact, Pace::default()).as_ref(),
        Ok(&learned)
    );
    for length in 0..bytes.len() {
        assert_eq!(
            Learned::from_bytes(&bytes[..length], &artifact, Pace::default()),
            Err(LearnedError::Encoding)
        );
    }
    let mut other = learner();
    other.schema.version = 2;
    other.schema_digest = other.schema.digest();
    assert_eq!(
        Learned::from_bytes(&bytes, &other, Pace::default()),
        Err(LearnedError::Schema)
    );
    assert_eq!(learned.shift(&other, &rows, 0), 0.0);
    assert_eq!(Learned::new(&artifact, Pace::default()).events(), [0, 0, 0]);
}

proptest! {
    #[test]
    fn corrections_stay_within_their_bound(
        events in prop::collection::vec((value(), value(), 0_usize..3, 0_u32..50), 0..200), bound in 0.0_f64..3.0,
    ) {
        let artifact = learner();
        let mut learned = Learned::new(&artifact, Pace { bound, rate: 1.0, ..Pace::default() });
        for (first, second, feedback, position) in events {
            let row = Columns::from_rows(&[0.0, first * 1e6, second], 3);
            let feedback = [Feedback::Opened, Feedback::Dismissed, Feedback::Ignored][feedback];
            learned.learn(&artifact, (&row, 0), f64::from(second), feedback, position);
            prop_assert!(learned.weights().iter().all(|weight| weight.is_finite()));
            prop_assert!(learned.shift(&artifact, &row, 0).abs() <= bound);
        }
    }
}

#[test]
fn what_is_opened_far_down_counts_more() {
    let artifact = learner();
    let row = Columns::from_rows(&[0.0, 1.0, 0.0], 3);
    let weight = |feedback, position| {
        let mut learned = Learned::new(&artifact, Pace::default());
        learned.learn(&artifact, (&row, 0), 0.0, feedback, position);
        learned.weights()[1]
    };
    assert!(weight(Feedback::Opened, 3) > weight(Feedback::Opened, 0));
    assert_eq!(weight(Feedback::Opened, 5), weight(Feedback::Opened, 500));
    assert!(weight(Feedback::Dismissed, 0) < weight(Feedback::Ignored, 0));
    assert!(weight(Feedback::Ignored, 0) < weight(Feedback::Ignored, 9));
    assert!(weight(Feedback::Ignored, 9) < 0.0);
}
