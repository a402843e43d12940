//! Models, what they are fed with, and the order that comes of it.

use super::packed::{self, Writer};
use super::{refuse, with_page};
use crate::infer::{
    Artifact, ArtifactError, Batch, Columns, Drift, Feedback, History, InputKind, Kind, Learned,
    Mark, NO_TEXT, Pace, Ranking, Raw, Recency, Spread, Texts, heuristic, rank,
};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Numbers at the head of a ranker's lists: now, how many rows are wanted, the half-life of the heuristic, and the
/// half-life and weight of the demotion by age.
const HEAD: usize = 5;
/// Lists that every row is in: its mark, its priority and its time.
const COMMON: usize = 3;

/// A model if there is one, what it has learned, and what the page has written for it.
#[derive(Default)]
pub(super) struct Ranker {
    /// The same for all rankers of one file.
    artifact: Option<Rc<Artifact>>,
    /// The file's digest.
    digest: [u8; 32],
    learned: Option<Learned>,
    drift: Drift,
    /// Of each input the distinct texts.
    words: Vec<Words>,
    histories: Vec<Vec<f64>>,
    lists: Vec<f64>,
    columns: Columns,
    rejected: Vec<bool>,
}

#[derive(Default)]
struct Words {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

fn with_ranker<T>(ranker: usize, with: impl FnOnce(&mut Ranker) -> T) -> Option<T> {
    with_page(|page| page.rankers.get(ranker).map(with)).flatten()
}

/// A ranker that has no model; its number.
#[wasm_bindgen]
pub fn ranker() -> usize {
    with_page(|page| page.rankers.keep(Ranker::default())).unwrap_or(0)
}

/// Forgets a ranker.
#[wasm_bindgen]
pub fn drop_ranker(ranker: usize) {
    with_page(|page| page.rankers.drop(ranker));
}

/// Gives a ranker a model. In the scratch area are the SHA-256 that it must have and its bytes; these are not needed
/// where another ranker has it. Negative: the length of a message that says what is wrong; the model that it had before
/// stays.
#[wasm_bindgen]
pub fn model(ranker: usize, length: usize) -> i32 {
    let loaded = packed::read(length, |packed| {
        let (digest, bytes) = packed.rest().split_first_chunk::<32>()?;
        let known = with_page(|page| page.rankers.find(|one| one.model_of(digest))).flatten();
        let model = known.map_or_else(|| Artifact::load(bytes, digest).map(Rc::new), Ok);
        Some(model.map(|model| (model, *digest)))
    });
    match loaded.unwrap_or(Err(ArtifactError::Length)) {
        Ok((model, _)) if model.model.is_none() => refuse(&["has policies and no model"]),
        Ok((model, digest)) => {
            with_ranker(ranker, |ranker| ranker.take(model, digest)).unwrap_or(0)
        }
        Err(wrong) => refuse(&[wrong.message()]),
    }
}

/// Packs what a ranker's model is: its id and version; how many inputs, and of each whether it is of texts and its
/// name; how many histories, and of each the input whose texts it counts and its name; and the names of features.
#[wasm_bindgen]
pub fn described(ranker: usize) -> usize {
    let mut out = Writer::default();
    with_ranker(ranker, |ranker| {
        let artifact = ranker.artifact.as_ref()?;
        let schema = &artifact.schema;
        out.text(&artifact.id);
        out.text(&artifact.version);
        out.number(schema.inputs.len() as f64);
        for input in &schema.inputs {
            out.number(f64::from(u8::from(input.kind == InputKind::Text)));
            out.text(&input.name);
        }
        out.number(schema.histories.len() as f64);
        for (place, name) in schema.histories.iter().enumerate() {
            let counts = |kind: &Kind| matches!(kind, Kind::Count { history, .. } if usize::from(*history) == place);
            let feature = schema.features.iter().find(|feature| counts(&feature.kind));
            out.number(feature.map_or(0.0, |feature| feature.input.into()));
            out.text(name);
        }
        for feature in &schema.features {
            out.text(&feature.name);
        }
        Some(())
    });
    packed::answer(out)
}

/// Adds a packed text to those of an input; its code.
#[wasm_bindgen]
pub fn word(ranker: usize, input: usize, length: usize) -> u32 {
    packed::read(length, |packed| {
        let text = packed.text()?;
        with_ranker(ranker, |ranker| {
            let words = ranker.words.get_mut(input)?;
            words.bytes.extend_from_slice(text.as_bytes());
            words.ends.push(words.bytes.len() as u32);
            Some(words.ends.len() as u32 - 1)
        })
    })
    .flatten()
    .unwrap_or(NO_TEXT)
}

/// Forgets the texts of all inputs.
#[wasm_bindgen]
pub fn forget_words(ranker: usize) {
    with_ranker(ranker, Ranker::forget_words);
}

/// Room for the keys and then the times of so many events of a history; where it is.
#[wasm_bindgen]
pub fn history(ranker: usize, history: usize, events: usize) -> usize {
    with_ranker(ranker, |ranker| {
        let list = ranker.histories.get_mut(history)?;
        list.clear();
        list.resize(2 * events, f64::NAN);
        Some(list.as_mut_ptr() as usize)
    })
    .flatten()
    .unwrap_or(0)
}

/// Room for so many numbers of a ranker's lists; where it is. They are: the head, of each spread its factor; then,
/// with a number for each row, the marks, priorities and times, of each spread what rows are, and the inputs.
#[wasm_bindgen]
pub fn lists(ranker: usize, count: usize) -> usize {
    with_ranker(ranker, |ranker| {
        ranker.lists.clear();
        ranker.lists.resize(count, f64::NAN);
        ranker.lists.as_mut_ptr() as usize
    })
    .unwrap_or(0)
}

/// Makes the features of so many rows from the lists; whether there is a model that they are for. They are counted
/// among what the model is fed with, or not.
#[wasm_bindgen]
pub fn fill(ranker: usize, rows: usize, spreads: usize, counts: bool) -> bool {
    with_ranker(ranker, |ranker| ranker.fill(rows, spreads, counts)).flatten() == Some(true)
}

/// Finds the order of rows, each followed by its score; how many numbers that are. Scores come from nowhere (0), from the
/// features that were filled (1), or they stand in the lists in the place of the inputs (2).
#[wasm_bindgen]
pub fn rank_rows(ranker: usize, rows: usize, spreads: usize, scores: u32) -> usize {
    with_page(|page| {
        let ranked = page.rankers.get(ranker)?.rank(rows, spreads, scores)?;
        page.found = ranked;
        Some(page.found.len())
    })
    .flatten()
    .unwrap_or(0)
}

/// Finds what each feature adds to the sum of a row that was filled; how many features there are, 0 if it cannot be
/// said.
#[wasm_bindgen]
pub fn explain(ranker: usize, row: usize) -> usize {
    with_page(|page| {
        let ranker = page.rankers.get(ranker)?;
        let artifact = ranker.artifact.as_ref()?;
        let why = artifact.explain(&ranker.columns, ranker.learned.as_ref(), row)?;
        page.found = artifact.by_feature(&why.parts);
        Some(page.found.len())
    })
    .flatten()
    .unwrap_or(0)
}

/// Lets a ranker learn from what a person did with a row that was filled; whether it could.
#[wasm_bindgen]
pub fn learn(ranker: usize, row: usize, feedback: usize, position: u32) -> bool {
    const FEEDBACKS: [Feedback; 3] = [Feedback::Opened, Feedback::Dismissed, Feedback::Ignored];
    with_ranker(ranker, |ranker| {
        let artifact = ranker.artifact.as_ref()?;
        let learned = ranker.learned.as_mut()?;
        if *ranker.rejected.get(row)? {
            return None;
        }
        let mut sums = Vec::new();
        artifact.margins(&ranker.columns, &mut sums);
        let feedback = *FEEDBACKS.get(feedback)?;
        learned.learn(
            artifact,
            (&ranker.columns, row),
            *sums.get(row)?,
            feedback,
            position,
        );
        Some(())
    })
    .flatten()
    .is_some()
}

/// What a ranker has learned, as bytes in the scratch area; how many, 0 if it does not learn.
#[wasm_bindgen]
pub fn learned(ranker: usize) -> usize {
    let mut out = Writer::default();
    with_ranker(ranker, |ranker| {
        if let Some(learned) = &ranker.learned {
            out.bytes(&learned.to_bytes());
        }
    });
    packed::answer(out)
}

/// Lets a ranker learn: anew, or from what the scratch area says it had learned. False: that was for another schema,
/// or is no such thing, and it begins anew.
#[wasm_bindgen]
pub fn let_learn(ranker: usize, length: usize) -> bool {
    packed::read(length, |packed| {
        let bytes = packed.rest();
        with_ranker(ranker, |ranker| {
            let artifact = ranker.artifact.as_ref()?;
            let before = Learned::from_bytes(bytes, artifact, Pace::default()).ok();
            let is_known = before.is_some();
            let anew = || Learned::new(artifact, Pace::default());
            ranker.learned = Some(before.unwrap_or_else(anew));
            Some(is_known)
        })
    })
    .flatten()
    .unwrap_or(false)
}

/// Finds how many rows were filled; then of each feature how often it was missing, unknown and out of range, and the
/// greatest population stability index of its columns (NaN if it is not known); how many numbers that are.
#[wasm_bindgen]
pub fn drift(ranker: usize) -> usize {
    with_page(|page| {
        let ranker = page.rankers.get(ranker)?;
        let (drift, schema) = (&ranker.drift, &ranker.artifact.as_ref()?.schema);
        page.found.clear();
        page.found.push(drift.rows().into());
        let mut column = 0;
        for (place, tally) in drift.tallies().iter().enumerate() {
            let counts = [tally.missing, tally.unknown, tally.outside];
            page.found.extend(counts.map(f64::from));
            let next = column + schema.width(place);
            let greatest = (column..next).filter_map(|column| drift.stability(column));
            page.found.push(greatest.fold(f64::NAN, f64::max));
            column = next;
        }
        Some(page.found.len())
    })
    .flatten()
    .unwrap_or(0)
}

impl Ranker {
    fn model_of(&self, digest: &[u8; 32]) -> Option<Rc<Artifact>> {
        self.artifact.clone().filter(|_| self.digest == *digest)
    }

