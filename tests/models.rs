//! Models that other libraries trained, held to what those libraries predict. A few small ones are in
//! `tests/data/models`; `examples/models/train.py` makes them, and many more and larger ones, which are looked for where
//! `FOREBAY_MODELS` says. They are not made here: the libraries take half a gigabyte and minutes, and pages never need
//! them.
#![cfg(not(target_arch = "wasm32"))]

use forebay::convert::{Made, Options, Rows, column_names, convert, parse_schema, read};
use forebay::infer::{Artifact, ArtifactError, Model};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const FORMATS: [&str; 4] = ["txt", "json", "ubj", "onnx"];

fn small() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/models")
}

fn large() -> Option<PathBuf> {
    let folder = std::env::var_os("FOREBAY_MODELS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!(
            "\nNOT RUN: parity of large models. Make them with `python examples/models/train.py OUT`, and set \
             FOREBAY_MODELS=OUT\n"
        );
    }
    folder
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn table(path: &Path) -> Rows {
    Rows::read(&bytes(path), &path.display().to_string()).unwrap()
}

/// Every model of a folder in one of its formats, with the table beside it.
fn models(folder: &Path, format: &str) -> Vec<(PathBuf, Rows)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == format)
        })
        .collect();
    files.sort();
    let with_table = |path: PathBuf| {
        let rows = table(&path.with_extension("csv"));
        (path, rows)
    };
    files.into_iter().map(with_table).collect()
}

