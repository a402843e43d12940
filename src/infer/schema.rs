//! What a model is fed with: which features, made of what, and how.
//!
//! A schema is data. It is written as JSON beside the training code, compiled into the model's file, and read from
//! there by the page; its digest is what tools, pages and what was learned on a device compare.

use crate::fingerprint::order;

/// Columns that a schema may make together, and slots of one feature.
pub const MOST_COLUMNS: usize = 4096;
/// Columns whose weights may be learned on a device.
pub const MOST_LEARNED: usize = 32;

/// The features of a model, in the order of its columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// What people call it.
    pub name: Box<str>,
    /// Raised by people when its meaning changes.
    pub version: u32,
    /// The raw columns that a page gives, in this order.
    pub inputs: Vec<Input>,
    /// Names of the lists of past events in which is counted, in the order in which a page gives them.
    pub histories: Vec<Box<str>>,
    /// What is made of them.
    pub features: Vec<Feature>,
}

/// A raw column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is called in the page's objects.
    pub name: Box<str>,
    /// What it holds.
    pub kind: InputKind,
}

/// What a raw column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Numbers, truth values as 0 and 1, times in milliseconds since 1970; NaN where there is none.
    Number,
    /// Texts.
    Text,
}

/// One feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// What people call it; explanations are in these words.
    pub name: Box<str>,
    /// Which of the inputs it is made of; without meaning for a cross.
    pub input: u16,
    /// What stands for a value that is missing.
    pub missing: Missing,
    /// Whether a device may learn weights for its columns.
    pub learned: bool,
    /// How it is made.
    pub kind: Kind,
}

/// What stands for a value that is missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Missing {
    /// This: in the terms of the input for [`Kind::Numeric`] and [`Kind::Flag`], of the result for [`Kind::Decay`] and
    /// [`Kind::Count`]. Features with slots set none of them.
    Default(f64),
    /// NaN: forests know a way for it, other models take the column's mean.
    Nan,
    /// Nothing: the row gets no score.
    Reject,
}

/// How a feature is made.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number, in this order: kept between two bounds, its logarithm taken, standardised.
    Numeric {
        /// The least and the greatest value.
        clip: Option<[f64; 2]>,
        /// ln(1 + x), with 0 for what is below 0.
        log1p: bool,
        /// Subtracted.
        mean: f64,
        /// Divided by.
        deviation: f64,
    },
    /// 1 for everything but 0.
    Flag,
    /// A slot for each word, and one more for all others.
    OneHot(Vocabulary),
    /// A slot for each bucket of MurmurHash3.
    Hashed {
        /// How many slots.
        buckets: u16,
        /// Of the hash.
        seed: u32,
    },
    /// 1 for now, ½ for a half-life ago, and so on.
    Decay {
        /// In seconds.
        half_life: f64,
    },
    /// How many events of a history have the row's text as their key, within a window that ends now.
    Count {
        /// Which of the histories.
        history: u16,
        /// In seconds.
        window: f64,
        /// ln(1 + count).
        log1p: bool,
    },
    /// A slot for each pair of slots of two earlier features.
    Cross {
        /// The place of one of them; its slots are the rows of the pairs.
        left: u16,
        /// The place of the other.
        right: u16,
    },
}

/// Words, each once, in the order of their slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<Box<str>>,
    /// Their places in the order of their bytes.
    sorted: Vec<u32>,
}

impl Vocabulary {
    /// `None` if a word is there twice, or there are more than [`MOST_COLUMNS`] or none.
    pub fn new(words: Vec<Box<str>>) -> Option<Vocabulary> {
        if words.is_empty() || words.len() >= MOST_COLUMNS {
            return None;
        }
        let word = |at: u32| words.get(at as usize).map_or("", |word| word);
        let sorted = order(words.len(), &|a, b| word(a) < word(b));
        let twice = sorted.windows(2).any(|two| word(two[0]) == word(two[1]));
        (!twice).then_some(Vocabulary { words, sorted })
    }

    /// The words.
    pub fn words(&self) -> &[Box<str>] {
        &self.words
    }

