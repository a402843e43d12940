//! The surface of the second WebAssembly module, which a page loads when it first has something to decide.
//!
//! As in `bindings`, exports take and give numbers only. Texts cross packed in the scratch area; values of rows are
//! written by the page straight into columns, of which an export gives the address. Numbers that are found lie one
//! behind the other at [`found`]. What stands for a table, a program or a ranker is its number, from 1 on; a number
//! that stands for nothing permits nothing and chooses nothing.

#[path = "../browser/heap.rs"]
mod heap;
#[path = "../bindings/packed.rs"]
mod packed;
pub mod programs;
pub mod rankers;
pub mod tables;

use crate::permit::{Columns, Program};
use rankers::Ranker;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

thread_local! {
    static PAGE: Cell<Option<Box<Page>>> = Cell::new(Some(Box::default()));
}

/// All that the page keeps here. A trap leaves none of it, so that nothing half done is used again.
#[derive(Default)]
struct Page {
    tables: Kept<Columns>,
    programs: Kept<Program>,
    rankers: Kept<Ranker>,
    found: Vec<f64>,
}

fn with_page<T>(with: impl FnOnce(&mut Page) -> T) -> Option<T> {
    let mut page = PAGE.take()?;
    let result = with(&mut page);
    PAGE.set(Some(page));
    Some(result)
}

/// Things by number.
struct Kept<T>(Vec<Option<T>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Vec::new())
    }
}

impl<T> Kept<T> {
    fn keep(&mut self, thing: T) -> usize {
        let free = self.0.iter().position(Option::is_none);
        let at = free.unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        if let Some(place) = self.0.get_mut(at) {
            *place = Some(thing);
        }
        at + 1
    }

    fn get(&mut self, number: usize) -> Option<&mut T> {
        self.0.get_mut(number.checked_sub(1)?)?.as_mut()
    }

    fn find<U>(&self, what: impl FnMut(&T) -> Option<U>) -> Option<U> {
        self.0.iter().flatten().find_map(what)
    }

    fn drop(&mut self, number: usize) {
        let place = number.checked_sub(1).and_then(|at| self.0.get_mut(at));
        if let Some(place) = place {
            *place = None;
        }
    }
}

/// Room for `length` packed bytes; where it is.
#[wasm_bindgen]
pub fn scratch(length: usize) -> usize {
    packed::room(length)
}

/// Where the numbers are that were found last.
#[wasm_bindgen]
pub fn found() -> usize {
    with_page(|page| page.found.as_ptr() as usize).unwrap_or(0)
}

/// A message in the place of a number: its length, negative.
fn refuse(message: &[&str]) -> i32 {
    let mut out = packed::Writer::default();
    out.text(&message.concat());
    -(packed::answer(out) as i32)
}
