//! The world: plays browser, network and people, carries out what brokers and depots order, and checks every answer.

mod browser;
mod orders;
mod people;

use crate::origin::{Answer, Origin, Part, Row, Said, Tab};
use crate::tab::{Exchange, Page, QUERIES, Waiter, operation, partition, parts_of};
use forebay::broker::{
    self, AppId, Ask, FlightId, Freshness, Outcome, Priority, Time, WaiterId, Want,
};
use forebay::cache::{Scope, Subject};
use forebay::depot::{self, Line, Record, Say, Word, write_scope};
use forebay::fingerprint::Fingerprint;
use forebay::http::Head;
use std::collections::BTreeMap;

/// What the calendar shows more than pages' clocks.
const CALENDAR: u64 = 1_700_000_000_000;
const RESOURCES: usize = 3;
const PEOPLE: u32 = 2;

/// A mistake that is planted between the depots and the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Rows say that their tab had heard everything.
    RowsNeverDie,
    /// What one tab declares out of date is not told to the others.
    NobodyHears,
    /// Tabs say that they had heard all.
    EverybodyHasHeard,
    /// Who wakes does not look what it missed.
    SleepersDoNotRead,
    /// Claims are not given up, and nobody takes one.
    ClaimsStay,
    /// What was not sent goes out with the next person's cookies.
    PeopleMix,
    /// A page goes on with what it has when its epoch changes.
    EpochsMix,
    /// Nobody looks for what a tab has said that died before it could write it down.
    MarksAreLost,
    /// It is not known what the answers to queries on disk are about.
    StockIsAboutNothing,
}

#[derive(Default, Clone, Debug)]
pub struct Counts {
    pub given: u64,
    pub taken: u64,
    pub refused: u64,
    pub dead_rows: u64,
    pub taken_over: u64,
    pub seized: u64,
    pub died: u64,
    pub woke: u64,
    pub doubted: u64,
    pub moved: u64,
    pub sent: u64,
    /// Answers to queries that came from disk, and larger queries that were ordered because they lay there.
    pub queries_given: u64,
    pub drawn: u64,
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        for (sum, more) in [
            (&mut self.given, other.given),
            (&mut self.taken, other.taken),
            (&mut self.refused, other.refused),
            (&mut self.dead_rows, other.dead_rows),
            (&mut self.taken_over, other.taken_over),
            (&mut self.seized, other.seized),
            (&mut self.died, other.died),
            (&mut self.woke, other.woke),
            (&mut self.doubted, other.doubted),
            (&mut self.moved, other.moved),
            (&mut self.sent, other.sent),
            (&mut self.queries_given, other.queries_given),
            (&mut self.drawn, other.drawn),
        ] {
            *sum += more;
        }
    }
}

#[derive(Clone, Debug)]
enum Message {
    Doubt {
        word: Word,
        resource: usize,
        version: u64,
    },
    Logged,
    Told(Fingerprint, Say),
    Answer(Fingerprint, Vec<Word>, Box<Answer>),
    Hello(Tab),
    Here {
        from: Tab,
        to: Tab,
        count: u32,
    },
    Person(u32),
}

#[derive(Clone, Debug)]
enum Event {
    // What people and apps do.
    Ask(usize, Freshness),
    Write(usize),
    Acknowledged(usize, u64),
    Identify(u32),
    Epoch(u32),
    Die,
    Sleep,
    Wake,
    // What the browser does.
    Hear(Message),
    Opened,
    Met,
    Enough,
    Read(FlightId, Fingerprint),
    ReadLog,
    Append(Vec<Said>),
    Asked(FlightId, Fingerprint),
    Queued(FlightId, Fingerprint),
    Granted(FlightId),
    Store(FlightId, Fingerprint, Box<Row>, bool),
    Erase(Fingerprint),
    Serve(FlightId),
    Head(FlightId),
    Body(FlightId),
    Lost(FlightId),
    TaskEnded,
    WakeBroker(Time),
    WakeDepot(Time),
}

type Checked = Result<(), String>;

pub struct World {
    random: u64,
    now: u64,
    events: BTreeMap<(u64, u64), (Tab, Event)>,
    born: u64,
    pages: BTreeMap<Tab, Page>,
    deferred: BTreeMap<Tab, Vec<Event>>,
    origin: Origin,
    fault: Option<Fault>,
    /// Nothing fails, and all is quick.
    quiet: bool,
    next_tab: Tab,
    pub counts: Counts,
    log: Vec<String>,
    offer: Option<Answer>,
    /// An app asks right now. What is ordered meanwhile and not as it is written was drawn from stock: unions wait for the
    /// end of the task.
    is_asking: bool,
    /// Until when messages of one tab to another are on their way: they come in their order.
    lanes: BTreeMap<(Tab, Tab), u64>,
}

