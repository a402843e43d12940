//! From a page's raw columns to the matrix that a model reads.

use super::columns::Columns;
use super::drift::{Drift, Tally};
use super::float::{exp, ln_1p};
use super::murmur::murmur3;
use super::schema::{InputKind, Kind, Missing, Schema};

/// A code that stands for no text.
pub const NO_TEXT: u32 = u32::MAX;

/// What a page knows about some rows.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// How many rows.
    pub rows: usize,
    /// A raw column for each of the schema's inputs.
    pub inputs: &'a [Raw<'a>],
    /// Past events for each of the schema's histories.
    pub histories: &'a [History<'a>],
    /// Milliseconds since 1970.
    pub now: f64,
}

/// A raw column.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// Numbers in single precision.
    F32(&'a [f32]),
    /// Numbers in double precision, as for times.
    F64(&'a [f64]),
    /// Texts: for each row the place of its text among the distinct ones, or [`NO_TEXT`].
    Text {
        /// The places.
        codes: &'a [u32],
        /// The distinct texts.
        texts: Texts<'a>,
    },
}

/// Distinct texts, each once.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    /// One behind the other, in UTF-8.
    pub bytes: &'a [u8],
    /// Where each ends.
    pub ends: &'a [u32],
}

/// Past events.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// The key of each, a place among the distinct texts of the input that is counted for.
    pub codes: &'a [u32],
    /// When each was, in milliseconds since 1970.
    pub times: &'a [f64],
}

/// Why there are no features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureError {
    /// Another number of raw columns or histories than the schema has.
    Count,
    /// The raw column at this place holds numbers instead of texts, or texts instead of numbers.
    Kind(u16),
    /// The raw column at this place has more or fewer values than there are rows.
    Length(u16),
}

impl FeatureError {
    /// What is wrong and what to do, for a person.
    pub fn message(self) -> &'static str {
        match self {
            FeatureError::Count => "give one column for each input of the schema, and each history",
            FeatureError::Kind(_) => {
                "the schema says numbers where texts were given, or texts where numbers were"
            }
            FeatureError::Length(_) => "every column needs one value for each row",
        }
    }
}

impl Raw<'_> {
    fn kind(&self) -> InputKind {
        match self {
            Raw::Text { .. } => InputKind::Text,
            _ => InputKind::Number,
        }
    }

    fn len(&self) -> usize {
        match self {
            Raw::F32(values) => values.len(),
            Raw::F64(values) => values.len(),
            Raw::Text { codes, .. } => codes.len(),
        }
    }

    fn number(&self, row: usize) -> Option<f64> {
        let number = match self {
            Raw::F32(values) => f64::from(*values.get(row)?),
            Raw::F64(values) => *values.get(row)?,
            Raw::Text { .. } => return None,
        };
        (!number.is_nan()).then_some(number)
    }

    fn code(&self, row: usize) -> u32 {
        match self {
            Raw::Text { codes, .. } => codes.get(row).copied().unwrap_or(NO_TEXT),
            _ => NO_TEXT,
        }
    }
}

/// What became of a row's value.
enum Made {
    /// A number; whether it lay outside of what the schema expects.
    Number(f64, bool),
    /// A slot; whether it is the one of unknown words.
    Slot(usize, bool),
    Missing,
}

impl Schema {
    /// Makes the features of all rows. `rejected` gets a truth value for each row: whether a value is missing that
    /// must be there. `drift` counts what was missing, unknown or out of range.
    pub fn fill(
        &self,
        batch: &Batch,
        columns: &mut Columns,
        rejected: &mut Vec<bool>,
        drift: &mut Drift,
    ) -> Result<(), FeatureError> {
        self.check_batch(batch)?;
        columns.reset(batch.rows, self.columns());
        rejected.clear();
        rejected.resize(batch.rows, false);
        let mut makers: Vec<Maker> = Vec::with_capacity(self.features.len());
        let mut first = 0;
        for (place, feature) in self.features.iter().enumerate() {
            let input = batch.inputs.get(usize::from(feature.input));
            let maker = Maker::new(&feature.kind, input, batch);
            let width = self.width(place);
            let mut tally = Tally::default();
            for (row, rejected) in rejected.iter_mut().enumerate() {
                let made = maker.make(row, &makers);
                match made {
                    Made::Number(value, outside) => {
                        tally.outside += u32::from(outside);
                        columns.set(row, first, single(value));
                    }
                    Made::Slot(slot, unknown) => {
                        tally.unknown += u32::from(unknown);
                        columns.set(row, first + slot, 1.0);
                    }
                    Made::Missing => {
                        tally.missing += 1;
                        match feature.missing {
                            Missing::Default(value) => match &feature.kind {
                                Kind::Numeric { .. } | Kind::Flag => {
                                    if let Made::Number(value, _) = maker.number(value) {
                                        columns.set(row, first, single(value));
                                    }
                                }
                                Kind::Decay { .. } | Kind::Count { .. } => {
                                    columns.set(row, first, single(value));
                                }
                                _ => {}
                            },
                            Missing::Nan => {
                                for column in first..first + width {
                                    columns.set(row, column, f32::NAN);
                                }
                            }
                            Missing::Reject => *rejected = true,
                        }
                    }
                }
            }
            drift.add(place, tally);
            first += width;
            makers.push(maker);
        }
        drift.add_columns(columns);
        Ok(())
    }

