//! The page around the broker: what it was given, and what it was told to keep.

use forebay::broker::{BodyId, LeaseId, RequestId, Time, WaiterId};
use std::collections::BTreeMap;

/// A caller, from its question to its outcome.
#[derive(Clone, Debug)]
pub struct Waiter {
    pub resource: usize,
    /// Who was there when it asked.
    pub person: u32,
    /// The resource's version that had been acknowledged when it asked: it must get no older one.
    pub version: u64,
    /// When it asked, counted in what the broker was told.
    pub asked: u64,
    pub outcome: Option<&'static str>,
    /// It has been given a body that is still arriving.
    pub reading: bool,
    pub left: bool,
}

/// A mounted component.
#[derive(Clone, Debug)]
pub struct Component {
    pub app: u32,
    pub resource: usize,
    /// The version that it shows; nothing after a failure.
    pub shown: Option<u64>,
}

/// A body that the page keeps for the broker.
#[derive(Clone, Debug)]
pub struct Body {
    pub resource: usize,
    pub person: u32,
    pub version: u64,
    pub whole: bool,
    /// When its head came, or when the server said last that it holds; counted as above.
    pub headed: u64,
    /// Whoever asks after that may be given it.
    pub reusable: bool,
}

/// What may be given out without asking.
#[derive(Clone, Debug)]
pub struct Published {
    pub body: BodyId,
    pub until: Time,
}

#[derive(Default)]
pub struct Page {
    pub waiters: BTreeMap<WaiterId, Waiter>,
    pub components: BTreeMap<LeaseId, Component>,
    pub bodies: BTreeMap<BodyId, Body>,
    pub published: BTreeMap<RequestId, Published>,
    /// Spellings that the page still names, by resource.
    pub spelled: BTreeMap<RequestId, usize>,
    /// Requests that the broker may still name, spelled or not.
    pub known: BTreeMap<RequestId, usize>,
    pub wake: Option<Time>,
    /// It is to say when its present task is over.
    pub in_task: bool,
}
