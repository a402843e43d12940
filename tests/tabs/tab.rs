//! One tab: its broker, its depot, and what the page knows.

use crate::origin::{Answer, Said, Tab};
use forebay::broker::{
    Asked, BodyId, Broker, FlightId, RequestId, Settings, Sharing, Time, WaiterId,
};
use forebay::cache::{Generation, Subject};
use forebay::depot::Depot;
use forebay::fingerprint::{ContentDigest, Fingerprint, Partition, Principal};
use forebay::http::{Demand, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A caller without an outcome.
pub struct Waiter {
    pub resource: usize,
    pub person: u32,
    /// What is older than this it must not be given.
    pub least: u64,
}

/// One exchange that the broker has ordered.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub resource: usize,
    pub key: Fingerprint,
    /// What comes, once it is known.
    pub answer: Option<Answer>,
    /// What was read from the disk for it.
    pub row: Option<crate::origin::Row>,
    pub over: bool,
}

pub struct Page {
    pub id: Tab,
    pub broker: Broker,
    pub depot: Depot,
    pub person: u32,
    pub heard: Generation,
    /// How many words it has said.
    pub count: u32,
    pub requests: Vec<RequestId>,
    pub waiters: BTreeMap<WaiterId, Waiter>,
    pub exchanges: BTreeMap<FlightId, Exchange>,
    pub bodies: BTreeMap<BodyId, Answer>,
    /// By resource: what is older than this must not be given to who asks from now on.
    pub least: Vec<u64>,
    pub asleep: bool,
    pub open: bool,
    /// Lines on their way into the log.
    pub logging: u32,
    /// Flights that are over, and wait for that.
    pub settling: Vec<(FlightId, bool)>,
    /// Claims that were asked for and not answered, and tabs that wait for all of these.
    pub asking: BTreeSet<FlightId>,
    pub greeted: Vec<Tab>,
    pub broker_wakes: Option<Time>,
    pub depot_wakes: Option<Time>,
    pub next: u32,
}

pub fn partition(person: u32) -> Partition {
    Partition::new("https://a.test", Principal::named(&person.to_string()), 0)
}

fn asked(resource: usize) -> Asked {
    let mut content = [0; 32];
    content[..8].copy_from_slice(&(resource as u64).to_le_bytes());
    Asked {
        content: ContentDigest::from_bytes(content),
        sharing: Sharing::Shared,
        method: "GET".into(),
        demand: Demand::default(),
        keyed: Rc::default(),
        unkeyed: Box::default(),
        whole: None,
        besides: None,
        terms: Terms::default(),
        subject: Rc::new(Subject {
            url: format!("https://a.test/r/{resource}").into(),
            tags: vec![format!("tag{resource}").into()],
            ..Subject::default()
        }),
        inquiry: None,
        origin: "https://a.test".into(),
        credentialed: false,
    }
}

impl Page {
    pub fn new(id: Tab, person: u32, resources: usize) -> Page {
        let mut broker = Broker::new(
            partition(person),
            Settings {
                memory: 1 << 20,
                seed: u64::from(id),
            },
        );
        let requests = (0..resources)
            .map(|resource| broker.spell(asked(resource)))
            .collect();
        Page {
            id,
            heard: broker.generation(),
            broker,
            depot: Depot::new(600),
            person,
            count: 0,
            requests,
            waiters: BTreeMap::new(),
            exchanges: BTreeMap::new(),
            bodies: BTreeMap::new(),
            least: vec![0; resources],
            asleep: false,
            open: false,
            logging: 0,
            settling: Vec::new(),
            asking: BTreeSet::new(),
            greeted: Vec::new(),
            broker_wakes: None,
            depot_wakes: None,
            next: 0,
        }
    }

    /// It has heard that versions before this are out of date.
    pub fn must_see(&mut self, resource: usize, version: u64) {
        self.least[resource] = self.least[resource].max(version);
    }

    pub fn has_read(&mut self, log: &[Said]) {
        for said in log {
            self.must_see(said.resource, said.version);
        }
    }
}