impl World {
    pub fn new(seed: u64, fault: Option<Fault>) -> World {
        World {
            random: seed,
            now: 1_000,
            events: BTreeMap::new(),
            born: 0,
            pages: BTreeMap::new(),
            deferred: BTreeMap::new(),
            origin: Origin {
                versions: vec![1; RESOURCES],
                acknowledged: vec![0; RESOURCES],
                ..Origin::default()
            },
            fault,
            quiet: false,
            next_tab: 0,
            counts: Counts::default(),
            log: Vec::new(),
            offer: None,
            is_asking: false,
            lanes: BTreeMap::new(),
        }
    }

    /// Tabs that have met.
    pub fn quiet(tabs: u32) -> World {
        let mut world = World::new(u64::from(tabs), None);
        world.quiet = true;
        world.origin.versions = vec![1; 200];
        world.origin.acknowledged = vec![0; 200];
        for _ in 0..tabs {
            world.open(1);
            world.run().expect("nothing happens");
        }
        world
    }

    /// All tabs ask for so many things; how many requests that takes.
    pub fn all_ask(&mut self, resources: usize) -> u64 {
        let tabs: Vec<Tab> = self.pages.keys().copied().collect();
        for resource in 0..resources {
            for tab in &tabs {
                self.later(*tab, 5, Event::Ask(resource, Freshness::Normal));
            }
        }
        self.run().expect("all is well");
        assert!(self.pages.values().all(|page| page.waiters.is_empty()));
        self.counts.sent
    }

    pub fn story(&self) -> String {
        self.log.join("\n")
    }

    fn below(&mut self, most: u64) -> u64 {
        // SplitMix64 (G. L. Steele and others, 2014).
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        !self.quiet && self.below(100) < percent
    }

    fn later(&mut self, tab: Tab, within: u64, event: Event) {
        let delay = if self.quiet {
            1
        } else {
            self.below(within) + 1
        };
        self.at(tab, self.now + delay, event);
    }

    fn at(&mut self, tab: Tab, time: u64, event: Event) {
        self.born += 1;
        self.events
            .insert((time.max(self.now), self.born), (tab, event));
    }

    fn open(&mut self, person: u32) {
        self.next_tab += 1;
        let tab = self.next_tab;
        let resources = self.origin.versions.len();
        // Most come from the build that all have.
        let epoch = 1 + u32::from(self.chance(5));
        self.pages
            .insert(tab, Page::new(tab, person, epoch, resources));
        self.later(tab, 20, Event::Opened);
    }

    /// Makes a story and plays it to its end.
    pub fn play(&mut self) -> Checked {
        let person = 1;
        for _ in 0..2 + self.below(2) {
            self.open(person);
        }
        let mut time = self.now;
        for _ in 0..80 {
            time += [0, 1, 5, 40, 200, 1_500][self.below(6) as usize];
            let tab = 1 + self.below(4) as Tab;
            let resource = self.below(RESOURCES as u64) as usize;
            let query = RESOURCES + self.below(QUERIES.len() as u64) as usize;
            let event = match self.below(100) {
                0..30 => Event::Ask(resource, Freshness::Normal),
                30..55 => Event::Ask(query, Freshness::Normal),
                55..57 => Event::Ask(resource, Freshness::OnlyStored),
                57..59 => Event::Ask(resource, Freshness::Revalidate),
                59..62 => Event::Ask(query, Freshness::Revalidate),
                62..82 => Event::Write(resource),
                82..86 => Event::Identify(1 + self.below(u64::from(PEOPLE)) as u32),
                86..87 => Event::Epoch(1 + self.below(2) as u32),
                87..91 => Event::Die,
                91..96 => Event::Sleep,
                _ => Event::Wake,
            };
            self.at(tab, time, event);
        }
        self.run()?;
        for tab in self.pages.keys().copied().collect::<Vec<_>>() {
            if self.pages[&tab].asleep {
                self.at(tab, self.now, Event::Wake);
            }
        }
        self.run()?;
        for page in self.pages.values() {
            if let Some((_, waiter)) = page.waiters.first_key_value() {
                return Err(format!(
                    "tab {} waits for ever for {:?}",
                    page.id, waiter.parts
                ));
            }
        }
        Ok(())
    }

    fn run(&mut self) -> Checked {
        let mut steps = 0;
        while let Some(((time, _), (tab, event))) = self.events.pop_first() {
            self.now = time;
            steps += 1;
            if steps > 100_000 {
                return Err("it never ends".into());
            }
            self.step(tab, event)?;
        }
        Ok(())
    }

