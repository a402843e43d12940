//! One tab: its broker, its depot, and what the page knows.

use crate::origin::{Answer, Part, Said, Tab};
use forebay::broker::{
    Asked, BodyId, Broker, FlightId, Inquiry, RequestId, Settings, Sharing, Time, WaiterId,
};
use forebay::cache::{Generation, Subject};
use forebay::depot::Depot;
use forebay::fingerprint::{ContentDigest, Fingerprint, Partition, Principal};
use forebay::graphql::{Operation, Reading, Types, read};
use forebay::http::{Demand, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A caller without an outcome.
pub struct Waiter {
    pub parts: Vec<Part>,
    pub person: u32,
    pub epoch: u32,
    pub asked: u64,
    /// By resource: what is older than this it must not be given.
    pub least: Vec<u64>,
}

/// One exchange that the broker has ordered.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub parts: Vec<Part>,
    pub is_query: bool,
    pub may_ask: bool,
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
    pub epoch: u32,
    /// By resource: what was acknowledged when it began. Nothing older may come from disk.
    pub acknowledged: Vec<u64>,
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

pub fn partition(person: u32, epoch: u32) -> Partition {
    let principal = Principal::named(&person.to_string());
    Partition::new("https://a.test", principal, &epoch.to_string())
}

/// Queries about the first resources, as apps write them.
pub const QUERIES: [&str; 4] = ["{f0}", "{f0 f1}", "{x:f1 y:f2}", "{f2 z:f0 f1}"];

/// What a query asks for: of documents that are as simple as these.
pub fn parts_of(document: &str) -> Vec<Part> {
    let fields = document.trim_matches(['{', '}']).split(' ');
    let part = |field: &str| {
        let (name, of) = field.split_once(':').unwrap_or((field, field));
        Part {
            name: name.into(),
            resource: of[1..].parse().expect("f0, f1 or f2"),
        }
    };
    fields.map(part).collect()
}

pub fn operation(document: &str) -> Option<Operation> {
    match read(document, None, "", &Types::default()) {
        Ok(Reading::Query(operation)) => Some(operation),
        _ => None,
    }
}

fn asked_query(number: usize) -> Asked {
    let document = QUERIES[number];
    let tags = parts_of(document)
        .iter()
        .map(|part| format!("tag{}", part.resource).into())
        .collect();
    Asked {
        content: ContentDigest::from_bytes([200 + number as u8; 32]),
        method: "POST".into(),
        subject: Rc::new(Subject {
            url: "https://a.test/graphql".into(),
            tags,
            ..Subject::default()
        }),
        inquiry: Some(Rc::new(Inquiry {
            pool: ContentDigest::from_bytes([9; 32]),
            operation: Rc::new(operation(document).expect("it can be read")),
            document: 1 + number as u64,
            wide: None,
        })),
        ..asked(0)
    }
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
        every_header: false,
        accept: None,
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
        credential: 0,
    }
}

impl Page {
    pub fn new(id: Tab, person: u32, epoch: u32, resources: usize) -> Page {
        let mut broker = Broker::new(
            partition(person, epoch),
            Settings {
                memory: 1 << 20,
                seed: u64::from(id),
            },
        );
        broker.stand_behind_depot();
        let mut requests: Vec<RequestId> = (0..resources)
            .map(|resource| broker.spell(asked(resource)))
            .collect();
        requests.extend((0..QUERIES.len()).map(|number| broker.spell(asked_query(number))));
        Page {
            id,
            heard: broker.generation(),
            broker,
            depot: Depot::new(600),
            person,
            epoch,
            acknowledged: vec![0; resources],
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

    /// What a request asks for.
    pub fn parts(&self, request: usize) -> Vec<Part> {
        match request.checked_sub(self.least.len()) {
            Some(query) => parts_of(QUERIES[query]),
            None => vec![Part {
                name: String::new(),
                resource: request,
            }],
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