    fn take(&mut self, artifact: Rc<Artifact>, digest: [u8; 32]) -> i32 {
        if let Some(learned) = &self.learned {
            let kept = Learned::from_bytes(&learned.to_bytes(), &artifact, Pace::default());
            self.learned = Some(kept.unwrap_or_else(|_| Learned::new(&artifact, Pace::default())));
        }
        self.drift = artifact.drift();
        self.words.clear();
        let inputs = artifact.schema.inputs.len();
        self.words.resize_with(inputs, Words::default);
        self.histories.clear();
        let histories = artifact.schema.histories.len();
        self.histories.resize_with(histories, Vec::new);
        self.artifact = Some(artifact);
        self.digest = digest;
        1
    }

    fn forget_words(&mut self) {
        for words in &mut self.words {
            words.bytes.clear();
            words.ends.clear();
        }
    }

    fn head(&self, at: usize) -> f64 {
        self.lists.get(at).copied().unwrap_or(f64::NAN)
    }

    fn fill(&mut self, rows: usize, spreads: usize, counts: bool) -> Option<bool> {
        let artifact = self.artifact.as_ref()?;
        let lists = &self.lists;
        let first = HEAD + spreads;
        let list = |at: usize| lists.get(first + at * rows..first + (at + 1) * rows);
        let mut codes = Vec::new();
        for at in 0..self.words.len() {
            codes.push(whole(list(COMMON + spreads + at)?));
        }
        let mut inputs = Vec::new();
        for (at, input) in artifact.schema.inputs.iter().enumerate() {
            let words = self.words.get(at)?;
            inputs.push(match input.kind {
                InputKind::Number => Raw::F64(list(COMMON + spreads + at)?),
                InputKind::Text => Raw::Text {
                    codes: codes.get(at)?,
                    texts: Texts {
                        bytes: &words.bytes,
                        ends: &words.ends,
                    },
                },
            });
        }
        let mut events = Vec::new();
        for list in &self.histories {
            let (codes, times) = list.split_at_checked(list.len() / 2)?;
            events.push((whole(codes), times));
        }
        let histories: Vec<History> = events
            .iter()
            .map(|(codes, times)| History { codes, times })
            .collect();
        let batch = Batch {
            rows,
            inputs: &inputs,
            histories: &histories,
            now: lists.first().copied()?,
        };
        let schema = &artifact.schema;
        let mut uncounted = Drift::default();
        let drift = match counts {
            true => &mut self.drift,
            false => &mut uncounted,
        };
        let (columns, rejected) = (&mut self.columns, &mut self.rejected);
        let filled = schema.fill(&batch, columns, rejected, drift);
        Some(filled.is_ok())
    }

