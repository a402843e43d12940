//! Features against hand-made vectors.

use forebay::infer::{
    Batch, Columns, Drift, FeatureError, History, Input, InputKind, Kind, Missing, NO_TEXT, Raw,
    Schema, SchemaError, Tally, Texts, Vocabulary,
};

use super::feature;

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
