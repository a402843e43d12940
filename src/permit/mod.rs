//! Small decisions about rows: what a person may see, and which rows a predicate chooses.
//!
//! Policies are written in [Cedar](https://www.cedarpolicy.com) and compiled at build time (feature `analyze`, room
//! `policy`) into a small [`Program`]. A predicate is made in the page by a [`PredicateBuilder`], and is a program
//! too. [`Columns`] hold the rows; a [`Residual`] is what is left of a program once principal, action and context are
//! known, and decides about all rows at once.
//!
//! **What is decided here is for rendering. The server remains the authority**: whoever holds the page can read and
//! change everything in it. A field of a row is hidden by an action of its own, such as `view.salary`.
//!
//! # What is permitted
//!
//! A row is permitted if at least one policy permits, none forbids, and *none is in error*. Truth has three values:
//! true, false, error. `&&`, `||` and `!` treat errors as Cedar does, from left to right. Everything else denies.
//!
//! Cedar itself leaves out a policy that is in error and decides by the others, so that a `forbid` over a row without
//! the attribute it reads does not forbid. Its answer read strictly is "allow, and no errors". Ours is the same or
//! stricter, by these rules and no others:
//!
//! 1. **Unknown environment.** If the schema has no such action for this type of principal on this type of resource,
//!    all is denied, even where a policy without constraints would permit.
//! 2. **Wrong kind.** A value that is not of the type which the schema says is an error in whatever reads it, also in
//!    `has`. Cedar compares values of different types (they are not equal) and lets `has` be true.
//! 3. **Numbers.** A whole number beyond ±(2⁵³ − 1) is of the wrong kind: JavaScript cannot hold it exactly.
//! 4. **Sets.** One element of the wrong kind makes the whole set one of the wrong kind.
//! 5. **Attributes against the schema.** `has` is an error where an attribute is there that the type does not
//!    declare, and where the context lacks one that the schema requires.
//! 6. **No column.** Rows whose column was never filled, or written into and not checked, are in error where it is
//!    read.
//! 7. **Programs.** Bytes that are no program, and a predicate in the place of policies, permit nothing.
//!
//! Whether a principal is in a group is known from what the call says of its parents. Of a row's parents nothing is
//! known; the compiler refuses policies that ask for them, as it refuses everything else it cannot compute exactly.
//!
//! # What a predicate chooses
//!
//! Predicates use Kleene's three values instead, as SQL does: a test of a value that is missing, null or of another
//! kind is undecided, `not` leaves it so, an `and` is false and an `or` true if one of their parts decides that alone.
//! Rows are chosen where it is true; those that stay undecided are told apart from those where it is false.
//!
//! # The bytes of a program
//!
//! Numbers of two bytes and doubles have their little end first. Texts, slots, constants and policies are numbered
//! from 0 in their order.
//!
//! | part | bytes |
//! |---|---|
//! | head | `fbpt`, the version (1), the purpose: 0 policies, 1 a predicate |
//! | texts | their count; for each its length and UTF-8 |
//! | slots | their count; for each its [`Root`] and [`Kind`] in one byte each, its name and its type of entities (texts) |
//! | constants | their count; for each its [`Kind`] in one byte, then a flag (one byte), a number (a double), a text, or a count and so many texts or doubles |
//! | environments | their count; for each a type of principal, an action and a type of resource (texts) |
//! | policies | their count; for each one byte (0 permits, 1 forbids), its id and its note (texts), a bit for each environment in which it applies, from the lowest in whole bytes, and its steps until a byte 0 |
//!
//! A step is its [`Op`] in one byte and, in two bytes each, its operands: the number of a slot, or of a constant with
//! the highest bit set. Steps work on a stack of at most 64 truths and leave one. A predicate has no environments and
//! one policy.

mod assemble;
mod columns;
mod decide;
mod dictionary;
mod fields;
mod format;
mod load;
mod predicate;
mod residual;
mod row;
mod run;

pub use assemble::{Assembler, TooLarge};
pub use columns::{BLOCK, Columns, MISSING, NULL, Value, WRONG};
pub use decide::{Decisions, Verdict, Why, places};
#[cfg(feature = "analyze")]
pub(crate) use format::Class;
pub use format::{CONSTANT, Kind, Op, Root, Step};
pub use load::{Malformed, Need, Program};
pub use predicate::{Mistake, PredicateBuilder, Sort, Token};
pub use residual::{Call, Refusal, Residual};
