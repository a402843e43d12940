//! Tables of rows, as CSV with a header: what a model is proved with, and what it scores.

use super::error::{ConvertError, fail};
use super::schema::column_names;
use crate::infer::{Batch, Columns, Drift, History, InputKind, Kind, NO_TEXT, Raw, Schema, Texts};
use std::collections::HashMap;

/// A table.
#[derive(Debug)]
pub struct Rows {
    place: String,
    header: Vec<String>,
    cells: Vec<csv::StringRecord>,
    /// Past events, by the name of their history.
    histories: HashMap<String, Rows>,
}

/// What a table's columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// A model's columns, made elsewhere.
    Columns,
    /// A schema's inputs.
    Inputs,
}

impl Rows {
    /// Reads a table. `place` says for people where it comes from.
    pub fn read(bytes: &[u8], place: &str) -> Result<Rows, ConvertError> {
        let mut reader = csv::Reader::from_reader(bytes);
        let wrong = |error: csv::Error| ConvertError::new(place, error.to_string());
        let header = reader
            .headers()
            .map_err(wrong)?
            .iter()
            .map(str::to_owned)
            .collect();
        let cells = reader.records().collect::<Result<_, _>>().map_err(wrong)?;
        Ok(Rows {
            place: place.to_owned(),
            header,
            cells,
            histories: HashMap::new(),
        })
    }

    /// What has happened before, in which a schema's features count: a table with the columns `key` (a text as in the
    /// input that is counted for) and `time` (milliseconds since 1970).
    pub fn with_history(mut self, name: &str, events: Rows) -> Rows {
        self.histories.insert(name.into(), events);
        self
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The names of its columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    fn position(&self, name: &str) -> Result<usize, ConvertError> {
        match self.header.iter().position(|other| other == name) {
            Some(position) => Ok(position),
            None => fail(&*self.place, format!("has no column `{name}`")),
        }
    }

    /// A column of texts.
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, ConvertError> {
        let position = self.position(name)?;
        Ok(self
            .cells
            .iter()
            .map(|row| row.get(position).unwrap_or(""))
            .collect())
    }

    /// A column of numbers; NaN where a cell is empty.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, ConvertError> {
        let texts = self.texts(name)?;
        let number = |(row, text): (usize, &str)| match text.trim() {
            "" => Ok(f64::NAN),
            "true" => Ok(1.0),
            "false" => Ok(0.0),
            text => text.parse().map_err(|_| {
                // The header is the first line.
                let place = format!("{} line {}, column `{name}`", self.place, row + 2);
                ConvertError::new(place, format!("{text:?} is not a number"))
            }),
        };
        texts.into_iter().enumerate().map(number).collect()
    }

    /// The matrix for a model, and which rows lack what must be there. What the table's columns are is found out by
    /// their names where `space` does not say. `now` is in milliseconds since 1970.
    pub fn columns(
        &self,
        schema: &Schema,
        space: Option<Space>,
        now: f64,
    ) -> Result<(Columns, Vec<bool>), ConvertError> {
        let has = |name: &str| self.header.iter().any(|other| other == name);
        let names = column_names(schema);
        let column = names.iter().find(|name| !has(name));
        let input = schema.inputs.iter().find(|input| !has(&input.name));
        match (space, column, input) {
            (Some(Space::Columns), _, _) | (None, None, Some(_)) => self.made(&names),
            (Some(Space::Inputs), _, _) | (None, Some(_), None) => self.fill(schema, now),
            (None, None, None) => {
                // A feature may be called as what it is made of. That matters only where it changes anything.
                let (made, filled) = (self.made(&names)?, self.fill(schema, now)?);
                let bits = |columns: &Columns| -> Vec<u32> {
                    columns
                        .values()
                        .iter()
                        .map(|value| value.to_bits())
                        .collect()
                };
                if bits(&made.0) != bits(&filled.0) {
                    return fail(
                        &*self.place,
                        "may be the schema's inputs or its columns by their names: say `--rows inputs` or `--rows columns`",
                    );
                }
                Ok(filled)
            }
            (None, Some(column), Some(input)) => fail(
                &*self.place,
                format!(
                    "has neither all of the schema's columns (`{column}` is missing) nor all of its inputs (`{}` is \
                     missing)",
                    input.name
                ),
            ),
        }
    }

