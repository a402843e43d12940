//! Rows, kept as columns.

use super::dictionary::Dictionary;
use super::format::Kind;

/// Rows of a block: as many as a machine word has bits.
pub const BLOCK: usize = 64;

/// Stands in a column where the row has no value.
pub const MISSING: f64 = f64::NAN;
/// Stands where the value is null.
pub const NULL: f64 = f64::NEG_INFINITY;
/// Stands where the value is of another kind than the column.
pub const WRONG: f64 = f64::INFINITY;

/// The greatest whole number up to which doubles leave none out.
const GREATEST: f64 = 9_007_199_254_740_991.0;

/// A value as rows, principals and contexts have it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is none.
    Missing,
    /// It is null.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// An entity: its type and its id.
    Entity(&'a str, &'a str),
    /// A list; its order and how often an element occurs make no difference.
    List(Vec<Value<'a>>),
    /// Something that no policy can read.
    Other,
}

/// Values of rows by name and kind, and the texts in them.
///
/// Every value is a double: numbers are themselves, texts and ids their number in the dictionary, flags 0 or 1. What
/// is not finite says why there is no value. So whoever fills columns writes into one plain array for each. A set's
/// value is how many elements it has; they lie together among the column's items, from the row's start on.
#[derive(Debug, Default)]
pub struct Columns {
    rows: usize,
    dictionary: Dictionary,
    columns: Vec<Column>,
}

#[derive(Debug)]
pub(super) struct Column {
    name: Box<str>,
    kind: Kind,
    of: Box<str>,
    /// Filled up with [`WRONG`] to whole blocks.
    pub(super) values: Vec<f64>,
    starts: Vec<u32>,
    items: Vec<f64>,
    /// Which rows have a value, a bit for each.
    pub(super) ok: Vec<u64>,
    /// Nothing was written since it was checked.
    is_checked: bool,
}

