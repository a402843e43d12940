//! What comes first, and why: features against hand-made vectors, models against naive ones, Shapley values against
//! their definition, learning against what it must find out.
#![cfg(not(target_arch = "wasm32"))]

#[path = "infer/features.rs"]
mod features;
#[path = "infer/files.rs"]
mod files;
#[path = "infer/learning.rs"]
mod learning;
#[path = "infer/models.rs"]
mod models;

use forebay::infer::{Artifact, Feature, Input, InputKind, Kind, Missing, Model, Output, Schema};
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

/// Small numbers, so that they meet thresholds, and now and then none.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -3_i8..4, 1 => Just(100)].prop_map(|value| {
        if value == 100 {
            f32::NAN
        } else {
            f32::from(value) / 2.0
        }
    })
}
