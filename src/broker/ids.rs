//! Names of the things the broker keeps, and the time it is told.
//!
//! Every name is a number of a type of its own, so that a waiter can never be mistaken for a flight.
//! Numbers are not used again: a late report about something that has ended finds nothing, and is ignored.

use super::table::Key;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl Key for $name {
            fn rank(self) -> u32 {
                self.0
            }
        }
    };
}

id!(
    /// One connected micro-frontend.
    AppId
);
id!(
    /// One spelling of a request that the page has handed over and keeps under this number.
    RequestId
);
id!(
    /// One caller waiting for one answer. The page chooses the number.
    WaiterId
);
id!(
    /// One standing interest of a mounted component. The page chooses the number.
    LeaseId
);
id!(
    /// One network exchange, its retries included.
    FlightId
);
id!(
    /// The bytes that one flight brought, kept outside the core under the flight's number.
    BodyId
);

impl From<FlightId> for BodyId {
    fn from(flight: FlightId) -> Self {
        BodyId(flight.0)
    }
}

/// A moment of the page's monotonic clock, in milliseconds since some start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Time(pub u64);

impl Time {
    /// The moment `ms` milliseconds later.
    pub fn plus(self, ms: u64) -> Time {
        Time(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; 0 if `earlier` is not earlier.
    pub fn since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
