//! The page, the network and the checks.

use crate::server::{Versions, execute};
use forebay::broker::{
    AppId, Ask, BodyId, Broker, Command, Cut, FlightId, Freshness, Input, LeaseId, Priority,
    RequestId, Settings, Time, WaiterId, Want,
};
use forebay::fingerprint::{Partition, Principal, Request};
use forebay::graphql::{Foreseen, Types};
use forebay::http::Head;
use forebay::plan::Host;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[path = "judge.rs"]
mod judge;
#[path = "orders.rs"]
mod orders;

use judge::*;

/// What happened in all stories together.
#[derive(Debug, Default)]
pub struct Tally {
    pub answered: u32,
    pub sent: u32,
    pub unions: u32,
    pub composed_of_several: u32,
    pub doubts: u32,
    pub failed: u32,
    pub told: u32,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.answered += other.answered;
        self.sent += other.sent;
        self.unions += other.unions;
        self.composed_of_several += other.composed_of_several;
        self.doubts += other.doubts;
        self.failed += other.failed;
        self.told += other.told;
    }
}

#[derive(Clone)]
struct Query {
    document: String,
    variables: Value,
}

struct Asker {
    request: RequestId,
    query: Query,
    person: u32,
    /// The versions that the answer must have at least.
    least: Versions,
    /// A component was told of a failure last, and shows what it showed before.
    failed: bool,
}

struct Flight {
    query: Query,
    person: u32,
    /// As the server had them when the request arrived there.
    versions: Versions,
    composed: bool,
    head: bool,
    cut_off: bool,
}

struct Body {
    value: Value,
    flawed: bool,
}

pub struct World {
    random: u64,
    now: Time,
    broker: Broker,
    host: Host,
    versions: Versions,
    person: u32,
    spelled: Vec<(Query, RequestId)>,
    waiters: BTreeMap<u32, Asker>,
    leases: BTreeMap<u32, Asker>,
    shown: BTreeMap<u32, Value>,
    flights: BTreeMap<u32, Flight>,
    bodies: BTreeMap<u32, Body>,
    next: u32,
    task_open: bool,
    wake: Option<Time>,
    /// What the page must do when the broker has returned.
    todo: Vec<Input>,
    tally: Tally,
    story: Vec<String>,
}

impl World {
    pub fn new(seed: u64) -> World {
        let mut world = World {
            random: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66,
            now: Time(1_000),
            broker: Broker::new(
                partition(0),
                Settings {
                    memory: 1 << 20,
                    seed,
                },
            ),
            host: Host::new("https://a.test", [7; 32]),
            versions: ["Query", "Page", "User", "Patient", "Visit", "Friend"]
                .into_iter()
                .map(|name| (name, 0))
                .collect(),
            person: 0,
            spelled: Vec::new(),
            waiters: BTreeMap::new(),
            leases: BTreeMap::new(),
            shown: BTreeMap::new(),
            flights: BTreeMap::new(),
            bodies: BTreeMap::new(),
            next: 0,
            task_open: false,
            wake: None,
            todo: Vec::new(),
            tally: Tally::default(),
            story: Vec::new(),
        };
        if world.chance(50) {
            let mut types = Types::default();
            types.declare(
                "Query",
                &[
                    ("viewer", "User"),
                    ("patient", "Patient"),
                    ("visits", "Visit"),
                ],
                &[],
            );
            // A page of something is of no type that is declared: it may tell of all.
            for name in ["User", "Patient", "Visit", "Friend"] {
                types.declare(name, &[("friend", "Friend")], &[]);
            }
            world.host.types = types;
        }
        if world.chance(30) {
            world.host.foreseen = Foreseen::of_document(
                "query($x: ID!) { patient(id: $x) { name dob friend { id } } viewer { id role } }",
            )
            .expect("valid");
        }
        world
    }

