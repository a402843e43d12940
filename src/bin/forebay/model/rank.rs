//! `forebay model rank`: scores of a table's rows, as a page would give them.

use super::{Arguments, number, read, rows_with_histories, space_of, write};
use forebay::convert::{Rows, column_names};
use forebay::infer::{Artifact, Columns, Feedback, Learned, Pace, Ranking, rank};
use std::collections::HashMap;
use std::fmt::Write;

pub(super) fn run(arguments: &[String]) -> Result<(), String> {
    let mut arguments = Arguments::new(arguments);
    let [out, space, now, learn, rate, attention] =
        ["-o", "--rows", "--now", "--learn", "--rate", "--attention"]
            .map(|name| arguments.option(name));
    let explain = arguments.flag("--explain");
    let histories = arguments.options("--history");
    let [path, table] = arguments.end()?;
    let now = match number("--now", now)? {
        Some(now) => now,
        None => std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(0.0, |since| since.as_millis() as f64),
    };
    let (rate, attention) = (number("--rate", rate)?, number("--attention", attention)?);
    let artifact = Artifact::read(&read(&path)?)
        .map_err(|error| format!("{path}: {} ({error:?})", error.message()))?;
    let rows = rows_with_histories(&table, &histories)?;
    let (columns, rejected) = rows
        .columns(&artifact.schema, space_of(space)?, now)
        .map_err(|error| error.to_string())?;
    let text = match learn {
        Some(names) if !explain => {
            let usual = Pace::default();
            let pace = Pace {
                rate: rate.unwrap_or(usual.rate),
                position: attention.unwrap_or(usual.position),
                ..usual
            };
            learned(&artifact, &rows, &columns, &names, pace)?
        }
        Some(_) => return Err("--explain and --learn are for two runs".into()),
        None if rate.is_some() || attention.is_some() => {
            return Err("--rate and --attention are of --learn".into());
        }
        None if explain => explained(&artifact, &columns)?,
        None => scored(&artifact, &columns, &rejected),
    };
    match out {
        Some(path) => write(&path, text.as_bytes()),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}

/// Each row's score, and its place among all.
fn scored(artifact: &Artifact, columns: &Columns, rejected: &[bool]) -> String {
    let mut scores = Vec::new();
    artifact.scores(columns, None, &mut scores);
    for (score, rejected) in scores.iter_mut().zip(rejected) {
        if *rejected {
            *score = f32::NAN;
        }
    }
    let mut places = vec![0; scores.len()];
    let ranking = Ranking {
        limit: scores.len(),
        ..Ranking::default()
    };
    for (place, ranked) in rank(&scores, &ranking).iter().enumerate() {
        places[ranked.row as usize] = place + 1;
    }
    let mut text = String::from("score,place\n");
    for (score, place) in scores.iter().zip(places) {
        let _ = writeln!(text, "{score},{place}");
    }
    text
}

fn explained(artifact: &Artifact, columns: &Columns) -> Result<String, String> {
    let mut text = column_names(&artifact.schema).join(",") + ",base\n";
    for row in 0..columns.rows() {
        let why = artifact
            .explain(columns, None, row)
            .ok_or("this model cannot be explained: it is a network, or a forest that does not know its training rows")?;
        for part in why.parts {
            let _ = write!(text, "{part},");
        }
        let _ = writeln!(text, "{}", why.base);
    }
    Ok(text)
}

/// Scores as they were before each slate's feedback.
fn learned(
    artifact: &Artifact,
    rows: &Rows,
    columns: &Columns,
    names: &str,
    pace: Pace,
) -> Result<String, String> {
    let names: Vec<&str> = names.split(',').collect();
    let [principal, slate, label] = names[..] else {
        return Err("--learn needs three names of columns: PRINCIPAL,SLATE,LABEL".into());
    };
    let column = |name: &str| rows.texts(name).map_err(|error| error.to_string());
    let (principals, slates) = (column(principal)?, column(slate)?);
    let labels = rows.numbers(label).map_err(|error| error.to_string())?;
    let mut sums = Vec::new();
    artifact.margins(columns, &mut sums);
    let mut of_principal: HashMap<&str, Learned> = HashMap::new();
    let mut text = String::from("score\n");
    let mut start = 0;
    for slate in slates.chunk_by(|one, next| one == next) {
        let range = start..start + slate.len();
        start = range.end;
        let learned = of_principal
            .entry(principals[range.start])
            .or_insert_with(|| Learned::new(artifact, pace));
        let score = |row: usize| {
            artifact
                .output
                .score(sums[row], learned.shift(artifact, columns, row))
        };
        let scores: Vec<f32> = range.clone().map(score).collect();
        for score in &scores {
            let _ = writeln!(text, "{score}");
        }
        let ranking = Ranking {
            limit: scores.len(),
            ..Ranking::default()
        };
        for (position, ranked) in rank(&scores, &ranking).iter().enumerate() {
            let row = range.start + ranked.row as usize;
            let feedback = match labels[row] {
                label if label.is_nan() => Feedback::Ignored,
                label if label > 0.5 => Feedback::Opened,
                _ => Feedback::Dismissed,
            };
            learned.learn(
                artifact,
                (columns, row),
                sums[row],
                feedback,
                position as u32,
            );
        }
    }
    Ok(text)
}
