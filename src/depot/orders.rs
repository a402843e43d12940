//! What the depot orders.

use super::{Record, Say, Word};
use crate::broker::{FlightId, Time};
use crate::fingerprint::Fingerprint;

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Read the row with this key, and report [`Input::Loaded`](super::Input::Loaded).
    Load(FlightId, Fingerprint),
    /// Ask for the claim, and report whether it is to be had now.
    Claim(FlightId, Fingerprint),
    /// Ask for the claim, and report when it is to be had.
    Queue(FlightId, Fingerprint),
    /// Take the claim from a tab that gives no sign of life.
    Seize(FlightId, Fingerprint),
    /// Give the claim up, or ask for it no longer.
    Release(FlightId),
    /// Send the request. `true`: the browser's own HTTP cache must ask the server before it answers; what it has may have
    /// been declared out of date, or come by the flight of another tab that was not taken for an answer.
    Send(FlightId, bool),
    /// The row that was loaded is the answer. It arrived at this moment of the calendar.
    Give(FlightId, u64),
    /// What the other tab has sent is the answer.
    Take(FlightId),
    /// There is no answer: it is another person's page.
    Fail(FlightId),
    /// There is no answer: nothing lies on disk, and the server may not be asked.
    Refuse(FlightId),
    /// Say this to the other tabs.
    Tell(Fingerprint, Say),
    /// Send the other tabs the answer, as soon as it is whole, and how far others had been heard.
    Offer(FlightId, Fingerprint, Vec<Word>),
    /// Write the answer with this metadata; at once and report [`Input::Written`](super::Input::Written), if others wait for it.
    Write(FlightId, Fingerprint, Box<Record>, bool),
    /// Erase this row.
    Erase(Fingerprint),
    /// Report [`Input::TimePassed`](super::Input::TimePassed) at this moment, or never.
    WakeAt(Option<Time>),
}