impl Columns {
    /// Rows that have no columns yet.
    pub fn new(rows: usize) -> Columns {
        Columns {
            rows,
            ..Columns::default()
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many blocks of [`BLOCK`] rows; the last may be less.
    pub fn blocks(&self) -> usize {
        self.rows.div_ceil(BLOCK)
    }

    /// Takes rows away from the end, or adds some without values: until a column is filled, reading it is an error.
    pub fn resize(&mut self, rows: usize) {
        self.rows = rows;
        for column in &mut self.columns {
            column.values.truncate(rows);
            column.resize(rows);
        }
    }

    /// The number of a column, a new one if there is none of this name and kind yet. `of` is the type of entities.
    /// Until it is filled, reading it is an error.
    pub fn add(&mut self, name: &str, kind: Kind, of: &str) -> usize {
        let same =
            |column: &Column| *column.name == *name && column.kind == kind && *column.of == *of;
        if let Some(at) = self.columns.iter().position(same) {
            return at;
        }
        let mut column = Column {
            name: name.into(),
            kind,
            of: of.into(),
            values: Vec::new(),
            starts: Vec::new(),
            items: Vec::new(),
            ok: Vec::new(),
            is_checked: true,
        };
        column.resize(self.rows);
        self.columns.push(column);
        self.columns.len() - 1
    }

    /// The column in which a program finds a value. Whether there is one at all, any column of the name can say.
    /// One that was written into and not checked is as good as none.
    pub(super) fn find(&self, name: &str, kind: Kind, of: &str) -> Option<usize> {
        let exact = self
            .columns
            .iter()
            .position(|column| *column.name == *name && column.kind == kind && *column.of == *of);
        let any = |column: &Column| *column.name == *name;
        let found = match kind {
            Kind::Any => exact.or_else(|| self.columns.iter().position(any)),
            _ => exact,
        };
        found.filter(|at| self.column(*at).is_some_and(|column| column.is_checked))
    }

    pub(super) fn column(&self, at: usize) -> Option<&Column> {
        self.columns.get(at)
    }

    /// The number of a text.
    pub fn intern(&mut self, text: &str) -> u32 {
        self.dictionary.intern(text)
    }

    pub(super) fn texts(&self) -> usize {
        self.dictionary.len()
    }

    pub(super) fn text(&self, number: f64) -> &str {
        self.dictionary.text(number as usize)
    }

    /// The values of a column, to be written; [`Columns::check`] them afterwards.
    pub fn values_mut(&mut self, column: usize) -> &mut [f64] {
        let rows = self.rows;
        let column = self.written(column);
        column
            .and_then(|column| column.values.get_mut(..rows))
            .unwrap_or_default()
    }

    /// Where the elements of each row's set begin among the items, to be written.
    pub fn starts_mut(&mut self, column: usize) -> &mut [u32] {
        let column = self.written(column);
        column.map(|column| &mut *column.starts).unwrap_or_default()
    }

    /// The elements of a column's sets, to be added to.
    pub fn items_mut(&mut self, column: usize) -> Option<&mut Vec<f64>> {
        Some(&mut self.written(column)?.items)
    }

    fn written(&mut self, column: usize) -> Option<&mut Column> {
        let column = self.columns.get_mut(column)?;
        column.is_checked = false;
        Some(column)
    }

    /// Writes one value; [`Columns::check`] the column afterwards. The texts of a folded column come folded.
    pub fn put(&mut self, column: usize, row: usize, value: &Value) {
        let Some(column) = self.columns.get_mut(column) else {
            return;
        };
        column.is_checked = false;
        let start = column.items.len();
        let value = encode(
            &mut self.dictionary,
            &mut column.items,
            column.kind,
            &column.of,
            value,
        );
        if let (true, Some(place)) = (row < self.rows, column.values.get_mut(row)) {
            *place = value;
        }
        if let Some(place) = column.starts.get_mut(row) {
            *place = start as u32;
        }
    }

    /// Looks at each value of a column that was written into, once, so that the machine need not: what is not of the
    /// column's kind becomes [`WRONG`].
    pub fn check(&mut self, column: usize) {
        let texts = self.dictionary.len();
        let Some(column) = self.columns.get_mut(column) else {
            return;
        };
        let Column {
            kind,
            values,
            starts,
            items,
            ok,
            is_checked,
            ..
        } = column;
        *is_checked = true;
        for (row, value) in values.iter_mut().enumerate() {
            if !value.is_finite() {
                continue;
            }
            let fits = match kind.element() {
                Some(element) => {
                    let start = starts.get(row).copied().unwrap_or(0) as usize;
                    let set = items.get(start..start.saturating_add(*value as usize));
                    is_index(*value, usize::MAX)
                        && set.is_some_and(|set| set.iter().all(|item| fits(element, *item, texts)))
                }
                None => fits(*kind, *value, texts),
            };
            if !fits {
                *value = WRONG;
            }
        }
        for (ok, block) in ok.iter_mut().zip(values.as_chunks().0) {
            *ok = bits(block, |value| value.is_finite());
        }
    }
}

impl Column {
    fn resize(&mut self, rows: usize) {
        let blocks = rows.div_ceil(BLOCK);
        self.values.resize(blocks * BLOCK, WRONG);
        self.ok.resize(blocks, 0);
        if self.kind.element().is_some() {
            self.starts.resize(rows, 0);
        }
    }

    pub(super) fn set(&self, row: usize, count: f64) -> Option<&[f64]> {
        let start = *self.starts.get(row)? as usize;
        self.items.get(start..start + count as usize)
    }
}

/// Of which values of a block something holds.
pub(super) fn bits(values: &[f64; BLOCK], holds: impl Fn(f64) -> bool) -> u64 {
    let mut bits = 0;
    for (at, value) in values.iter().enumerate() {
        bits |= u64::from(holds(*value)) << at;
    }
    bits
}

fn is_index(value: f64, below: usize) -> bool {
    value >= 0.0 && value as u32 as f64 == value && (value as usize) < below
}

/// Whether a finite number can stand for a value of this kind.
fn fits(kind: Kind, value: f64, texts: usize) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Flag => value == 0.0 || value == 1.0,
        Kind::Long => value.abs() <= GREATEST && value as i64 as f64 == value,
        Kind::Number => value.is_finite(),
        _ => is_index(value, texts),
    }
}

/// What stands for a value of this kind; a set's elements are added to the items.
pub(super) fn encode(
    dictionary: &mut Dictionary,
    items: &mut Vec<f64>,
    kind: Kind,
    of: &str,
    value: &Value,
) -> f64 {
    let start = items.len();
    let encoded = match (kind, value) {
        (_, Value::Missing) => return MISSING,
        (_, Value::Null) => return NULL,
        (Kind::Any, _) => 0.0,
        (Kind::Flag, Value::Flag(flag)) => u32::from(*flag).into(),
        (Kind::Long | Kind::Number, Value::Number(number)) => *number,
        (Kind::Text | Kind::Folded, Value::Text(text)) => dictionary.intern(text).into(),
        (Kind::Entity, Value::Entity(type_, id)) if *type_ == of => dictionary.intern(id).into(),
        (_, Value::List(elements)) if let Some(element) = kind.element() => {
            for value in elements {
                let item = encode(dictionary, &mut Vec::new(), element, of, value);
                items.push(item);
            }
            let added = items.get(start..).unwrap_or(&[]);
            match added
                .iter()
                .all(|item| item.is_finite() && fits(element, *item, usize::MAX))
            {
                true => return elements.len() as f64,
                false => WRONG,
            }
        }
        _ => WRONG,
    };
    match encoded.is_finite() && fits(kind, encoded, usize::MAX) {
        true => encoded,
        false => WRONG,
    }
}

impl Columns {
    /// What stands for a value of the call.
    pub(super) fn encode(
        &mut self,
        items: &mut Vec<f64>,
        kind: Kind,
        of: &str,
        value: &Value,
    ) -> f64 {
        encode(&mut self.dictionary, items, kind, of, value)
    }
}
