//! The world: plays browser, network and people, carries out what brokers and depots order, and checks every answer.

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
        self.pages.insert(tab, Page::new(tab, person, resources));
        self.later(tab, 20, Event::Opened);
    }

    /// Makes a story and plays it to its end.
    pub fn play(&mut self) -> Checked {
        let person = 1;
        for _ in 0..2 + self.below(2) {
            self.open(person);
        }
        let mut time = self.now;
        for _ in 0..60 {
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
                86..91 => Event::Die,
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

    // --- what people do --------------------------------------------------------------------------------------------

    fn ask(&mut self, tab: Tab, number: usize, freshness: Freshness) -> Checked {
        let page = self.page(tab);
        page.broker
            .read_stock(&|question| operation(&question.document));
        page.next += 1;
        let waiter = WaiterId(page.next);
        let (request, person, least) = (page.requests[number], page.person, page.least.clone());
        let parts = page.parts(number);
        page.waiters.insert(
            waiter,
            Waiter {
                parts,
                person,
                least,
            },
        );
        let ask = Ask {
            waiter,
            app: AppId(1),
            request,
            want: Want::Whole,
            priority: Priority::Visible,
            deadline: None,
            retries: 0,
            freshness,
        };
        self.is_asking = true;
        let told = self.tell_broker(tab, broker::Input::Asked(ask));
        self.is_asking = false;
        told
    }

    fn acknowledged(&mut self, tab: Tab, resource: usize, version: u64) -> Checked {
        self.page(tab).must_see(resource, version);
        self.tell_broker(tab, broker::Input::Invalidated(scopes(resource)))?;
        let page = self.page(tab);
        page.count += 1;
        let word = Word {
            tab,
            count: page.count,
        };
        let lines = self.heard(tab, word)?;
        if self.fault != Some(Fault::NobodyHears) {
            self.broadcast(
                tab,
                Message::Doubt {
                    word,
                    resource,
                    version,
                },
            );
        }
        let lines = lines
            .into_iter()
            .map(|scope| Said {
                line: Line {
                    word,
                    scope: scope.into(),
                },
                resource,
                version,
            })
            .collect();
        self.page(tab).logging += 1;
        // The log's changes come in their order, too.
        let before = self.lanes.get(&(tab, tab)).copied().unwrap_or(0);
        let time = before.max(self.now + 1 + self.below(60));
        self.lanes.insert((tab, tab), time);
        self.at(tab, time, Event::Append(lines));
        Ok(())
    }

    /// Tells the depot what the broker has learned was out of date.
    fn heard(&mut self, tab: Tab, word: Word) -> Result<Vec<String>, String> {
        let page = self.page(tab);
        let scopes = page.broker.invalidated_since(page.heard);
        page.heard = page.broker.generation();
        let lines = scopes.iter().filter_map(write_scope).collect();
        self.tell_depot(tab, depot::Input::Heard { word, scopes })?;
        Ok(lines)
    }

    fn identify(&mut self, tab: Tab, person: u32) -> Checked {
        let before = self.page(tab).person;
        self.page(tab).person = person;
        self.tell_broker(tab, broker::Input::Identified(partition(person)))?;
        self.page(tab).heard = self.pages[&tab].broker.generation();
        if person != before {
            if self.fault != Some(Fault::PeopleMix) {
                self.tell_depot(tab, depot::Input::Changed)?;
            }
            self.broadcast(tab, Message::Person(person));
        }
        Ok(())
    }

    fn die(&mut self, tab: Tab) {
        self.counts.died += 1;
        self.pages.remove(&tab);
        self.deferred.remove(&tab);
        self.unlock(|(holder, _)| *holder == tab);
        // Another is opened in its place.
        let person = 1 + self.below(u64::from(PEOPLE)) as u32;
        self.open(person);
    }

    fn wake(&mut self, tab: Tab) -> Checked {
        if !self.page(tab).asleep {
            return Ok(());
        }
        self.counts.woke += 1;
        self.page(tab).asleep = false;
        if self.fault != Some(Fault::SleepersDoNotRead) {
            self.tell_broker(
                tab,
                broker::Input::Invalidated(vec![Scope::Url("*".into())]),
            )?;
        }
        self.page(tab).heard = self.pages[&tab].broker.generation();
        for event in self.deferred.remove(&tab).unwrap_or_default() {
            self.at(tab, self.now, event);
        }
        // What it knows of the log it knows from before; but whoever acts for it has read it when it is open.
        self.later(tab, 20, Event::Opened);
        Ok(())
    }

    // --- what the browser does ---------------------------------------------------------------------------------------

    fn unlock(&mut self, which: impl Fn(&(Tab, FlightId)) -> bool) {
        for (tab, flight, _) in self.origin.forget_locks(which) {
            self.later(tab, 5, Event::Granted(flight));
        }
    }

    fn broadcast(&mut self, from: Tab, message: Message) {
        let others: Vec<Tab> = self
            .pages
            .keys()
            .copied()
            .filter(|tab| *tab != from)
            .collect();
        for tab in others {
            let delay = if self.quiet {
                1
            } else {
                [1, 1, 3, 10, 25][self.below(5) as usize]
            };
            let before = self.lanes.get(&(from, tab)).copied().unwrap_or(0);
            let time = before.max(self.now + delay);
            self.lanes.insert((from, tab), time);
            self.at(tab, time, Event::Hear(message.clone()));
        }
    }

    fn hear(&mut self, tab: Tab, message: Message) -> Checked {
        match message {
            Message::Doubt {
                word,
                resource,
                version,
            } => {
                self.tell_broker(tab, broker::Input::Invalidated(scopes(resource)))?;
                self.heard(tab, word)?;
                self.page(tab).must_see(resource, version);
            }
            Message::Logged => self.later(tab, 10, Event::ReadLog),
            Message::Told(key, say) => self.tell_depot(tab, depot::Input::Told(key, say))?,
            Message::Answer(key, words, answer) => {
                self.offer = Some(*answer);
                let taken = self.counts.taken;
                let waits = self.page(tab).exchanges.values().any(|exchange| {
                    exchange.key == key && !exchange.over && exchange.answer.is_none()
                });
                self.tell_depot(tab, depot::Input::Offered(key, words))?;
                if waits && self.counts.taken == taken {
                    self.counts.refused += 1;
                }
                self.offer = None;
            }
            Message::Hello(from) => {
                self.tell_depot(tab, depot::Input::Met)?;
                self.page(tab).greeted.push(from);
                self.answer_greetings(tab);
            }
            Message::Here { from, to, count } => {
                if to == tab {
                    self.heard(tab, Word { tab: from, count })?;
                    self.at(tab, self.now, Event::Met);
                }
            }
            Message::Person(person) => {
                if person != self.page(tab).person {
                    let now = Time(self.now);
                    let page = self.page(tab);
                    let orders = page.broker.doubt_person(now);
                    page.heard = page.broker.generation();
                    for order in orders {
                        self.carry_out(tab, order)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn answer_greetings(&mut self, tab: Tab) {
        let page = self.page(tab);
        if page.asking.is_empty() {
            let count = page.count;
            for to in core::mem::take(&mut page.greeted) {
                self.broadcast(
                    tab,
                    Message::Here {
                        from: tab,
                        to,
                        count,
                    },
                );
            }
        }
    }

    fn meet(&mut self, tab: Tab) -> Checked {
        if self.pages.len() > 1 {
            self.broadcast(tab, Message::Hello(tab));
            self.at(tab, self.now + 50, Event::Enough);
        } else {
            self.at(tab, self.now, Event::Met);
        }
        Ok(())
    }

    fn read_log(&mut self, tab: Tab) -> Checked {
        let (floor, log) = (self.origin.floor, self.origin.log.clone());
        let lines = log.iter().map(|said| said.line.clone()).collect();
        self.tell_depot(tab, depot::Input::Read { floor, lines })?;
        // What it has in memory it was told of already, or has thrown away; what is on disk is judged by what was read.
        if !self.page(tab).open {
            self.page(tab).has_read(&log);
        }
        Ok(())
    }

    fn index(&mut self, tab: Tab) -> Checked {
        let person = self.page(tab).person;
        let rows: Vec<_> = self
            .origin
            .rows
            .iter()
            .filter(|((whose, _), _)| *whose == person)
            .map(|((_, key), row)| (*key, Some(row.record.clone())))
            .collect();
        for (key, record) in &rows {
            if let Some(record) = record {
                self.stock(tab, *key, record);
            }
        }
        if !rows.is_empty() {
            self.tell_depot(tab, depot::Input::Indexed(rows))?;
        }
        self.tell_depot(tab, depot::Input::Indexed(Vec::new()))
    }

    fn stock(&mut self, tab: Tab, key: Fingerprint, record: &Record) {
        let (now, fault) = (self.now, self.fault);
        let page = self.page(tab);
        let left = record.stored.left(now + CALENDAR).fresh;
        if let Some(question) = &record.question
            && left > 0
            && page.depot.is_alive(record, &record.subject)
        {
            let subject = match fault {
                Some(Fault::StockIsAboutNothing) => Subject::default(),
                _ => record.subject.clone(),
            };
            let question = question.clone();
            page.broker
                .put_in_stock(key, question, subject, Time(now + left));
        }
    }

    fn read(&mut self, tab: Tab, flight: FlightId, key: Fingerprint) -> Checked {
        let person = self.page(tab).person;
        let fails = self.chance(5);
        let row = self
            .origin
            .rows
            .get(&(person, key))
            .filter(|_| !fails)
            .cloned();
        let mut record = row.as_ref().map(|row| Box::new(row.record.clone()));
        if let (Some(record), Some(Fault::RowsNeverDie)) = (&mut record, self.fault) {
            record.number = u32::MAX;
        }
        if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
            exchange.row = row;
        }
        let (has_row, given) = (record.is_some(), self.counts.given);
        self.tell_depot(tab, depot::Input::Loaded(flight, record))?;
        if has_row && self.counts.given == given {
            self.counts.dead_rows += 1;
        }
        Ok(())
    }

    fn serve(&mut self, tab: Tab, flight: FlightId) {
        let fails = self.chance(6);
        let kind = self.below(10);
        let (now, version) = (self.now, self.origin.versions.clone());
        let cache_control = match kind {
            _ if self.quiet => "max-age=600",
            0 => "no-store",
            1..3 => "max-age=1, stale-while-revalidate=600",
            _ => "max-age=600",
        };
        let Some(exchange) = self
            .page(tab)
            .exchanges
            .get_mut(&flight)
            .filter(|exchange| !exchange.over)
        else {
            return;
        };
        let part = |part: &Part| (part.clone(), version[part.resource]);
        let answer = Answer {
            parts: exchange.parts.iter().map(part).collect(),
            person: exchange.answer.as_ref().map_or(0, |answer| answer.person),
            head: Head {
                status: 200,
                cache_control: Some(cache_control.into()),
                requested: now + CALENDAR,
                ..Head::default()
            },
        };
        exchange.answer = Some(answer);
        match fails {
            true => self.later(tab, 60, Event::Lost(flight)),
            false => self.later(tab, 60, Event::Head(flight)),
        }
    }

    fn head(&mut self, tab: Tab, flight: FlightId) -> Checked {
        let now = self.now;
        let Some(exchange) = self
            .page(tab)
            .exchanges
            .get_mut(&flight)
            .filter(|exchange| !exchange.over)
        else {
            return Ok(());
        };
        let Some(answer) = &mut exchange.answer else {
            return Ok(());
        };
        if answer.head.arrived == 0 {
            answer.head.arrived = now + CALENDAR;
        }
        let head = Box::new(answer.head.clone());
        self.tell_broker(tab, broker::Input::HeadArrived { flight, head })?;
        let is_shared = self.page(tab).broker.is_shared(flight);
        self.tell_depot(tab, depot::Input::Headed { flight, is_shared })?;
        self.later(tab, 20, Event::Body(flight));
        Ok(())
    }

    fn body(&mut self, tab: Tab, flight: FlightId) -> Checked {
        let Some(exchange) = self
            .page(tab)
            .exchanges
            .get_mut(&flight)
            .filter(|exchange| !exchange.over)
        else {
            return Ok(());
        };
        exchange.over = true;
        let Some(answer) = exchange.answer.clone() else {
            return Ok(());
        };
        if exchange.is_query {
            let described = broker::Input::Described {
                flight,
                is_flawed: false,
                labels: Vec::new(),
            };
            self.tell_broker(tab, described)?;
        }
        self.page(tab).bodies.insert(flight.into(), answer);
        self.tell_broker(tab, broker::Input::BodyEnded { flight, bytes: 100 })?;
        self.when_logged(tab, flight, true)
    }

    fn lost(&mut self, tab: Tab, flight: FlightId) -> Checked {
        if self
            .page(tab)
            .exchanges
            .get(&flight)
            .is_none_or(|exchange| exchange.over)
        {
            return Ok(());
        }
        let given = self.counts.given;
        self.tell_depot(tab, depot::Input::Failed(flight, None))?;
        if self.counts.given == given {
            self.page(tab)
                .exchanges
                .get_mut(&flight)
                .expect("it is there")
                .over = true;
            self.tell_broker(tab, broker::Input::Failed(flight))?;
            self.when_logged(tab, flight, false)?;
        }
        Ok(())
    }

    fn when_logged(&mut self, tab: Tab, flight: FlightId, is_whole: bool) -> Checked {
        if self.page(tab).logging > 0 {
            self.page(tab).settling.push((flight, is_whole));
            return Ok(());
        }
        self.settled(tab, flight, is_whole)
    }

    fn settled(&mut self, tab: Tab, flight: FlightId, is_whole: bool) -> Checked {
        let page = self.page(tab);
        let Some(key) = page.depot.key_of(flight) else {
            return Ok(());
        };
        let kept = page
            .broker
            .kept(flight, &key)
            .map(|(_, kept)| Box::new(kept));
        self.tell_depot(
            tab,
            depot::Input::Settled {
                flight,
                kept,
                is_whole,
            },
        )
    }

    // --- orders --------------------------------------------------------------------------------------------------------

    fn tell_broker(&mut self, tab: Tab, input: broker::Input) -> Checked {
        let now = Time(self.now);
        let orders: Vec<_> = self.page(tab).broker.handle(now, input).collect();
        orders
            .into_iter()
            .try_for_each(|order| self.carry_out(tab, order))
    }

    fn carry_out(&mut self, tab: Tab, order: broker::Command) -> Checked {
        match order {
            broker::Command::Fetch {
                flight,
                request,
                text,
                ..
            } => {
                let now = self.now;
                self.counts.drawn += u64::from(self.is_asking && text.is_some());
                let page = self.page(tab);
                let number = page
                    .requests
                    .iter()
                    .position(|known| *known == request)
                    .expect("it was asked for");
                let is_query = number >= page.least.len();
                let parts = match text.as_deref().and_then(|text| text.split('"').nth(3)) {
                    Some(document) => parts_of(document),
                    None => page.parts(number),
                };
                let Some(errand) = page.broker.errand(now + CALENDAR, flight, true, false) else {
                    return Ok(());
                };
                let exchange = Exchange {
                    parts,
                    is_query,
                    may_ask: errand.may_ask,
                    key: errand.key,
                    answer: None,
                    row: None,
                    over: false,
                };
                page.exchanges.insert(flight, exchange);
                self.tell_depot(tab, depot::Input::Sought(flight, Box::new(errand)))?;
            }
            broker::Command::Abort(flight) => {
                if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
                    exchange.over = true;
                }
                self.tell_depot(tab, depot::Input::Ended(flight))?;
            }
            broker::Command::Answer { waiter, body, .. } => {
                let answer = self
                    .page(tab)
                    .bodies
                    .get(&body)
                    .cloned()
                    .ok_or("an answer without a body")?;
                self.check(tab, waiter, &answer)?;
            }
            broker::Command::Compose { waiter, cut, .. } => {
                let answer = self.compose(tab, &cut)?;
                self.check(tab, waiter, &answer)?;
            }
            broker::Command::EndOfTask => self.at(tab, self.now, Event::TaskEnded),
            broker::Command::Fail { waiter, .. } | broker::Command::GoAlone(waiter) => {
                self.page(tab)
                    .waiters
                    .remove(&waiter)
                    .ok_or("a second outcome")?;
            }
            broker::Command::WakeAt(at) => {
                self.page(tab).broker_wakes = at;
                if let Some(at) = at {
                    self.at(tab, at.0, Event::WakeBroker(at));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Cuts an answer out of others, as the plan says.
    fn compose(&mut self, tab: Tab, cut: &broker::Cut) -> Result<Answer, String> {
        let page = self.page(tab);
        let bodies: Vec<&Answer> = cut
            .bodies
            .iter()
            .map(|body| page.bodies.get(body).ok_or("a cut without a body"))
            .collect::<Result<_, _>>()?;
        let plan: serde_json::Value = serde_json::from_str(&cut.plan).expect("plans are JSON");
        let mut parts = Vec::new();
        for node in plan.as_array().expect("a list") {
            let text = |at: usize| node[at].as_str().expect("a name");
            let from = bodies[node[4].as_u64().expect("a source") as usize];
            let (part, version) = from
                .parts
                .iter()
                .find(|(part, _)| part.name == text(1))
                .ok_or_else(|| format!("there is no {} in {:?}", text(1), from.parts))?;
            let name = text(0).into();
            parts.push((Part { name, ..*part }, *version));
        }
        let person = bodies[0].person;
        if bodies.iter().any(|body| body.person != person) {
            return Err("another person's answer is a part of one".into());
        }
        Ok(Answer {
            parts,
            person,
            head: bodies[0].head.clone(),
        })
    }

    fn check(&mut self, tab: Tab, waiter: WaiterId, answer: &Answer) -> Checked {
        let Some(waiter) = self.page(tab).waiters.remove(&waiter) else {
            return Err("a second outcome".into());
        };
        if waiter.person != answer.person {
            return Err(format!(
                "tab {tab} gave {} another person's answer, {}'s",
                waiter.person, answer.person
            ));
        }
        let parts: Vec<_> = answer.parts.iter().map(|(part, _)| part.clone()).collect();
        if waiter.parts != parts {
            return Err(format!("{:?} is given {parts:?}", waiter.parts));
        }
        for (part, version) in &answer.parts {
            let least = waiter.least[part.resource];
            if *version < least {
                return Err(format!(
                    "tab {tab} gave version {version} of resource {}, older than {least}",
                    part.resource
                ));
            }
        }
        Ok(())
    }

    fn tell_depot(&mut self, tab: Tab, input: depot::Input) -> Checked {
        let (now, fault) = (Time(self.now), self.fault);
        let page = self.page(tab);
        let present = page.broker.generation();
        let orders = page.depot.handle(now, CALENDAR, present, input);
        for order in orders {
            if !self.pages.contains_key(&tab) {
                break;
            }
            self.obey(tab, order, fault)?;
        }
        Ok(())
    }

    fn obey(&mut self, tab: Tab, order: depot::Command, fault: Option<Fault>) -> Checked {
        match order {
            depot::Command::Load(flight, key) => {
                // Some disks never answer.
                if !self.chance(2) {
                    self.later(tab, 15, Event::Read(flight, key));
                }
            }
            depot::Command::Claim(flight, key) => {
                self.page(tab).asking.insert(flight);
                self.later(tab, 5, Event::Asked(flight, key));
            }
            depot::Command::Queue(flight, key) => {
                self.page(tab).asking.insert(flight);
                self.later(tab, 5, Event::Queued(flight, key));
            }
            depot::Command::Seize(flight, key) => {
                self.counts.seized += 1;
                self.unlock(|who| *who == (tab, flight));
                self.origin.locks.entry(key).or_default().holder = Some((tab, flight));
                if fault == Some(Fault::ClaimsStay) {
                    return Err("waits for ever: a claim was seized".into());
                }
            }
            depot::Command::Release(flight) => {
                self.page(tab).asking.remove(&flight);
                if fault != Some(Fault::ClaimsStay) {
                    self.unlock(|who| *who == (tab, flight));
                }
                self.answer_greetings(tab);
            }
            depot::Command::Send(flight, _) => {
                self.counts.sent += 1;
                let exchange = self.page(tab).exchanges.get(&flight);
                if exchange.is_some_and(|exchange| !exchange.may_ask) {
                    return Err("the server was asked, and was not to be".into());
                }
                let person = self.page(tab).person;
                // Its cookies go with it.
                if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
                    let answer = Answer {
                        parts: Vec::new(),
                        person,
                        head: Head::default(),
                    };
                    exchange.answer = Some(answer);
                }
                self.later(tab, 60, Event::Serve(flight));
            }
            depot::Command::Give(flight, arrived) => {
                self.counts.given += 1;
                self.page(tab).broker.spared(flight, Outcome::Persisted);
                let exchange = self
                    .page(tab)
                    .exchanges
                    .get_mut(&flight)
                    .ok_or("a row for nobody")?;
                let row = exchange.row.take().ok_or("a row that was not read")?;
                assert_eq!(row.answer.head.arrived, arrived);
                let is_query = exchange.is_query;
                exchange.answer = Some(row.answer);
                self.counts.queries_given += u64::from(is_query);
                self.later(tab, 3, Event::Head(flight));
            }
            depot::Command::Take(flight) => {
                self.counts.taken += 1;
                self.page(tab).broker.spared(flight, Outcome::Joined);
                let answer = self.offer.clone();
                self.page(tab)
                    .exchanges
                    .get_mut(&flight)
                    .ok_or("an offer for nobody")?
                    .answer = answer;
                self.later(tab, 3, Event::Head(flight));
            }
            depot::Command::Fail(flight, _) | depot::Command::Refuse(flight) => {
                if let Some(exchange) = self.page(tab).exchanges.get_mut(&flight) {
                    exchange.over = true;
                }
                self.tell_broker(tab, broker::Input::Failed(flight))?;
            }
            depot::Command::Tell(key, say) => self.broadcast(tab, Message::Told(key, say)),
            depot::Command::Offer(flight, key, words) => {
                let everything = (1..=self.next_tab)
                    .map(|tab| Word {
                        tab,
                        count: u32::MAX,
                    })
                    .collect();
                let words = if fault == Some(Fault::EverybodyHasHeard) {
                    everything
                } else {
                    words
                };
                let page = self.page(tab);
                let body = page.broker.kept(flight, &key).map(|(body, _)| body);
                let answer = body
                    .and_then(|body| page.bodies.get(&body))
                    .or_else(|| page.exchanges.get(&flight)?.answer.as_ref());
                if let Some(answer) = answer.cloned() {
                    self.broadcast(tab, Message::Answer(key, words, Box::new(answer)));
                }
            }
            depot::Command::Write(flight, key, record, is_urgent) => {
                self.write(tab, flight, key, *record, is_urgent)?
            }
            depot::Command::Erase(key) => {
                self.page(tab).broker.take_from_stock(&key);
                self.later(tab, 40, Event::Erase(key));
            }
            depot::Command::WakeAt(at) => {
                self.page(tab).depot_wakes = at;
                if let Some(at) = at {
                    self.at(tab, at.0, Event::WakeDepot(at));
                }
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        tab: Tab,
        flight: FlightId,
        key: Fingerprint,
        record: Record,
        is_urgent: bool,
    ) -> Checked {
        let page = self.page(tab);
        let body = page
            .broker
            .kept(flight, &key)
            .map(|(body, _)| body)
            .ok_or("what is written is not kept")?;
        let answer = page
            .bodies
            .get(&body)
            .cloned()
            .ok_or("what is written has no body")?;
        let row = Box::new(Row { record, answer });
        self.later(
            tab,
            if is_urgent { 20 } else { 200 },
            Event::Store(flight, key, row, is_urgent),
        );
        Ok(())
    }
}

fn scopes(resource: usize) -> Vec<Scope> {
    vec![Scope::Tag(format!("tag{resource}").into())]
}
