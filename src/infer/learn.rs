//! What a device learns from one person: a small correction to a model that stays as it is.
//!
//! FTRL-proximal (McMahan et al., *Ad Click Prediction: a View from the Trenches*, 2013) over at most 32 columns and
//! a constant, as a logit that is added to the model's. It cannot be greater than a bound, so that a model is
//! corrected and never overruled. What was learned is a value: it can be looked at, stored, handed out and erased.

use super::artifact::Artifact;
use super::bytes::{Reader, Writer};
use super::columns::Columns;
use super::float::{exp, ln, sigmoid};
use super::model::Contributions;

/// Of the encoding.
const VERSION: u16 = 1;
/// Standardised values further from 0 than this count as this.
const FURTHEST: f64 = 4.0;
/// What was opened far down counts for more, but not for more than this.
const GREATEST_WEIGHT: f64 = 5.0;

/// What a person did with a row that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// Followed it.
    Opened,
    /// Sent it away.
    Dismissed,
    /// Neither.
    Ignored,
}

/// How fast is learned, and what may come of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// α: the first steps' size.
    pub rate: f64,
    /// β: how many events it takes before steps grow smaller.
    pub patience: f64,
    /// λ₁: weights that gather less evidence stay 0.
    pub least: f64,
    /// λ₂: pulls weights towards 0.
    pub pull: f64,
    /// The correction's logit lies between this and its negative.
    pub bound: f64,
    /// How much of a no it is to be ignored at the top of the list.
    pub ignored: f64,
    /// η: how quickly attention falls, as 1 / (1 + position)^η (Joachims, Swaminathan and Schnabel, *Unbiased
    /// Learning-to-Rank with Biased Feedback*, 2017).
    pub position: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            rate: 0.1,
            patience: 1.0,
            least: 0.0,
            pull: 1.0,
            bound: 1.5,
            ignored: 0.2,
            position: 1.0,
        }
    }
}

/// What was learned from one person for one schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    schema: [u8; 32],
    /// Whose weights are learned.
    columns: Vec<u16>,
    /// FTRL's z and n, for the constant first and then for each of the columns.
    sums: Vec<[f64; 2]>,
    pace: Pace,
    /// How often something was opened, dismissed, ignored.
    events: [u32; 3],
}

/// Why stored bytes are not what was learned for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearnedError {
    /// They are no such thing, or of another version.
    Encoding,
    /// It was learned for another schema: begin anew.
    Schema,
}

impl Learned {
    /// Nothing yet.
    pub fn new(artifact: &Artifact, pace: Pace) -> Learned {
        let columns = artifact.schema.learned_columns();
        Learned {
            schema: artifact.schema_digest,
            sums: vec![[0.0; 2]; columns.len() + 1],
            columns,
            pace,
            events: [0; 3],
        }
    }

    /// How often something was opened, dismissed and ignored.
    pub fn events(&self) -> [u32; 3] {
        self.events
    }

    /// The weight of the constant, then that of each learned column.
    pub fn weights(&self) -> Vec<f64> {
        self.sums.iter().map(|sums| self.weight(*sums)).collect()
    }

    fn weight(&self, [z, n]: [f64; 2]) -> f64 {
        let Pace {
            rate,
            patience,
            least,
            pull,
            ..
        } = self.pace;
        if z.abs() <= least {
            return 0.0;
        }
        let weight = (least.copysign(z) - z) / ((patience + n.sqrt()) / rate + pull);
        if weight.is_finite() { weight } else { 0.0 }
    }

    /// A column's value as it is learned from: less the training's mean, and in its deviations where those are large.
    /// Small ones are left: one event with a flag that is rarely set would teach as much as dozens of others.
    fn value(artifact: &Artifact, columns: &Columns, row: usize, column: u16) -> f64 {
        let at = usize::from(column);
        let mean = artifact.means.get(at).copied().unwrap_or(0.0);
        let deviation = artifact.deviations.get(at).copied().unwrap_or(1.0);
        let value = f64::from(columns.get(row, at) - mean) / f64::from(deviation.max(1.0));
        if value.is_nan() {
            0.0
        } else {
            value.clamp(-FURTHEST, FURTHEST)
        }
    }

    fn fits(&self, artifact: &Artifact) -> bool {
        self.schema == artifact.schema_digest
    }

    /// What is added to a row's logit: 0 for a model with another schema.
    pub fn shift(&self, artifact: &Artifact, columns: &Columns, row: usize) -> f64 {
        self.shift_by(&self.weights(), artifact, columns, row)
    }

    /// The same by weights that were asked for once for many rows.
    pub(super) fn shift_by(
        &self,
        weights: &[f64],
        artifact: &Artifact,
        columns: &Columns,
        row: usize,
    ) -> f64 {
        self.bounded(self.unbounded(weights, artifact, columns, row))
    }

    fn bounded(&self, sum: f64) -> f64 {
        let bound = self.pace.bound.max(0.0);
        sum.max(-bound).min(bound)
    }

