//! `forebay model show`.

use super::{Arguments, hex, read};
use forebay::convert::column_names;
use forebay::infer::{Artifact, Kind, Missing, Model, Schema};
use sha2::{Digest, Sha256};

pub(super) fn run(arguments: &[String]) -> Result<(), String> {
    let [path] = Arguments::new(arguments).end()?;
    let bytes = read(&path)?;
    let artifact = Artifact::read(&bytes)
        .map_err(|error| format!("{path}: {} ({error:?})", error.message()))?;
    println!("{} {}", artifact.id, artifact.version);
    println!("  sha256      {}", hex(&Sha256::digest(&bytes)));
    println!("  bytes       {}", bytes.len());
    println!("  model       {}", model(artifact.model.as_ref()));
    let output = artifact.output;
    let meaning = if output.logistic {
        "probability"
    } else {
        "value"
    };
    println!(
        "  score       {meaning}, of {} · sum + {}",
        output.slope, output.offset
    );
    println!("  golden rows {}", artifact.expected.len());
    println!("  policies    {} bytes", artifact.policies.len());
    let schema = &artifact.schema;
    println!(
        "  schema      {} {}, {}",
        schema.name,
        schema.version,
        hex(&artifact.schema_digest)
    );
    for (place, feature) in schema.features.iter().enumerate() {
        let missing = match feature.missing {
            Missing::Default(value) => format!("missing {value}"),
            Missing::Nan => "missing nan".to_owned(),
            Missing::Reject => "missing rejects the row".to_owned(),
        };
        let learned = if feature.learned {
            ", learned on devices"
        } else {
            ""
        };
        println!(
            "    {:<24} {}, {missing}{learned}",
            feature.name,
            made(schema, place)
        );
    }
    let names = column_names(schema);
    for (column, name) in names.iter().enumerate() {
        if let (Some(mean), Some(deviation)) =
            (artifact.means.get(column), artifact.deviations.get(column))
        {
            println!("    column {column:<4} {name:<24} mean {mean:.4}, deviation {deviation:.4}");
        }
    }
    Ok(())
}

fn model(model: Option<&Model>) -> String {
    match model {
        None => "none, policies alone".to_owned(),
        Some(Model::Linear(_)) => "linear".to_owned(),
        Some(Model::Forest(forest)) => {
            let (trees, complete) = forest.trees();
            let explained = if forest.nodes().cover.is_empty() {
                "cannot be explained"
            } else {
                "can be explained"
            };
            format!(
                "forest of {trees} trees ({complete} evaluated as complete ones), {} nodes, {explained}",
                forest.nodes().features.len()
            )
        }
        Some(Model::Mlp(mlp)) => {
            let units = mlp
                .layers()
                .iter()
                .map(|layer| format!("-{}", layer.biases.len()));
            format!("network {}{}", mlp.inputs(), units.collect::<String>())
        }
    }
}

fn made(schema: &Schema, place: usize) -> String {
    let feature = &schema.features[place];
    let input = schema
        .inputs
        .get(usize::from(feature.input))
        .map_or("", |input| &input.name);
    match &feature.kind {
        Kind::Numeric {
            clip,
            log1p,
            mean,
            deviation,
        } => {
            let clip = clip.map_or(String::new(), |[low, high]| format!(", {low} to {high}"));
            let log = if *log1p { ", log1p" } else { "" };
            format!("number `{input}`{clip}{log}, less {mean}, by {deviation}")
        }
        Kind::Flag => format!("flag `{input}`"),
        Kind::OneHot(vocabulary) => format!(
            "one of {} words or none, `{input}`",
            vocabulary.words().len()
        ),
        Kind::Hashed { buckets, seed } => format!("`{input}` in {buckets} buckets, seed {seed}"),
        Kind::Decay { half_life } => format!("age of `{input}`, half-life {half_life} s"),
        Kind::Count {
            history, window, ..
        } => {
            let history = &schema.histories[usize::from(*history)];
            format!("events `{history}` of `{input}` within {window} s")
        }
        Kind::Cross { left, right } => {
            let name = |at: u16| &schema.features[usize::from(at)].name;
            format!("{} × {}", name(*left), name(*right))
        }
    }
}