    fn check_batch(&self, batch: &Batch) -> Result<(), FeatureError> {
        if batch.inputs.len() != self.inputs.len() || batch.histories.len() != self.histories.len()
        {
            return Err(FeatureError::Count);
        }
        for (place, (raw, input)) in batch.inputs.iter().zip(&self.inputs).enumerate() {
            if raw.kind() != input.kind {
                return Err(FeatureError::Kind(place as u16));
            }
            if raw.len() != batch.rows {
                return Err(FeatureError::Length(place as u16));
            }
        }
        Ok(())
    }
}

/// What can be known of a feature before its rows are looked at.
struct Maker<'a> {
    kind: &'a Kind,
    input: Option<&'a Raw<'a>>,
    now: f64,
    /// For each distinct text its slot, or how often it was counted.
    by_code: Vec<u32>,
}

impl<'a> Maker<'a> {
    fn new(kind: &'a Kind, input: Option<&'a Raw<'a>>, batch: &Batch) -> Maker<'a> {
        let mut by_code = Vec::new();
        if let Some(Raw::Text { texts, .. }) = input {
            let mut start = 0;
            for end in texts.ends {
                let end = *end as usize;
                let text = texts.bytes.get(start..end).unwrap_or(b"");
                start = end;
                by_code.push(match kind {
                    Kind::OneHot(vocabulary) => vocabulary.slot(text) as u32,
                    Kind::Hashed { buckets, seed } => murmur3(text, *seed)
                        .checked_rem(u32::from(*buckets))
                        .unwrap_or(0),
                    _ => 0,
                });
            }
        }
        if let Kind::Count {
            history, window, ..
        } = kind
            && let Some(history) = batch.histories.get(usize::from(*history))
        {
            let from = batch.now - window * 1000.0;
            for (code, time) in history.codes.iter().zip(history.times) {
                if *time > from
                    && *time <= batch.now
                    && let Some(count) = by_code.get_mut(*code as usize)
                {
                    *count += 1;
                }
            }
        }
        Maker {
            kind,
            input,
            now: batch.now,
            by_code,
        }
    }

    fn of_code(&self, row: usize) -> Option<u32> {
        self.by_code.get(self.input?.code(row) as usize).copied()
    }

    fn make(&self, row: usize, earlier: &[Maker]) -> Made {
        match self.kind {
            Kind::OneHot(_) | Kind::Hashed { .. } => match self.of_code(row) {
                Some(slot) => Made::Slot(slot as usize, self.is_unknown(slot)),
                None => Made::Missing,
            },
            Kind::Count { log1p, .. } => match self.of_code(row) {
                Some(count) if *log1p => Made::Number(ln_1p(f64::from(count)), false),
                Some(count) => Made::Number(f64::from(count), false),
                None => Made::Missing,
            },
            Kind::Cross { left, right } => {
                let of = |place: u16| {
                    let maker = earlier.get(usize::from(place))?;
                    Some((maker.of_code(row)?, maker))
                };
                match (of(*left), of(*right)) {
                    (Some((left, first)), Some((right, second))) => Made::Slot(
                        left as usize * second.slots() + right as usize,
                        first.is_unknown(left) || second.is_unknown(right),
                    ),
                    _ => Made::Missing,
                }
            }
            _ => match self.input.and_then(|input| input.number(row)) {
                Some(number) => self.number(number),
                None => Made::Missing,
            },
        }
    }

    fn slots(&self) -> usize {
        match self.kind {
            Kind::OneHot(vocabulary) => vocabulary.words().len() + 1,
            Kind::Hashed { buckets, .. } => usize::from(*buckets),
            _ => 0,
        }
    }

    fn is_unknown(&self, slot: u32) -> bool {
        match self.kind {
            Kind::OneHot(vocabulary) => vocabulary.words().len() == slot as usize,
            _ => false,
        }
    }

    /// What becomes of a number that is there.
    fn number(&self, number: f64) -> Made {
        match self.kind {
            Kind::Numeric {
                clip,
                log1p,
                mean,
                deviation,
            } => {
                let [low, high] = clip.unwrap_or([f64::MIN, f64::MAX]);
                let (mut value, mut outside) =
                    (number.max(low).min(high), number < low || number > high);
                // An infinity that no bound was declared for is not a number anybody meant.
                if number.is_infinite() && clip.is_none() {
                    return Made::Missing;
                }
                if *log1p {
                    outside |= value < 0.0;
                    value = ln_1p(value.max(0.0));
                }
                Made::Number((value - mean) / deviation, outside)
            }
            Kind::Flag => Made::Number(f64::from(u8::from(number != 0.0)), false),
            Kind::Decay { half_life } => {
                let age = (self.now - number) / 1000.0;
                if age.is_nan() {
                    return Made::Missing;
                }
                let halves = age.max(0.0) / half_life;
                Made::Number(exp(-core::f64::consts::LN_2 * halves), age < 0.0)
            }
            _ => Made::Missing,
        }
    }
}

/// In single precision, and finite.
fn single(value: f64) -> f32 {
    (value as f32).clamp(f32::MIN, f32::MAX)
}