fn made(path: &Path, rows: &Rows) -> Made {
    let options = Options {
        id: "test",
        version: "1.0.0",
        golden: Some(rows),
        tolerance: 1e-6,
        ..Options::default()
    };
    convert(&bytes(path), &options, &mut |_, _, _| {})
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// How many rows end in each leaf, written into a tree of LightGBM's JSON in the place of training's; gives the node's count.
fn count_rows(node: &mut Value, columns: &[Vec<f64>], rows: &[usize]) -> f64 {
    if node.get("leaf_value").is_some() {
        let count = rows.len().max(1) as f64;
        node["leaf_count"] = count.into();
        return count;
    }
    let values = &columns[node["split_feature"].as_u64().unwrap() as usize];
    let threshold = node["threshold"].as_f64().unwrap();
    let goes_left = |row: &&usize| match values[**row] {
        value if value.is_nan() && node["missing_type"] == "NaN" => node["default_left"] == true,
        value if value.is_nan() => 0.0 <= threshold,
        value => value <= threshold,
    };
    let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(goes_left);
    let count = count_rows(&mut node["left_child"], columns, &left)
        + count_rows(&mut node["right_child"], columns, &right);
    node["internal_count"] = count.into();
    count
}

#[test]
fn a_forest_from_onnx_is_explained_against_the_rows_that_it_is_given_with() {
    for name in [
        "lightgbm-binary",
        "lightgbm-lambdarank",
        "lightgbm-regression",
    ] {
        let path = small().join(name);
        let rows = table(&path.with_extension("csv"));
        let ours = made(&path.with_extension("onnx"), &rows);
        // The same forest with the same counts, as LightGBM writes it: how that is explained is proved beside it.
        let mut model: Value =
            serde_json::from_slice(&bytes(&path.with_extension("json"))).unwrap();
        let columns: Vec<Vec<f64>> = (0..model["feature_names"].as_array().unwrap().len())
            .map(|at| rows.numbers(&format!("f{at}")).unwrap())
            .collect();
        let all: Vec<usize> = (0..rows.len()).collect();
        for tree in model["tree_info"].as_array_mut().unwrap() {
            count_rows(&mut tree["tree_structure"], &columns, &all);
        }
        let options = Options {
            id: "test",
            version: "1.0.0",
            ..Options::default()
        };
        let text = serde_json::to_vec(&model).unwrap();
        let theirs = convert(&text, &options, &mut |_, _, _| {}).unwrap();
        let (table, _) = rows.columns(&theirs.artifact.schema, None, 0.0).unwrap();
        let mut parts = 0;
        for row in 0..rows.len() {
            let [ours, theirs] =
                [&ours, &theirs].map(|made| made.artifact.explain(&table, None, row).unwrap());
            let theirs = theirs.parts.iter().chain([&theirs.base]);
            for (ours, theirs) in ours.parts.iter().chain([&ours.base]).zip(theirs) {
                assert!(
                    (ours - theirs).abs() <= 1e-5,
                    "{name}, row {row}: {ours} {theirs}"
                );
                parts += usize::from(theirs.abs() > 0.01);
            }
        }
        assert!(parts > 40, "{name}: {parts}");
    }
}

/// Scores, and contributions where the library gave them.
fn hold_to_predictions(folder: &Path, rows_at_least: usize, models_at_least: usize) {
    for format in FORMATS {
        let (mut differences, mut explained): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for (path, rows) in models(folder, format) {
            let made = made(&path, &rows);
            assert!(
                made.compared >= rows_at_least,
                "{}: {} rows",
                path.display(),
                made.compared
            );
            differences.push(made.difference);
            let contributions = path.with_extension("contributions.csv");
            if contributions.exists() && format != "onnx" {
                explained.push(explanations(&made.artifact, &rows, &table(&contributions)));
            }
        }
        assert!(
            differences.len() >= models_at_least,
            "{format}: {} models",
            differences.len()
        );
        let greatest = |list: &[f64]| list.iter().copied().fold(0.0, f64::max);
        println!(
            "{format}: {} models, scores within {:.1e}; {} of them explained, within {:.1e}",
            differences.len(),
            greatest(&differences),
            explained.len(),
            greatest(&explained)
        );
        assert!(greatest(&differences) <= 1e-6);
        assert!(greatest(&explained) <= 1e-5);
        assert!(explained.len() >= 3 || format == "onnx");
    }
}

/// The greatest difference to a library's own Shapley values, in proportion where those are greater than 1.
fn explanations(artifact: &Artifact, rows: &Rows, theirs: &Rows) -> f64 {
    let (columns, _) = rows.columns(&artifact.schema, None, 0.0).unwrap();
    let mut names = column_names(&artifact.schema);
    names.push("base".into());
    let theirs: Vec<Vec<f64>> = names
        .iter()
        .map(|name| theirs.numbers(name).unwrap())
        .collect();
    let slope = artifact.output.slope;
    let (mut greatest, mut sums) = (0.0, Vec::new());
    artifact.margins(&columns, &mut sums);
    // Explaining takes a hundred times as long as scoring.
    for row in 0..rows.len().min(300) {
        let why = artifact.explain(&columns, None, row).unwrap();
        let whole: f64 = why.base + why.parts.iter().sum::<f64>();
        let sum = artifact.output.slope * sums[row] + artifact.output.offset;
        assert!(
            (whole - sum).abs() <= 1e-9 * sum.abs().max(1.0),
            "row {row}: {whole} is not {sum}"
        );
        let ours = why.parts.iter().chain([&why.base]);
        for (ours, theirs) in ours.zip(&theirs) {
            // Libraries explain what they sum up, before their objective's factor.
            let difference = (ours / slope - theirs[row]).abs() / theirs[row].abs().max(1.0);
            greatest = f64::max(greatest, difference);
        }
    }
    greatest
}

#[test]
fn small_models_score_as_they_were_trained() {
    hold_to_predictions(&small(), 40, 3);
}

#[test]
fn large_models_score_as_they_were_trained() {
    if let Some(folder) = large() {
        hold_to_predictions(&folder, 1000, 3);
    }
}

/// A proof that finds nothing wrong is worth something only if it can.
#[test]
fn a_wrong_prediction_is_noticed() {
    let path = small().join("xgboost-rank.ubj");
    let text = String::from_utf8(bytes(&path.with_extension("csv"))).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (cells, prediction) = lines[7].rsplit_once(',').unwrap();
    lines[7] = format!("{cells},{}", prediction.parse::<f64>().unwrap() + 3e-6);
    let rows = Rows::read(lines.join("\n").as_bytes(), "rows.csv").unwrap();
    let options = Options {
        id: "x",
        version: "1.0.0",
        golden: Some(&rows),
        tolerance: 1e-6,
        ..Options::default()
    };
    let error = convert(&bytes(&path), &options, &mut |_, _, _| {}).unwrap_err();
    assert_eq!(error.place, "row 7");
}

/// A file of this version's format, as it was written once.
#[test]
fn the_format_stays_readable() {
    let path = small().join("lightgbm-binary.forebay");
    let now = made(
        &path.with_extension("txt"),
        &table(&path.with_extension("csv")),
    );
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &now.bytes).unwrap();
    }
    assert!(
        bytes(&path) == now.bytes,
        "the format has changed: raise its version, or UPDATE_EXPECT=1"
    );
}