    /// The slot of a word; that of all others if it is none of them.
    pub(super) fn slot(&self, word: &[u8]) -> usize {
        let at = |place: usize| -> &[u8] {
            let at = self.sorted.get(place).copied().unwrap_or(0);
            self.words
                .get(at as usize)
                .map_or(b"", |word| word.as_bytes())
        };
        let (mut low, mut high) = (0, self.sorted.len());
        while low < high {
            let middle = (low + high) / 2;
            if at(middle) < word {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        match self.sorted.get(low) {
            Some(slot) if at(low) == word => *slot as usize,
            _ => self.words.len(),
        }
    }
}

/// What is wrong with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaError {
    /// Its bytes are not an encoded schema of this version.
    Encoding,
    /// The feature at this place names an input that is not there or holds something else.
    Input(u16),
    /// The feature at this place has a bound, deviation, half-life, window, history, default or number of slots that
    /// it cannot have.
    Parameter(u16),
    /// The feature at this place crosses something else than two earlier features with slots.
    Cross(u16),
    /// More than [`MOST_COLUMNS`] columns, or more than [`MOST_LEARNED`] to learn.
    Columns,
}

impl Schema {
    /// How many columns the feature at `place` has; 0 if there is none.
    pub fn width(&self, place: usize) -> usize {
        match self.features.get(place).map(|feature| &feature.kind) {
            None => 0,
            Some(Kind::OneHot(vocabulary)) => vocabulary.words.len() + 1,
            Some(Kind::Hashed { buckets, .. }) => usize::from(*buckets),
            // Its parts are no crosses, so this ends.
            Some(Kind::Cross { left, right }) => {
                self.slots(usize::from(*left)) * self.slots(usize::from(*right))
            }
            Some(_) => 1,
        }
    }

    /// How many slots the feature at `place` has if it can be part of a cross, else 0.
    fn slots(&self, place: usize) -> usize {
        match self.features.get(place).map(|feature| &feature.kind) {
            Some(Kind::OneHot(_) | Kind::Hashed { .. }) => self.width(place),
            _ => 0,
        }
    }

    /// How many columns all features have together.
    pub fn columns(&self) -> usize {
        (0..self.features.len())
            .map(|place| self.width(place))
            .sum()
    }

    /// The columns for which a device may learn weights.
    pub fn learned_columns(&self) -> Vec<u16> {
        let (mut columns, mut next) = (Vec::new(), 0);
        for (place, feature) in self.features.iter().enumerate() {
            let width = self.width(place);
            if feature.learned {
                columns.extend((next..next + width).map(|column| column as u16));
            }
            next += width;
        }
        columns
    }

    /// Whether every part fits the others.
    pub fn check(&self) -> Result<(), SchemaError> {
        let (mut columns, mut learned) = (0, 0);
        for (place, feature) in self.features.iter().enumerate() {
            let at = place as u16;
            let sound = match &feature.kind {
                Kind::Numeric {
                    clip,
                    mean,
                    deviation,
                    ..
                } => {
                    let ordered =
                        |[low, high]: [f64; 2]| low.is_finite() && high.is_finite() && low <= high;
                    clip.is_none_or(ordered) && mean.is_finite() && positive(*deviation)
                }
                Kind::Decay { half_life } => positive(*half_life),
                Kind::Count {
                    history, window, ..
                } => positive(*window) && usize::from(*history) < self.histories.len(),
                Kind::Hashed { buckets, .. } => (1..=MOST_COLUMNS as u16).contains(buckets),
                Kind::Cross { left, right } => {
                    if *left >= at || *right >= at || self.width(place) == 0 {
                        return Err(SchemaError::Cross(at));
                    }
                    true
                }
                Kind::Flag | Kind::OneHot(_) => true,
            };
            let default = match feature.missing {
                Missing::Default(value) => value.is_finite(),
                _ => true,
            };
            if !sound || !default {
                return Err(SchemaError::Parameter(at));
            }
            if !matches!(feature.kind, Kind::Cross { .. }) {
                let input = self.inputs.get(usize::from(feature.input));
                if input.map(|input| input.kind) != Some(feature.kind.wants()) {
                    return Err(SchemaError::Input(at));
                }
            }
            let width = self.width(place);
            columns += width;
            learned += if feature.learned { width } else { 0 };
            if columns > MOST_COLUMNS || learned > MOST_LEARNED {
                return Err(SchemaError::Columns);
            }
        }
        Ok(())
    }
}

fn positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

impl Kind {
    /// What it must be made of.
    pub fn wants(&self) -> InputKind {
        match self {
            Kind::OneHot(_) | Kind::Hashed { .. } | Kind::Count { .. } => InputKind::Text,
            _ => InputKind::Number,
        }
    }
}