    fn unbounded(
        &self,
        weights: &[f64],
        artifact: &Artifact,
        columns: &Columns,
        row: usize,
    ) -> f64 {
        let mut sum = 0.0;
        if self.fits(artifact) {
            self.each(weights, artifact, columns, row, |_, part| sum += part);
        }
        sum
    }

    /// Calls for the constant, and for each column, with what it adds.
    fn each(
        &self,
        weights: &[f64],
        artifact: &Artifact,
        columns: &Columns,
        row: usize,
        mut call: impl FnMut(Option<u16>, f64),
    ) {
        let mut weights = weights.iter();
        call(None, weights.next().copied().unwrap_or(0.0));
        for (column, weight) in self.columns.iter().zip(weights) {
            // Most weights are 0 in the beginning.
            if *weight != 0.0 {
                let value = Learned::value(artifact, columns, row, *column);
                call(Some(*column), weight * value);
            }
        }
    }

    /// Adds what was learned to a row's contributions, as much of it as the bound lets through.
    pub(super) fn explain(
        &self,
        artifact: &Artifact,
        columns: &Columns,
        row: usize,
        why: &mut Contributions,
    ) {
        let weights = self.weights();
        let whole = self.unbounded(&weights, artifact, columns, row);
        if whole == 0.0 {
            return;
        }
        let share = self.bounded(whole) / whole;
        self.each(&weights, artifact, columns, row, |column, part| {
            let to = match column {
                Some(column) => why.parts.get_mut(usize::from(column)),
                None => Some(&mut why.base),
            };
            if let Some(to) = to {
                *to += share * part;
            }
        });
    }

    /// How much a feedback says that was given at a position, the first of which is 0.
    fn significance(&self, feedback: Feedback, position: u32) -> f64 {
        let attention = exp(-self.pace.position * ln(1.0 + f64::from(position)));
        match feedback {
            Feedback::Opened => (1.0 / attention).min(GREATEST_WEIGHT),
            Feedback::Dismissed => 1.0,
            Feedback::Ignored => self.pace.ignored * attention,
        }
    }

    /// Learns from what a person did with a row at a position of the list (the first is 0). `sum` is the model's
    /// for that row. Does nothing for a model with another schema.
    pub fn learn(
        &mut self,
        artifact: &Artifact,
        (columns, row): (&Columns, usize),
        sum: f64,
        feedback: Feedback,
        position: u32,
    ) {
        let shift = self.shift(artifact, columns, row);
        let logit = artifact.output.slope * sum + artifact.output.offset + shift;
        let opened = f64::from(u8::from(feedback == Feedback::Opened));
        let error = (sigmoid(logit) - opened) * self.significance(feedback, position);
        if !self.fits(artifact) || error.is_nan() {
            return;
        }
        if let Some(events) = self.events.get_mut(feedback as usize) {
            *events = events.saturating_add(1);
        }
        for at in 0..self.sums.len() {
            let column = at.checked_sub(1).and_then(|at| self.columns.get(at));
            let value = column.map_or(1.0, |column| {
                Learned::value(artifact, columns, row, *column)
            });
            let Some([z, n]) = self.sums.get(at).copied() else {
                continue;
            };
            let slope = error * value;
            let more = n + slope * slope;
            let step = (more.sqrt() - n.sqrt()) / self.pace.rate;
            let next = [z + slope - step * self.weight([z, n]), more];
            if let Some(sums) = self.sums.get_mut(at)
                && next.iter().all(|number| number.is_finite())
            {
                *sums = next;
            }
        }
    }

    /// Everything that was learned. There is no more of it, and no events are in it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.u16(VERSION);
        out.bytes(&self.schema);
        for count in self.events {
            out.u32(count);
        }
        out.u16(self.columns.len() as u16);
        for column in &self.columns {
            out.u16(*column);
        }
        for number in self.sums.iter().flatten() {
            out.f64(*number);
        }
        out.0
    }

    /// Reads what [`Learned::to_bytes`] gave, for this model.
    pub fn from_bytes(
        bytes: &[u8],
        artifact: &Artifact,
        pace: Pace,
    ) -> Result<Learned, LearnedError> {
        let mut learned = Learned::new(artifact, pace);
        let mut reader = Reader(bytes);
        let schema = Learned::head(&mut reader).ok_or(LearnedError::Encoding)?;
        if schema != learned.schema {
            return Err(LearnedError::Schema);
        }
        learned.read(&mut reader).ok_or(LearnedError::Encoding)?;
        Ok(learned)
    }

    fn head(reader: &mut Reader) -> Option<[u8; 32]> {
        if reader.u16()? != VERSION {
            return None;
        }
        reader.digest()
    }

    fn read(&mut self, reader: &mut Reader) -> Option<()> {
        for count in &mut self.events {
            *count = reader.u32()?;
        }
        let mut same = usize::from(reader.u16()?) == self.columns.len();
        for column in &self.columns {
            same &= reader.u16()? == *column;
        }
        for sums in &mut self.sums {
            *sums = [reader.f64()?, reader.f64()?];
            same &= sums[0].is_finite() && sums[1].is_finite() && sums[1] >= 0.0;
        }
        (same && reader.0.is_empty()).then_some(())
    }
}