    fn step(&mut self, tab: Tab, event: Event) -> Checked {
        let Some(page) = self.pages.get_mut(&tab) else {
            return Ok(());
        };
        if page.asleep && !matches!(event, Event::Wake | Event::Die) {
            // A sleeper hears nothing, and nobody uses it; all else happens when it wakes.
            if !matches!(
                event,
                Event::Hear(_)
                    | Event::Ask(..)
                    | Event::Write(_)
                    | Event::Identify(_)
                    | Event::Epoch(_)
                    | Event::Sleep
            ) {
                self.deferred.entry(tab).or_default().push(event);
            }
            return Ok(());
        }
        if self.log.len() < 4_000 {
            self.log.push(format!("{} tab {tab}: {event:?}", self.now));
        }
        match event {
            Event::Ask(resource, freshness) => self.ask(tab, resource, freshness)?,
            Event::Write(resource) => {
                self.origin.versions[resource] += 1;
                let version = self.origin.versions[resource];
                self.later(tab, 30, Event::Acknowledged(resource, version));
            }
            Event::Acknowledged(resource, version) => self.acknowledged(tab, resource, version)?,
            Event::Identify(person) => self.identify(tab, person)?,
            Event::Epoch(epoch) => self.move_to(tab, epoch)?,
            Event::Die => self.die(tab),
            Event::Sleep => {
                self.tell_depot(tab, depot::Input::Sleeping)?;
                if let Some(page) = self.pages.get_mut(&tab) {
                    page.asleep = true;
                    page.open = false;
                }
            }
            Event::Wake => self.wake(tab)?,
            Event::Hear(message) => self.hear(tab, message)?,
            Event::Opened => {
                self.take_marks(tab);
                self.read_log(tab)?;
                self.meet(tab)?;
            }
            Event::Met | Event::Enough => {
                let has_peers = self.pages.len() > 1;
                let page = self.page(tab);
                if !page.open {
                    page.open = true;
                    let whole = self.below(2) == 0;
                    self.tell_depot(
                        tab,
                        depot::Input::Opened {
                            has_disk: true,
                            has_peers,
                        },
                    )?;
                    if whole {
                        self.index(tab)?;
                    }
                }
            }
            Event::Read(flight, key) => self.read(tab, flight, key)?,
            Event::ReadLog => self.read_log(tab)?,
            Event::Append(lines) => {
                self.origin.append(lines);
                self.page(tab).logging -= 1;
                if self.page(tab).logging == 0 {
                    self.origin.marks.remove(&tab);
                }
                self.read_log(tab)?;
                self.broadcast(tab, Message::Logged);
                if self.page(tab).logging == 0 {
                    for (flight, is_whole) in core::mem::take(&mut self.page(tab).settling) {
                        self.settled(tab, flight, is_whole)?;
                    }
                }
            }
            Event::Asked(flight, key) => {
                // Given up meanwhile.
                if self.page(tab).asking.remove(&flight) {
                    let lock = self.origin.locks.entry(key).or_default();
                    let is_ours = lock.holder.is_none();
                    if is_ours {
                        lock.holder = Some((tab, flight));
                    }
                    self.tell_depot(tab, depot::Input::Claimed(flight, is_ours))?;
                }
                self.answer_greetings(tab);
            }
            Event::Queued(flight, key) => {
                if self.page(tab).asking.remove(&flight) {
                    let lock = self.origin.locks.entry(key).or_default();
                    match lock.holder {
                        Some(_) => lock.queue.push_back((tab, flight)),
                        None => {
                            lock.holder = Some((tab, flight));
                            self.later(tab, 5, Event::Granted(flight));
                        }
                    }
                }
            }
            Event::Granted(flight) => {
                self.counts.taken_over += 1;
                self.tell_depot(tab, depot::Input::Claimed(flight, true))?;
            }
            Event::Store(flight, key, row, is_urgent) => {
                let person = row.answer.person;
                if !self.chance(10) {
                    self.origin.rows.insert((person, key), *row);
                }
                if is_urgent {
                    self.tell_depot(tab, depot::Input::Written(flight))?;
                }
            }
            Event::Erase(key) => {
                let person = self.page(tab).person;
                self.origin.rows.remove(&(person, key));
            }
            Event::Serve(flight) => self.serve(tab, flight),
            Event::Head(flight) => self.head(tab, flight)?,
            Event::Body(flight) => self.body(tab, flight)?,
            Event::Lost(flight) => self.lost(tab, flight)?,
            Event::TaskEnded => self.tell_broker(tab, broker::Input::TaskEnded)?,
            Event::WakeBroker(time) => {
                if self.page(tab).broker_wakes == Some(time) {
                    self.page(tab).broker_wakes = None;
                    self.tell_broker(tab, broker::Input::TimePassed)?;
                }
            }
            Event::WakeDepot(time) => {
                if self.page(tab).depot_wakes == Some(time) {
                    self.page(tab).depot_wakes = None;
                    self.tell_depot(tab, depot::Input::TimePassed)?;
                }
            }
        }
        Ok(())
    }

    fn page(&mut self, tab: Tab) -> &mut Page {
        self.pages.get_mut(&tab).expect("only who lives acts")
    }
}

fn scopes(resource: usize) -> Vec<Scope> {
    vec![Scope::Tag(format!("tag{resource}").into())]
}