    fn rank(&self, rows: usize, spreads: usize, from: u32) -> Option<Vec<f64>> {
        let first = HEAD + spreads;
        let list = |at: usize| {
            let range = first + at * rows..first + (at + 1) * rows;
            self.lists.get(range)
        };
        let mut scores = Vec::new();
        match &self.artifact {
            Some(artifact) if from == 1 && self.columns.rows() == rows => {
                artifact.scores(&self.columns, self.learned.as_ref(), &mut scores);
                for (score, rejected) in scores.iter_mut().zip(&self.rejected) {
                    if *rejected {
                        *score = f32::NAN;
                    }
                }
            }
            _ if from == 2 => {
                for score in list(COMMON + spreads)? {
                    scores.push(*score as f32);
                }
            }
            _ => scores.resize(rows, f32::NAN),
        }
        let mut marks = Vec::new();
        for mark in list(0)? {
            marks.push(match *mark as u32 {
                1 => Mark::Pinned,
                2 => Mark::Muted,
                _ => Mark::None,
            });
        }
        let (now, times) = (self.head(0), list(2)?);
        let mut otherwise = Vec::new();
        for (priority, time) in list(1)?.iter().zip(times) {
            otherwise.push(heuristic(*priority, now - time, self.head(2)));
        }
        let mut codes = Vec::new();
        for at in 0..spreads {
            codes.push(whole(list(COMMON + at)?));
        }
        let spread: Vec<Spread> = codes
            .iter()
            .enumerate()
            .map(|(at, codes)| Spread {
                codes,
                factor: self.head(HEAD + at) as f32,
            })
            .collect();
        let recency = Recency {
            times,
            now,
            half_life: self.head(3),
            weight: self.head(4),
        };
        let ranking = Ranking {
            limit: self.head(1) as usize,
            spread: &spread,
            recency: (recency.weight > 0.0).then_some(recency),
            marks: &marks,
            otherwise: &otherwise,
        };
        let mut ranked = Vec::new();
        for place in rank(&scores, &ranking) {
            ranked.push(place.row.into());
            ranked.push(place.score.into());
        }
        Some(ranked)
    }
}

fn whole(numbers: &[f64]) -> Vec<u32> {
    let mut whole = Vec::with_capacity(numbers.len());
    for number in numbers {
        whole.push(*number as u32);
    }
    whole
}