#[test]
fn files_that_are_not_as_they_must_be() {
    let path = small().join("lightgbm-binary.txt");
    let made = made(&path, &table(&path.with_extension("csv")));
    assert_eq!(
        Artifact::load(&made.bytes, &[0; 32]),
        Err(ArtifactError::Digest)
    );
    for length in 0..made.bytes.len() {
        assert!(
            Artifact::read(&made.bytes[..length]).is_err(),
            "{length} bytes"
        );
    }
    // A leaf's value is changed by what no rounding explains.
    let Some(Model::Forest(forest)) = &made.artifact.model else {
        panic!()
    };
    let leaf = forest
        .nodes()
        .right
        .iter()
        .position(|right| *right == 0)
        .unwrap();
    let value = forest.nodes().values[leaf].to_le_bytes();
    let at = made
        .bytes
        .windows(4)
        .position(|bytes| bytes == value)
        .unwrap();
    let mut other = made.bytes.clone();
    other[at..at + 4].copy_from_slice(&9.0_f32.to_le_bytes());
    assert!(matches!(
        Artifact::read(&other),
        Err(ArtifactError::Golden(_))
    ));
}

fn refusal(text: &[u8]) -> String {
    read(text, &mut |_, _, _| {}).unwrap_err().to_string()
}

fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut model = serde_json::from_slice(&bytes(&small().join(name))).unwrap();
    change(&mut model);
    model.to_string().into_bytes()
}

#[test]
fn what_is_not_supported_is_named() {
    let lightgbm = |from: &str, to: &str| {
        let text = String::from_utf8(bytes(&small().join("lightgbm-binary.txt"))).unwrap();
        assert!(text.contains(from), "{from}");
        refusal(text.replacen(from, to, 1).as_bytes())
    };
    assert_eq!(
        lightgbm("objective=binary sigmoid:1", "objective=poisson"),
        "LightGBM text: objective `poisson` is not supported; there are binary, cross_entropy, regression and its kin, \
         lambdarank and rank_xendcg"
    );
    assert!(lightgbm("num_tree_per_iteration=1", "num_tree_per_iteration=3").contains("3 classes"));
    assert!(lightgbm("is_linear=0", "is_linear=1").starts_with("LightGBM tree 0: linear trees"));
    let text = String::from_utf8(bytes(&small().join("lightgbm-binary.txt"))).unwrap();
    let kinds = text
        .lines()
        .find(|line| line.starts_with("decision_type="))
        .unwrap();
    let (_, rest) = kinds.split_once(' ').unwrap();
    let categorical = lightgbm(kinds, &format!("decision_type=1 {rest}"));
    assert!(
        categorical.starts_with("LightGBM tree 0: split 0 is on column"),
        "{categorical}"
    );
    assert!(categorical.contains("oneHot"));

    let xgboost = |change: fn(&mut Value)| refusal(&changed("xgboost-binary.json", change));
    let dart = xgboost(|model| model["learner"]["gradient_booster"]["name"] = json!("dart"));
    assert_eq!(
        dart,
        "XGBoost JSON learner.gradient_booster: booster `dart` is not supported; only gbtree is"
    );
    let multi = xgboost(|model| model["learner"]["learner_model_param"]["num_class"] = json!("3"));
    assert!(multi.contains("num_class: it is 3"), "{multi}");
    let objective = xgboost(|model| model["learner"]["objective"]["name"] = json!("count:poisson"));
    assert!(
        objective.contains("objective `count:poisson` is not supported"),
        "{objective}"
    );
    let circle = xgboost(|model| {
        let tree = &mut model["learner"]["gradient_booster"]["model"]["trees"][2];
        tree["left_children"][1] = json!(0);
        tree["right_children"][1] = json!(0);
    });
    assert!(circle.starts_with("XGBoost JSON tree 2: "), "{circle}");

    assert!(refusal(b"").contains("that of no format"));
    assert!(refusal(b"{}").contains("tree_info"));
    assert!(refusal(b"{L").starts_with("UBJSON byte"));
    assert!(refusal(&[8, 10]).contains("no graph"));

    // In ONNX names are texts behind their length, so that one of the same length can be put in its place.
    let onnx = |name: &str, from: &str, to: &str| {
        let mut model = bytes(&small().join(name));
        assert_eq!(from.len(), to.len());
        for at in 0..model.len() - from.len() {
            if model[at..].starts_with(from.as_bytes()) {
                model[at..at + to.len()].copy_from_slice(to.as_bytes());
            }
        }
        refusal(&model)
    };
    let unknown = onnx("sklearn-mlp.onnx", "Relu", "Selu");
    assert!(unknown.starts_with("ONNX node 5 of "), "{unknown}");
    assert!(
        unknown.contains("operator Selu is not supported"),
        "{unknown}"
    );
    let link = onnx("sklearn-logistic.onnx", "LOGISTIC", "PROBITXX");
    assert!(
        link.contains("(LinearClassifier): post_transform PROBITXX is not supported"),
        "{link}"
    );
    let mode = onnx("sklearn-boosting.onnx", "BRANCH_LEQ", "BRANCH_XEQ");
    assert!(mode.contains("mode BRANCH_XEQ is not supported"), "{mode}");
}

