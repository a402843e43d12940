//! Rows, as the page writes them.

use super::{packed, with_page};
use crate::permit::{Columns, Kind};
use wasm_bindgen::prelude::*;

/// A table of so many rows; its number.
#[wasm_bindgen]
pub fn table(rows: usize) -> usize {
    with_page(|page| page.tables.keep(Columns::new(rows))).unwrap_or(0)
}

/// Forgets a table.
#[wasm_bindgen]
pub fn drop_table(table: usize) {
    with_page(|page| page.tables.drop(table));
}

/// Gives a table another number of rows; those that are added have no values.
#[wasm_bindgen]
pub fn resize(table: usize, rows: usize) {
    with_table(table, |columns| columns.resize(rows));
}

/// The number of the column of this kind. Packed: its name and the type of its entities. −1: there is no such table
/// or kind.
#[wasm_bindgen]
pub fn column(table: usize, kind: usize, length: usize) -> i32 {
    packed::read(length, |packed| {
        let (name, of) = (packed.text()?, packed.text()?);
        let kind = Kind::of_byte(kind as u8).filter(|kind| *kind != Kind::Pattern)?;
        with_table(table, |columns| columns.add(name, kind, of) as i32)
    })
    .unwrap_or(-1)
}

/// The number of a packed text in this table.
#[wasm_bindgen]
pub fn intern(table: usize, length: usize) -> f64 {
    packed::read(length, |packed| {
        let text = packed.text()?;
        with_table(table, |columns| f64::from(columns.intern(text)))
    })
    .unwrap_or(f64::INFINITY)
}

/// Where a column's values are, to be written, one double for each row. They count once they are checked.
#[wasm_bindgen]
pub fn values(table: usize, column: usize) -> usize {
    with_table(table, |columns| {
        columns.values_mut(column).as_mut_ptr() as usize
    })
    .unwrap_or(0)
}

/// Where it is said, in 32 bits for each row, at which item the elements of its set begin.
#[wasm_bindgen]
pub fn starts(table: usize, column: usize) -> usize {
    with_table(table, |columns| {
        columns.starts_mut(column).as_mut_ptr() as usize
    })
    .unwrap_or(0)
}

/// Makes room for all elements of a column's sets; where they are.
#[wasm_bindgen]
pub fn items(table: usize, column: usize, count: usize) -> usize {
    with_table(table, |columns| {
        let items = columns.items_mut(column)?;
        items.resize(count, 0.0);
        Some(items.as_mut_ptr() as usize)
    })
    .flatten()
    .unwrap_or(0)
}

/// Looks at what was written into a column, so that it counts.
#[wasm_bindgen]
pub fn check(table: usize, column: usize) {
    with_table(table, |columns| columns.check(column));
}

fn with_table<T>(table: usize, with: impl FnOnce(&mut Columns) -> T) -> Option<T> {
    with_page(|page| page.tables.get(table).map(with)).flatten()
}
