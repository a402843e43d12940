//! From a trained model to its file, with the proof that both give the same.

use super::calibrate::platt;
use super::error::{ConvertError, fail};
use super::rows::{Rows, Space};
use super::schema::{as_they_are, column_names};
use super::{Progress, Trained, read, statistics};
use crate::infer::{Artifact, Columns, Model, Schema};

/// Golden rows that are put into the file.
const GOLDEN: usize = 32;

/// What a conversion is told.
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// What the model is called.
    pub id: &'a str,
    /// Its version as major.minor.patch.
    pub version: &'a str,
    /// Its features; without them, numbers as they are.
    pub schema: Option<Schema>,
    /// Rows, and what the library that trained it predicts for each, in a column `prediction`. A forest whose format does not
    /// say how many rows came by each node (ONNX) is explained against these.
    pub golden: Option<&'a Rows>,
    /// What the rows' columns are, where their names do not say.
    pub space: Option<Space>,
    /// The moment that the rows are of, in milliseconds since 1970: ages and counts of past events go by it.
    pub now: f64,
    /// A column of the rows with 1 for rows that were opened and 0 for others: scores become probabilities of that.
    pub calibrate: Option<&'a str>,
    /// How far a prediction may be from ours, in proportion where it is greater than 1.
    pub tolerance: f64,
}

/// A model's file, and what was found out about it.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub bytes: Vec<u8>,
    /// The file, read back.
    pub artifact: Artifact,
    /// The format it was converted from.
    pub format: &'static str,
    /// How many rows were compared.
    pub compared: usize,
    /// The greatest difference to a prediction, in proportion where that is greater than 1.
    pub difference: f64,
}

/// Converts a model's file of another library.
pub fn convert(bytes: &[u8], options: &Options, progress: Progress) -> Result<Made, ConvertError> {
    let Trained {
        format,
        names,
        model,
        output,
    } = read(bytes, progress)?;
    let width = model.columns();
    let schema = match &options.schema {
        Some(schema) => schema.clone(),
        None => as_they_are(&names_or_numbers(&names, width)),
    };
    same_columns(&schema, &names, width)?;
    let mut artifact = Artifact {
        id: options.id.into(),
        version: options.version.into(),
        schema_digest: schema.digest(),
        schema,
        model: Some(model),
        output,
        means: Vec::new(),
        deviations: Vec::new(),
        bins: None,
        golden: Vec::new(),
        expected: Vec::new(),
        policies: Vec::new(),
    };
    let (mut compared, mut difference) = (0, 0.0);
    if let Some(rows) = options.golden {
        progress("rows", 0, rows.len());
        let (columns, _) = rows.columns(&artifact.schema, options.space, options.now)?;
        if let Some(Model::Forest(forest)) = &artifact.model
            && !forest.is_covered()
        {
            artifact.model = Some(Model::Forest(forest.covered_by(&columns)));
        }
        (artifact.means, artifact.deviations) = statistics::moments(&columns);
        artifact.bins = statistics::bins(&columns);
        let predictions = rows.numbers("prediction")?;
        difference = compare(&artifact, &columns, &predictions, options.tolerance)?;
        compared = rows.len();
        if let Some(label) = options.calibrate {
            let outcomes = rows.numbers(label)?.into_iter().map(|label| label > 0.5);
            let mut sums = Vec::new();
            artifact.margins(&columns, &mut sums);
            sums.truncate(columns.rows());
            artifact.output = platt(&sums, &outcomes.collect::<Vec<bool>>()).ok_or_else(|| {
                ConvertError::new(
                    format!("column `{label}`"),
                    "both 0 and 1 must be there to calibrate with",
                )
            })?;
        }
        embed(&mut artifact, &columns);
        progress("rows", rows.len(), rows.len());
    } else if options.calibrate.is_some() {
        return fail("calibration", "needs rows: give them with --golden");
    }
    let bytes = artifact.write();
    match Artifact::read(&bytes) {
        // Bytes, since a golden row may have a NaN, which equals nothing.
        Ok(read) if read.write() == bytes => Ok(Made {
            bytes,
            artifact,
            format,
            compared,
            difference,
        }),
        Ok(_) => fail("the new file", "reads back as another model"),
        Err(error) => fail("the new file", error.message()),
    }
}

fn names_or_numbers(names: &[String], width: usize) -> Vec<String> {
    if names.len() == width {
        return names.to_vec();
    }
    (0..width).map(|column| format!("f{column}")).collect()
}

/// A schema must make the columns that the model was trained on, in their order.
fn same_columns(schema: &Schema, names: &[String], width: usize) -> Result<(), ConvertError> {
    let ours = column_names(schema);
    if ours.len() != width {
        return fail(
            "schema",
            format!("makes {} columns; the model reads {width}", ours.len()),
        );
    }
    let mut sorted = [ours.clone(), names.to_vec()];
    sorted.iter_mut().for_each(|names| names.sort_unstable());
    let other = ours
        .iter()
        .zip(names)
        .position(|(ours, theirs)| ours != theirs);
    match other {
        Some(column) if sorted[0] == sorted[1] => fail(
            "schema",
            format!(
                "makes the model's columns in another order: column {column} is `{}`, not `{}`",
                names[column], ours[column]
            ),
        ),
        _ => Ok(()),
    }
}

/// The greatest difference between our scores and predictions.
fn compare(
    artifact: &Artifact,
    columns: &Columns,
    predictions: &[f64],
    tolerance: f64,
) -> Result<f64, ConvertError> {
    let mut scores = Vec::new();
    artifact.scores(columns, None, &mut scores);
    let mut greatest = 0.0;
    for (row, (score, prediction)) in scores.iter().zip(predictions).enumerate() {
        let difference = (f64::from(*score) - prediction).abs() / prediction.abs().max(1.0);
        if difference.is_nan() || difference > tolerance {
            return fail(
                format!("row {}", row + 1),
                format!(
                    "scores {score}, but was predicted {prediction}; more than {tolerance:e} is no rounding"
                ),
            );
        }
        greatest = f64::max(greatest, difference);
    }
    Ok(greatest)
}

/// Puts rows from the whole length of the table into the file, and their scores.
fn embed(artifact: &mut Artifact, columns: &Columns) {
    let step = columns.rows().div_ceil(GOLDEN).max(1);
    let mut scores = Vec::new();
    artifact.scores(columns, None, &mut scores);
    for row in (0..columns.rows()).step_by(step) {
        artifact
            .golden
            .extend((0..columns.width()).map(|column| columns.get(row, column)));
        artifact.expected.push(scores[row]);
    }
}
