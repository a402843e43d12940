//! Whose data it is.

use super::digest::hash;
use super::fields::Fields;
use core::fmt;

/// Whose data it is: a digest of the opaque id that the host shell gave, so that the id itself is nowhere in
/// the page's stores or logs. Not a token: a token is a proof, and changes while the person stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Principal([u8; 32]);

impl Principal {
    /// Nobody in particular; different from everybody who has a name, also from the empty one.
    pub fn anonymous() -> Self {
        Principal(hash("forebay/anonymous", &Fields::default()))
    }

    /// The person that the host calls by this id.
    pub fn named(id: &str) -> Self {
        let mut fields = Fields::default();
        fields.bytes(id.as_bytes());
        Principal(hash("forebay/principal", &fields))
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&super::digest::hex(&self.0[..4]))
    }
}

/// What entries never cross: the page's origin, the person, and the epoch of the stored data's schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    origin: Box<str>,
    principal: Principal,
    epoch: Box<str>,
}

impl Partition {
    /// The partition of a person on the pages of an origin. `epoch`: which build of the data's shape it is; empty: nobody
    /// has said.
    pub fn new(origin: &str, principal: Principal, epoch: &str) -> Self {
        Partition {
            origin: origin.into(),
            principal,
            epoch: epoch.into(),
        }
    }

    /// Whose it is.
    pub fn principal(&self) -> Principal {
        self.principal
    }

    /// Whether it is the same person's on the same origin, in whatever epoch.
    pub fn is_of_person(&self, other: &Partition) -> bool {
        self.origin == other.origin && self.principal == other.principal
    }

    /// Whose it is on which origin, in whatever epoch, where only digests may be seen.
    pub fn person(&self) -> [u8; 32] {
        let mut fields = Fields::default();
        fields.bytes(self.origin.as_bytes());
        fields.bytes(&self.principal.0);
        hash("forebay/person", &fields)
    }

    /// Its name among others, where only digests may be seen.
    pub fn digest(&self) -> [u8; 32] {
        let mut fields = Fields::default();
        self.write(&mut fields);
        hash("forebay/partition", &fields)
    }

    pub(super) fn write(&self, fields: &mut Fields) {
        fields.bytes(self.origin.as_bytes());
        fields.bytes(&self.principal.0);
        fields.bytes(self.epoch.as_bytes());
    }
}