    pub fn story(&self) -> String {
        self.story.join("\n")
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn note(&mut self, what: String) {
        self.story.push(format!("{:>6} {what}", self.now.0));
    }

    // --- what happens ---------------------------------------------------------------------------------------------

    pub fn step(&mut self) -> Result<(), String> {
        match self.below(100) {
            0..30 => self.ask(),
            30..38 => self.lease(),
            38..42 => self.release(),
            42..45 => self.refresh(),
            45..49 => self.leave(),
            49..54 => self.mutate(),
            54..55 => self.identify(),
            55..57 => self.foresee(),
            57..58 => self.disconnect(),
            58..70 => self.end_task(),
            _ => self.network(),
        }?;
        self.now = self.now.plus(self.below(20));
        if self.wake.take_if(|at| *at <= self.now).is_some() {
            self.tell(Input::TimePassed)?;
        }
        self.check()
    }

    fn query(&mut self) -> Query {
        let mut text = String::from("{");
        let mut variables = Map::new();
        for number in 0..1 + self.below(3) {
            let alias = if self.chance(30) {
                format!("r{number}: ")
            } else {
                String::new()
            };
            let field = ["viewer", "visits", "patient", "unread", "page"][self.below(5) as usize];
            // One name for two things would be invalid.
            if field == "patient" && alias.is_empty() && text.contains(" patient")
                || text.contains(&format!(" {field} "))
            {
                continue;
            }
            text.push_str(&format!(" {alias}{field} "));
            if field == "patient" {
                let id = 1 + self.below(2);
                if self.chance(50) {
                    text.push_str(&format!("(id: \"{id}\")"));
                } else {
                    variables.insert(format!("p{number}"), json!(id.to_string()));
                    text.push_str(&format!("(id: $p{number})"));
                }
            }
            match field {
                "unread" => {}
                "page" => text.push_str("{ total }"),
                _ => text.push_str(&self.selection(2)),
            }
        }
        text.push('}');
        if !variables.is_empty() {
            let declared: Vec<String> = variables
                .keys()
                .map(|name| format!("${name}: ID!"))
                .collect();
            text = format!("query({}) {text}", declared.join(", "));
        }
        Query {
            document: text,
            variables: Value::Object(variables),
        }
    }

    fn selection(&mut self, depth: u32) -> String {
        let mut text = String::from("{ ");
        let first = self.below(4);
        for number in 0..1 + self.below(3) {
            let name = ["id", "name", "role", "dob"][((first + number) % 4) as usize];
            text.push_str(&if self.chance(20) {
                format!("a{number}: {name} ")
            } else {
                format!("{name} ")
            });
        }
        if depth > 0 && self.chance(30) {
            text.push_str(&format!("friend {}", self.selection(depth - 1)));
        }
        text + "}"
    }

    fn spelled(&mut self) -> (Query, RequestId) {
        if !self.spelled.is_empty() && self.chance(70) {
            let at = self.below(self.spelled.len() as u64) as usize;
            return self.spelled[at].clone();
        }
        let query = self.query();
        let request = Request {
            method: "POST",
            url: "https://a.test/graphql",
            headers: &[],
            body: None,
            credentials: "same-origin",
        };
        let asked = self
            .host
            .read_operation(
                &request,
                &query.document,
                None,
                &query.variables.to_string(),
            )
            .unwrap_or_else(|wrong| panic!("{}: {wrong}", query.document));
        assert!(asked.inquiry.is_some(), "{} is opaque", query.document);
        let request = self.broker.spell(asked);
        self.spelled.push((query.clone(), request));
        (query, request)
    }

    fn asker(&mut self) -> Asker {
        let (query, request) = self.spelled();
        Asker {
            request,
            query,
            person: self.person,
            least: self.versions.clone(),
            failed: false,
        }
    }

    fn ask(&mut self) -> Result<(), String> {
        let asker = self.asker();
        self.next += 1;
        let waiter = self.next;
        let priority = [
            Priority::Background,
            Priority::Visible,
            Priority::Visible,
            Priority::Blocking,
        ][self.below(4) as usize];
        let freshness = if self.chance(10) {
            Freshness::Revalidate
        } else {
            Freshness::Normal
        };
        let deadline = self.chance(5).then(|| self.now.plus(100));
        let (request, retries) = (asker.request, self.below(3) as u8);
        self.note(format!(
            "waiter {waiter} asks {} {} {priority:?} {freshness:?}",
            asker.query.document, asker.query.variables
        ));
        self.waiters.insert(waiter, asker);
        let app = AppId(1 + self.below(3) as u32);
        self.tell(Input::Asked(Ask {
            waiter: WaiterId(waiter),
            app,
            request,
            want: Want::Whole,
            priority,
            deadline,
            retries,
            freshness,
        }))
    }

    fn lease(&mut self) -> Result<(), String> {
        let asker = self.asker();
        self.next += 1;
        let lease = self.next;
        let request = asker.request;
        self.note(format!(
            "lease {lease} on {} {}",
            asker.query.document, asker.query.variables
        ));
        self.leases.insert(lease, asker);
        let app = AppId(1 + self.below(3) as u32);
        self.tell(Input::Leased {
            lease: LeaseId(lease),
            app,
            request,
            priority: Priority::Visible,
            retries: 2,
            freshness: Freshness::Normal,
        })
    }

    fn any<T>(&mut self, from: fn(&World) -> &BTreeMap<u32, T>) -> Option<u32> {
        let keys: Vec<u32> = from(self).keys().copied().collect();
        (!keys.is_empty()).then(|| keys[self.below(keys.len() as u64) as usize])
    }

    fn release(&mut self) -> Result<(), String> {
        let Some(lease) = self.any(|world| &world.leases) else {
            return Ok(());
        };
        self.note(format!("lease {lease} ends"));
        self.leases.remove(&lease);
        self.shown.remove(&lease);
        self.tell(Input::Released(LeaseId(lease)))
    }

    fn refresh(&mut self) -> Result<(), String> {
        let Some(lease) = self.any(|world| &world.leases) else {
            return Ok(());
        };
        self.note(format!("lease {lease} refreshes"));
        self.tell(Input::Refresh(LeaseId(lease), Freshness::Revalidate))
    }

    fn leave(&mut self) -> Result<(), String> {
        let Some(waiter) = self.any(|world| &world.waiters) else {
            return Ok(());
        };
        self.note(format!("waiter {waiter} leaves"));
        self.waiters.remove(&waiter);
        self.tell(Input::Left(WaiterId(waiter)))
    }

    fn mutate(&mut self) -> Result<(), String> {
        let type_ = ["User", "Patient", "Visit", "Friend"][self.below(4) as usize];
        // What is no object of any type may tell of all.
        for name in [type_, "Query", "Page"] {
            *self.versions.get_mut(name).expect("known") += 1;
        }
        self.note(format!("a mutation touches {type_}"));
        for lease in self.leases.values_mut() {
            lease.least = self.versions.clone();
        }
        let types = if self.chance(70) {
            vec![type_.into()]
        } else {
            Vec::new()
        };
        self.tell(Input::Mutated {
            url: "https://a.test/graphql".into(),
            types,
        })
    }

    fn identify(&mut self) -> Result<(), String> {
        self.person += 1;
        self.note(format!("person {} comes", self.person));
        for lease in self.leases.values_mut() {
            lease.person = self.person;
        }
        self.shown.clear();
        self.tell(Input::Identified(partition(self.person)))
    }

    fn foresee(&mut self) -> Result<(), String> {
        let (query, request) = self.spelled();
        self.note(format!("foreseen {}", query.document));
        self.tell(Input::Foreseen { request })
    }

    fn disconnect(&mut self) -> Result<(), String> {
        // Which waiters are whose is the broker's to know: it must tell each.
        let app = AppId(1 + self.below(3) as u32);
        self.note(format!("{app:?} disconnects"));
        let before = self.broker.live().1;
        self.tell(Input::Disconnected(app))?;
        if self.broker.live().1 < before {
            // Leases are not told: those that are gone are found by asking for them.
            let gone: Vec<u32> = self
                .leases
                .keys()
                .copied()
                .filter(|id| !self.is_leased(*id))
                .collect();
            for lease in gone {
                self.leases.remove(&lease);
                self.shown.remove(&lease);
            }
        }
        Ok(())
    }

    fn is_leased(&self, lease: u32) -> bool {
        self.broker.leases().any(|id| id.0 == lease)
    }

    fn end_task(&mut self) -> Result<(), String> {
        if !std::mem::take(&mut self.task_open) {
            return Ok(());
        }
        self.note("the task ends".into());
        self.tell(Input::TaskEnded)
    }

    /// Something comes from the network.
    fn network(&mut self) -> Result<(), String> {
        let Some(id) = self.any(|world| &world.flights) else {
            return Ok(());
        };
        let (flight, fate) = (FlightId(id), self.below(100));
        let state = self.flights.get_mut(&id).expect("chosen");
        if fate < 6 {
            self.flights.remove(&id);
            self.bodies.remove(&id);
            self.note(format!("{flight:?} fails"));
            return self.tell(Input::Failed(flight));
        }
        if !state.head {
            state.head = true;
            let cache_control = match fate {
                6..12 => Some("no-store".into()),
                12..60 => Some("max-age=1".into()),
                _ => None,
            };
            let status = if fate > 97 { 503 } else { 200 };
            state.cut_off = status == 503;
            self.note(format!("{flight:?} has a head: {status} {cache_control:?}"));
            self.bodies.insert(
                id,
                Body {
                    value: Value::Null,
                    flawed: true,
                },
            );
            return self.tell(Input::HeadArrived {
                flight,
                head: Box::new(Head {
                    status,
                    arrived: 1,
                    cache_control,
                    ..Head::default()
                }),
            });
        }
        let state = self.flights.remove(&id).expect("chosen");
        let value = execute(
            &state.query.document,
            &state.query.variables,
            state.person,
            &state.versions,
        );
        let flawed = state.cut_off || (state.composed && fate < 20);
        self.note(format!(
            "{flight:?} is whole{}: {value}",
            if flawed { ", and flawed" } else { "" }
        ));
        self.bodies.insert(id, Body { value, flawed });
        self.tell(Input::Described {
            flight,
            is_flawed: flawed,
            is_refused: flawed,
            labels: Vec::new(),
        })?;
        self.tell(Input::BodyEnded { flight, bytes: 100 })
    }

    // --- what the broker orders -----------------------------------------------------------------------------------

    fn tell(&mut self, input: Input) -> Result<(), String> {
        let commands: Vec<Command> = self.broker.handle(self.now, input).collect();
        for command in commands {
            self.carry_out(command)?;
        }
        for input in std::mem::take(&mut self.todo) {
            self.tell(input)?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let (waiters, leases, _) = self.broker.live();
        if waiters != self.waiters.len() {
            return Err(format!(
                "the broker has {waiters} waiters, the page {}",
                self.waiters.len()
            ));
        }
        if leases != self.leases.len() {
            return Err(format!(
                "the broker has {leases} leases, the page {}",
                self.leases.len()
            ));
        }
        for (body, _) in self.broker.cache().iter() {
            if !self.bodies.contains_key(&body.0) {
                return Err(format!("{body:?} is indexed and was dropped"));
            }
        }
        Ok(())
    }

    /// Lets everything come to rest: then everybody has been told, components know the truth, and nothing is kept in vain.
    pub fn finish(&mut self) -> Result<Tally, String> {
        self.settle()?;
        for (id, asker) in &self.leases {
            match self.shown.get(id) {
                _ if asker.failed => {}
                Some(answer) => {
                    judge(asker, answer).map_err(|wrong| format!("lease {id}: {wrong}"))?
                }
                None => return Err(format!("lease {id} was never told anything")),
            }
        }
        for lease in self.leases.keys().copied().collect::<Vec<_>>() {
            self.leases.remove(&lease);
            self.tell(Input::Released(LeaseId(lease)))?;
        }
        for (_, request) in std::mem::take(&mut self.spelled) {
            self.tell(Input::Unspelled(request))?;
        }
        self.settle()?;
        let (waiters, leases, requests) = self.broker.live();
        let flights = self.broker.flights().count();
        if (waiters, leases, requests, flights) != (0, 0, 0, 0) {
            return Err(format!(
                "{waiters} waiters, {leases} leases, {requests} requests, {flights} flights are left"
            ));
        }
        if self.bodies.len() != self.broker.cache().len() {
            return Err(format!(
                "{} bodies are kept for {} entries",
                self.bodies.len(),
                self.broker.cache().len()
            ));
        }
        Ok(std::mem::take(&mut self.tally))
    }

    fn settle(&mut self) -> Result<(), String> {
        for _ in 0..2_000 {
            self.end_task()?;
            if self.flights.is_empty()
                && self.wake.is_none_or(|at| at.0 > self.now.0 + 20_000)
                && !self.task_open
            {
                return Ok(());
            }
            if self.flights.is_empty()
                && let Some(at) = self.wake.take()
            {
                self.now = self.now.max(at);
                self.tell(Input::TimePassed)?;
            }
            self.network()?;
            self.check()?;
        }
        Err(format!(
            "it never comes to rest: {:?} at {:?}, in the air {:?}, task {}",
            self.wake,
            self.now,
            self.flights.keys(),
            self.task_open
        ))
    }
}

fn partition(person: u32) -> Partition {
    Partition::new("https://a.test", Principal::named(&person.to_string()), "")
}