    /// Of columns that were made elsewhere.
    fn made(&self, names: &[String]) -> Result<(Columns, Vec<bool>), ConvertError> {
        let mut columns = Columns::new(self.len(), names.len());
        for (column, name) in names.iter().enumerate() {
            for (row, value) in self.numbers(name)?.into_iter().enumerate() {
                columns.set(row, column, value as f32);
            }
        }
        Ok((columns, vec![false; self.len()]))
    }

    fn fill(&self, schema: &Schema, now: f64) -> Result<(Columns, Vec<bool>), ConvertError> {
        let mut inputs = Vec::new();
        for input in &schema.inputs {
            inputs.push(match input.kind {
                InputKind::Number => Given::Numbers(self.numbers(&input.name)?),
                InputKind::Text => Given::texts(&self.texts(&input.name)?),
            });
        }
        let events: Vec<Events> = (0..schema.histories.len())
            .map(|place| self.events(schema, place, &inputs))
            .collect::<Result<_, _>>()?;
        let raw: Vec<Raw> = inputs.iter().map(Given::raw).collect();
        let histories: Vec<History> = events.iter().map(Events::history).collect();
        let batch = Batch {
            rows: self.len(),
            inputs: &raw,
            histories: &histories,
            now,
        };
        let (mut columns, mut rejected) = (Columns::default(), Vec::new());
        let mut drift = Drift::new(schema.features.len(), None);
        match schema.fill(&batch, &mut columns, &mut rejected, &mut drift) {
            Ok(()) => Ok((columns, rejected)),
            Err(error) => fail(&*self.place, error.message()),
        }
    }
}

/// Past events that own what they say.
struct Events {
    codes: Vec<u32>,
    times: Vec<f64>,
}

impl Events {
    fn history(&self) -> History<'_> {
        History {
            codes: &self.codes,
            times: &self.times,
        }
    }
}

impl Rows {
    /// One of the schema's histories, with keys as the input has them that is counted for.
    fn events(
        &self,
        schema: &Schema,
        place: usize,
        inputs: &[Given],
    ) -> Result<Events, ConvertError> {
        let name = &*schema.histories[place];
        let Some(events) = self.histories.get(name) else {
            return fail(
                &*self.place,
                format!(
                    "features count in the history `{name}`: give it with --history {name}=EVENTS.csv, a table with \
                     the columns `key` and `time`; or give the schema's columns instead of inputs"
                ),
            );
        };
        let counts = |kind: &Kind| matches!(kind, Kind::Count { history, .. } if usize::from(*history) == place);
        let input = schema.features.iter().find(|feature| counts(&feature.kind));
        let known = match input.and_then(|feature| inputs.get(usize::from(feature.input))) {
            Some(Given::Texts { known, .. }) => known,
            _ => return fail("schema", format!("nothing counts in the history `{name}`")),
        };
        // What no row has concerns none.
        let code = |key: &&str| known.get(*key).copied().unwrap_or(NO_TEXT);
        Ok(Events {
            codes: events.texts("key")?.iter().map(code).collect(),
            times: events.numbers("time")?,
        })
    }
}

/// A raw column that owns its values.
enum Given {
    Numbers(Vec<f64>),
    Texts {
        codes: Vec<u32>,
        bytes: Vec<u8>,
        ends: Vec<u32>,
        /// The code of each distinct text.
        known: HashMap<String, u32>,
    },
}

impl Given {
    /// An empty text is a missing one.
    fn texts(texts: &[&str]) -> Given {
        let mut known: HashMap<String, u32> = HashMap::new();
        let (mut codes, mut bytes, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for text in texts {
            if text.is_empty() {
                codes.push(NO_TEXT);
                continue;
            }
            let next = ends.len() as u32;
            codes.push(*known.entry((*text).into()).or_insert_with(|| {
                bytes.extend_from_slice(text.as_bytes());
                ends.push(bytes.len() as u32);
                next
            }));
        }
        Given::Texts {
            codes,
            bytes,
            ends,
            known,
        }
    }

    fn raw(&self) -> Raw<'_> {
        match self {
            Given::Numbers(numbers) => Raw::F64(numbers),
            Given::Texts {
                codes, bytes, ends, ..
            } => Raw::Text {
                codes,
                texts: Texts { bytes, ends },
            },
        }
    }
}