/// Whatever is wrong with a model's bytes, it is said and not died of.
#[test]
fn damaged_models_are_refused_or_read() {
    let mut seed = 5_u64;
    for format in FORMATS {
        for (path, _) in models(&small(), format).iter().take(3) {
            let whole = bytes(path);
            for _ in 0..300 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut damaged = whole.clone();
                let at = (seed >> 20) as usize % damaged.len();
                damaged[at] ^= 1 << (seed >> 60 & 7);
                let _ = read(&damaged, &mut |_, _, _| {});
                let _ = read(&whole[..at], &mut |_, _, _| {});
            }
        }
    }
}

#[test]
fn schemas_say_what_is_wrong() {
    let feature = |text: &str| {
        let schema = format!(r#"{{ "name": "s", "version": 1, "features": [{text}] }}"#);
        parse_schema(&schema).map_err(|error| error.to_string())
    };
    let error = |text: &str| feature(text).unwrap_err();
    assert!(feature(r#"{ "name": "a", "kind": "flag", "input": "a", "missing": "nan" }"#).is_ok());
    assert_eq!(
        error(r#"{ "name": "a", "kind": "flag", "input": "a" }"#),
        "schema.features[0].missing: is missing"
    );
    assert_eq!(
        error(r#"{ "name": "a", "kind": "flag", "input": "a", "missing": "nan", "clip": [0, 1] }"#),
        "schema.features[0].clip: is not known here"
    );
    assert!(
        error(r#"{ "name": "a", "kind": "decay", "input": "a", "missing": "nan", "halfLife": 0 }"#)
            .starts_with("schema.features[0]: a bound")
    );
    let hashed =
        r#"{ "name": "a", "kind": "hashed", "input": "a", "missing": "default", "buckets": 4096 }"#;
    let flag = r#"{ "name": "b", "kind": "flag", "input": "b", "missing": "nan" }"#;
    assert!(error(&format!("{hashed}, {flag}")).contains("4,096 columns"));
    let same = r#"{ "name": "b", "kind": "flag", "input": "a", "missing": "nan" }"#;
    assert!(error(&format!("{hashed}, {same}")).starts_with("schema.features[1]: its input"));
    let hashed = hashed.replace("4096", "8");
    let cross = r#"{ "name": "c", "kind": "cross", "of": ["a", "b"], "missing": "default" }"#;
    assert!(error(&format!("{hashed}, {flag}, {cross}")).starts_with("schema.features[2]"));
}

/// A schema's columns in another order than the model's would give every row a wrong score.
#[test]
fn past_events_are_counted_as_in_a_page() {
    let schema = parse_schema(
        r#"{ "name": "inbox", "version": 1, "features": [
            { "name": "age", "kind": "numeric", "input": "age", "missing": "nan" },
            { "name": "opened", "kind": "count", "input": "author", "history": "opened", "window": 100, "missing": { "default": -1 } },
            { "name": "seen", "kind": "count", "input": "author", "history": "seen", "window": 10, "log1p": true, "missing": "default" } ] }"#,
    )
    .unwrap();
    let table = |text: &str, name: &str| Rows::read(text.as_bytes(), name).unwrap();
    let rows = || table("age,author\n1,ann\n2,bob\n3,\n4,cyd\n", "rows.csv");
    let error = rows().columns(&schema, None, 0.0).unwrap_err().to_string();
    assert!(error.contains("--history opened=EVENTS.csv"), "{error}");
    // In the window are events later than 900 s, and not after the moment.
    let opened = table(
        "key,time\nann,950000\nbob,900000\nann,1000000\nann,1000001\neve,990000\nbob,900001\n",
        "opened.csv",
    );
    let seen = table("time,key\n999000,cyd\n999500,cyd\n", "seen.csv");
    let rows = rows()
        .with_history("opened", opened)
        .with_history("seen", seen);
    let (columns, rejected) = rows.columns(&schema, None, 1_000_000.0).unwrap();
    let column = |at: usize| -> Vec<f32> { (0..4).map(|row| columns.get(row, at)).collect() };
    assert_eq!(column(1), [2.0, 1.0, -1.0, 0.0]);
    assert_eq!(column(2), [0.0, 0.0, 0.0, 3_f32.ln()]);
    assert_eq!(rejected, [false; 4]);
}

#[test]
fn a_schema_in_another_order_is_refused() {
    let path = small().join("lightgbm-lambdarank.txt");
    let features = |names: &[usize]| {
        let feature = |name: &usize| json!({ "name": format!("f{name}"), "kind": "numeric", "input": format!("f{name}"), "missing": "nan" });
        let features: Vec<Value> = names.iter().map(feature).collect();
        parse_schema(&json!({ "name": "s", "version": 1, "features": features }).to_string())
            .unwrap()
    };
    let convert = |names: &[usize]| {
        let options = Options {
            id: "x",
            version: "1.0.0",
            schema: Some(features(names)),
            ..Options::default()
        };
        convert(&bytes(&path), &options, &mut |_, _, _| {}).map_err(|error| error.to_string())
    };
    assert!(convert(&[0, 1, 2, 3, 4, 5, 6, 7, 8]).is_ok());
    assert!(
        convert(&[1, 0, 2, 3, 4, 5, 6, 7, 8])
            .unwrap_err()
            .contains("another order: column 0 is `f0`")
    );
    assert!(
        convert(&[0, 1, 2])
            .unwrap_err()
            .contains("makes 3 columns; the model reads 9")
    );
}

#[test]
fn scores_become_probabilities() {
    let path = small().join("lightgbm-lambdarank.txt");
    let text = String::from_utf8(bytes(&path.with_extension("csv"))).unwrap();
    let mut lines = text.lines();
    let mut labelled = format!("{},opened\n", lines.next().unwrap());
    for (row, line) in lines.enumerate() {
        let prediction: f64 = line.rsplit_once(',').unwrap().1.parse().unwrap();
        labelled += &format!("{line},{}\n", u8::from(prediction > 0.0 || row % 5 == 0));
    }
    let rows = Rows::read(labelled.as_bytes(), "rows.csv").unwrap();
    let options = Options {
        id: "x",
        version: "1.0.0",
        golden: Some(&rows),
        calibrate: Some("opened"),
        tolerance: 1e-6,
        ..Options::default()
    };
    let made = convert(&bytes(&path), &options, &mut |_, _, _| {}).unwrap();
    assert!(made.artifact.output.logistic && made.artifact.output.slope > 0.0);
    let (columns, _) = rows.columns(&made.artifact.schema, None, 0.0).unwrap();
    let mut scores = Vec::new();
    made.artifact.scores(&columns, None, &mut scores);
    let opened = rows.numbers("opened").unwrap();
    let [expected, actual] = [
        scores.iter().map(|score| f64::from(*score)).sum::<f64>(),
        opened.iter().sum(),
    ];
    assert!(
        (expected - actual).abs() < 1.5,
        "{expected} expected, {actual} opened"
    );
}
