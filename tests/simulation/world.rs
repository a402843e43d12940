//! The world: drives the broker, plays page and network, and checks after each step that the contract holds.

use crate::network::{Event, Exchange, Network, group, lifetime};
use crate::page::{Body, Component, Page, Published, Waiter};
use crate::story::Action;
use forebay::broker::{
    AppId, Ask, Asked, BodyId, Broker, Command, FlightId, Freshness, Input, LeaseId, Outcome,
    Priority, RequestId, Settings, Sharing, Time, WaiterId, Want,
};
use forebay::cache::{Scope, Subject};
use forebay::fingerprint::{Accept, ContentDigest, Partition, Principal};
use forebay::http::{Demand, Head, Terms};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

#[path = "orders.rs"]
mod orders;

/// A mistake of the broker's that is planted between it and the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    AnswersTwice,
    ForgetsToAnswer,
    ForgetsToWithdraw,
    KeepsFlying,
    DropsNoBodies,
    MixesPeople,
    IgnoresInvalidations,
    IgnoresAHeader,
    IgnoresAccept,
    /// Whoever asks while a body arrives is given it, whatever its head says.
    JoinsLate,
    /// The browser's own cache answers although the server was to be asked.
    AsksNoServer,
    /// Nothing is known of the groups in which the server puts what it answers.
    KnowsNoGroups,
    /// What a write and an invalidation make doubtful is read again at once.
    ReadsAtOnce,
    /// That a server has said 401 is not heard.
    HearsNoDenials,
}

/// What the browser's own HTTP cache keeps.
#[derive(Clone)]
struct Browsers {
    head: Box<Head>,
    person: u32,
    version: u64,
    until: Time,
}

/// The last four are two URLs, each with two answers: by a header that `Vary` names, and by `accept`.
const RESOURCES: usize = 9;
const APPS: u32 = 3;

type Checked = Result<(), String>;

pub struct World {
    broker: Broker,
    now: Time,
    page: Page,
    network: Network,
    person: u32,
    /// The server's version of each resource.
    versions: [u64; RESOURCES],
    /// The version of each resource that everybody who asks from now on must see, as of an acknowledgement.
    acknowledged: [u64; RESOURCES],
    next: u32,
    /// Facts that the broker was told.
    told: u64,
    /// Resources that the server has said 401 of, until they succeed or the host speaks.
    denied: BTreeSet<usize>,
    /// The browser's own HTTP cache: it knows no persons.
    browsers: BTreeMap<usize, Browsers>,
    /// What was read again since anything happened but writes and invalidations.
    reread: BTreeSet<usize>,
    fault: Option<Fault>,
    /// How often the server said that a stored answer still holds.
    pub confirmed: u32,
    adopting: Option<usize>,
    /// Until when it is remembered that a resource's answers may not be shared.
    secret_until: [Time; RESOURCES],
}

/// The first resource of the same URL.
fn place(resource: usize) -> usize {
    match resource {
        6 => 5,
        8 => 7,
        _ => resource,
    }
}

fn url(resource: usize) -> String {
    format!(
        "https://{}.test/r/{}",
        if resource == 3 { "b" } else { "a" },
        place(resource)
    )
}

fn asked(resource: usize, fault: Option<Fault>) -> Asked {
    let region = match resource {
        6 if fault != Some(Fault::IgnoresAHeader) => "west",
        _ => "east",
    };
    let accept = match resource {
        8 if fault != Some(Fault::IgnoresAccept) => Accept::Json,
        _ => Accept::Any,
    };
    Asked {
        content: ContentDigest::from_bytes([place(resource) as u8; 32]),
        sharing: Sharing::Shared,
        method: "GET".into(),
        demand: Demand::default(),
        keyed: Rc::default(),
        every_header: false,
        accept: Some(accept),
        unkeyed: match place(resource) {
            5 => [("X-Region".into(), region.into())].into(),
            _ => Box::default(),
        },
        whole: None,
        besides: None,
        terms: Terms::default(),
        subject: Rc::new(Subject {
            url: url(resource).into(),
            tags: vec![format!("tag{}", place(resource) % 2).into()],
            ..Subject::default()
        }),
        inquiry: None,
        origin: url(resource)[..14].into(),
        credentialed: false,
        credential: 0,
    }
}

fn partition(person: u32) -> Partition {
    let principal = if person == 0 {
        Principal::anonymous()
    } else {
        Principal::named(&person.to_string())
    };
    Partition::new("https://a.test", principal, "")
}

fn priority(number: u32) -> Priority {
    [Priority::Background, Priority::Visible, Priority::Blocking][number as usize % 3]
}

fn nth<K: Copy, V>(map: &std::collections::BTreeMap<K, V>, number: u32) -> Option<K> {
    if map.is_empty() {
        None
    } else {
        map.keys().nth(number as usize % map.len()).copied()
    }
}

impl World {
    pub fn new(fault: Option<Fault>) -> World {
        World {
            broker: Broker::new(
                partition(0),
                Settings {
                    memory: 16_000,
                    seed: 7,
                },
            ),
            now: Time(1_000),
            page: Page::default(),
            network: Network::default(),
            person: 0,
            versions: [1; RESOURCES],
            acknowledged: [1; RESOURCES],
            next: 0,
            told: 0,
            denied: BTreeSet::new(),
            browsers: BTreeMap::new(),
            reread: BTreeSet::new(),
            fault,
            confirmed: 0,
            adopting: None,
            secret_until: [Time(0); RESOURCES],
        }
    }

    pub fn act(&mut self, action: &Action) -> Checked {
        if !matches!(
            action,
            Action::Write(_) | Action::WriteGroup(_) | Action::Invalidate { .. }
        ) {
            self.reread.clear();
        }
        match *action {
            Action::Ask {
                app,
                resource,
                head,
                priority: urgency,
                deadline,
                retries,
                revalidate,
            } => {
                let waiter = WaiterId(self.name());
                let request = self.spell(resource as usize);
                let want = if head { Want::Head } else { Want::Whole };
                let version = self.acknowledged[resource as usize];
                let person = self.person;
                self.page.waiters.insert(
                    waiter,
                    Waiter {
                        resource: resource as usize,
                        person,
                        version,
                        asked: self.told,
                        outcome: None,
                        reading: false,
                        left: false,
                    },
                );
                if self.fault == Some(Fault::JoinsLate)
                    && let Some(body) = self.arriving(resource as usize)
                {
                    return self.answer(waiter, body, Outcome::Joined, false);
                }
                self.tell(Input::Asked(Ask {
                    waiter,
                    app: AppId(app + 1),
                    request,
                    want,
                    priority: priority(urgency),
                    deadline: deadline.map(|ms| self.now.plus(ms)),
                    retries,
                    freshness: if revalidate {
                        Freshness::Revalidate
                    } else {
                        Freshness::Normal
                    },
                }))?;
            }
            Action::Leave(number) => {
                if let Some(waiter) = nth(&self.page.waiters, number) {
                    let left = self.page.waiters.get_mut(&waiter).unwrap();
                    left.left = true;
                    left.reading = false;
                    self.tell(Input::Left(waiter))?;
                }
            }
            Action::Lease {
                app,
                resource,
                priority: urgency,
            } => {
                let lease = LeaseId(self.name());
                let request = self.spell(resource as usize);
                self.page.components.insert(
                    lease,
                    Component {
                        app,
                        resource: resource as usize,
                        shown: None,
                    },
                );
                self.tell(Input::Leased {
                    lease,
                    app: AppId(app + 1),
                    request,
                    priority: priority(urgency),
                    retries: (urgency % 3) as u8,
                    freshness: Freshness::Normal,
                })?;
            }
            Action::Release(number) => {
                if let Some(lease) = nth(&self.page.components, number) {
                    self.page.components.remove(&lease);
                    self.tell(Input::Released(lease))?;
                }
            }
            Action::Refresh(number) => {
                if let Some(lease) = nth(&self.page.components, number) {
                    self.tell(Input::Refresh(lease, Freshness::Revalidate))?;
                }
            }
            Action::Foresee(resource) => {
                let request = self.spell(resource as usize);
                self.tell(Input::Foreseen { request })?;
            }
            Action::Adopt(resource) => {
                let request = self.spell(resource as usize);
                self.adopting = Some(resource as usize);
                self.tell(Input::Adopted {
                    request,
                    revalidate: false,
                })?;
            }
            Action::Disconnect(app) => {
                self.page
                    .components
                    .retain(|_, component| component.app != app);
                self.tell(Input::Disconnected(AppId(app + 1)))?;
            }
            Action::Write(resource) | Action::WriteGroup(resource) => {
                let resource = resource as usize;
                self.browsers
                    .retain(|other, _| place(*other) != place(resource));
                let mut head = Head {
                    status: 204,
                    ..Head::default()
                };
                if matches!(action, Action::WriteGroup(_)) {
                    head.cache_group_invalidation = Some(format!("\"{}\"", group(resource)));
                    self.change(resource, |written, other| {
                        place(written) == place(other)
                            || (url(written)[..14] == url(other)[..14]
                                && group(written) == group(other))
                    });
                } else {
                    self.change(resource, |written, other| place(other) == place(written));
                }
                self.close(|exchange| (exchange.resource == 3) == (resource == 3));
                self.tell(Input::Written {
                    method: "PUT".into(),
                    url: url(resource).into(),
                    head: Box::new(head),
                })?;
            }
            Action::Invalidate { resource, how } => self.invalidate(resource as usize, how)?,
            Action::Identify(person) => {
                self.denied.clear();
                if person != self.person {
                    self.close(|_| true);
                    for exchange in self.network.in_the_air.values_mut() {
                        exchange.former = true;
                    }
                    self.secret_until = [Time(0); RESOURCES];
                }
                self.person = person;
                let partition = partition(if self.fault == Some(Fault::MixesPeople) {
                    0
                } else {
                    person
                });
                self.tell(Input::Identified(partition))?;
            }
            Action::Unspell(number) => {
                if let Some(request) = nth(&self.page.spelled, number) {
                    self.page.spelled.remove(&request);
                    self.page.published.remove(&request);
                    self.tell(Input::Unspelled(request))?;
                }
            }
            Action::EndTask => self.end_task()?,
            Action::Use { app, resource } => self.use_published(app, resource as usize)?,
            Action::Budget(bytes) => self.tell(Input::Budget(bytes))?,
            Action::Network { exchange, event } => self.network(exchange, event)?,
            Action::Wait(ms) => self.wait(ms)?,
        }
        self.check()
    }

    /// Ends everything, and looks whether anything is left.
    pub fn finish(&mut self) -> Checked {
        // The network settles whatever is in the air, and what follows from that, until nothing does.
        for round in 0.. {
            if round > 10_000 {
                return Err("the network never came to rest".into());
            }
            self.reread.clear();
            self.end_task()?;
            match self.network.pick(0) {
                Some(flight) => {
                    let event = if self.network.in_the_air[&flight].head.is_some() {
                        50
                    } else {
                        60
                    };
                    self.settle(flight, event)?;
                }
                None if self.page.wake.is_some()
                    && (self.is_behind()
                        || self
                            .page
                            .waiters
                            .values()
                            .any(|waiter| waiter.outcome.is_none() && !waiter.left)) =>
                {
                    self.wait(1_000)?;
                }
                None => break,
            }
            self.check()?;
        }
        for waiter in self.page.waiters.values() {
            if waiter.outcome.is_none() && !waiter.left {
                return Err(format!("{waiter:?} has no outcome"));
            }
        }
        for (lease, component) in &self.page.components {
            let (shown, known) = (component.shown, self.acknowledged[component.resource]);
            if shown.is_some_and(|shown| shown < known) {
                return Err(format!(
                    "{lease:?} shows version {shown:?} for ever, which is older than {known}"
                ));
            }
        }
        for app in 0..APPS {
            self.act(&Action::Disconnect(app))?;
        }
        while let Some(request) = nth(&self.page.spelled, 0) {
            self.page.spelled.remove(&request);
            self.page.published.remove(&request);
            self.tell(Input::Unspelled(request))?;
        }
        self.tell(Input::Invalidated(vec![Scope::All]))?;
        while let Some(flight) = self.network.pick(0) {
            self.settle(flight, 50)?;
        }
        self.wait(100_000)?;
        self.tell(Input::Invalidated(vec![Scope::All]))?;
        let live = self.broker.live();
        let flights = self.broker.flights().count();
        if live != (0, 0, 0) || flights > 0 || !self.broker.cache().is_empty() {
            return Err(format!(
                "(waiters, leases, requests) {live:?}, {flights} flights, {} entries are left",
                self.broker.cache().len()
            ));
        }
        if !self.page.bodies.is_empty() {
            return Err(format!("bodies are still kept: {:?}", self.page.bodies));
        }
        if self.page.wake.is_some() {
            return Err("the page is still to wake the broker".into());
        }
        if !self.page.known.is_empty() {
            return Err(format!("requests were not dropped: {:?}", self.page.known));
        }
        Ok(())
    }

    fn name(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// The page's name for a resource; new where it has forgotten the old.
    fn spell(&mut self, resource: usize) -> RequestId {
        if let Some((request, _)) = self
            .page
            .spelled
            .iter()
            .find(|(_, other)| **other == resource)
        {
            return *request;
        }
        let request = self.broker.spell(asked(resource, self.fault));
        self.page.spelled.insert(request, resource);
        self.page.known.insert(request, resource);
        request
    }

    /// Changes resources on the server and acknowledges it.
    fn change(&mut self, resource: usize, which: impl Fn(usize, usize) -> bool) {
        for other in 0..RESOURCES {
            if which(resource, other) {
                self.versions[other] += 1;
                self.acknowledged[other] = self.versions[other];
                self.close(|exchange| exchange.resource == other);
            }
        }
    }

    /// From now on nobody should join these.
    fn close(&mut self, which: impl Fn(&Exchange) -> bool) {
        for exchange in self.network.in_the_air.values_mut() {
            exchange.open &= !which(exchange);
        }
    }

    fn invalidate(&mut self, resource: usize, how: u32) -> Checked {
        let scope = match how {
            0 => Scope::Exactly(url(resource).into()),
            1 => Scope::Tag(format!("tag{}", place(resource) % 2).into()),
            2 => Scope::Url("https://*/r/*".into()),
            3 => Scope::Tag(group(resource).into()),
            _ => Scope::All,
        };
        match how {
            0 => self.change(resource, |named, other| place(named) == place(other)),
            1 => self.change(resource, |named, other| {
                place(named) % 2 == place(other) % 2
            }),
            3 => self.change(resource, |named, other| group(named) == group(other)),
            _ => self.change(resource, |_, _| true),
        }
        // Which labels an answer will have nobody knows before its head.
        if matches!(how, 1 | 3) {
            self.close(|exchange| exchange.head.is_none());
        }
        if self.fault == Some(Fault::IgnoresInvalidations) {
            return Ok(());
        }
        self.tell(Input::Invalidated(vec![scope]))
    }

    fn use_published(&mut self, app: u32, resource: usize) -> Checked {
        let Some((request, _)) = self
            .page
            .spelled
            .iter()
            .find(|(_, other)| **other == resource)
        else {
            return Ok(());
        };
        let request = *request;
        if self
            .page
            .published
            .get(&request)
            .is_some_and(|published| self.now < published.until)
        {
            self.tell(Input::Used {
                app: AppId(app + 1),
                request,
                outcome: Outcome::Fresh,
                times: 1,
            })?;
        }
        Ok(())
    }

    /// Whether nothing stored is given out that came from where this came from.
    pub(super) fn is_denied(&self, resource: usize) -> bool {
        let origin = |resource: usize| resource == 3;
        self.denied
            .iter()
            .any(|other| origin(*other) == origin(resource))
    }

    /// Whether some component shows what is out of date.
    fn is_behind(&self) -> bool {
        self.page.components.values().any(|component| {
            component
                .shown
                .is_some_and(|shown| shown < self.acknowledged[component.resource])
        })
    }

    fn end_task(&mut self) -> Checked {
        match std::mem::take(&mut self.page.in_task) {
            true => self.tell(Input::TaskEnded),
            false => Ok(()),
        }
    }

    /// What is arriving of this resource, as this person asked for it.
    fn arriving(&self, resource: usize) -> Option<BodyId> {
        let mut all = self.network.in_the_air.iter();
        let (flight, _) = all.find(|(_, exchange)| {
            exchange.resource == resource
                && exchange.person == self.person
                && exchange.version >= self.acknowledged[resource]
                && exchange.head.is_some()
        })?;
        Some(BodyId::from(*flight))
    }

    fn network(&mut self, exchange: u32, event: u32) -> Checked {
        match self.network.pick(exchange) {
            Some(flight) => self.settle(flight, event),
            None => Ok(()),
        }
    }

    fn settle(&mut self, flight: FlightId, event: u32) -> Checked {
        let body = BodyId::from(flight);
        let exchange = &self.network.in_the_air[&flight];
        let (settling, is_todays) = (exchange.resource, !exchange.former);
        match self.network.next(flight, event, self.now.0) {
            Event::Head(head) if head.status == 304 => {
                self.confirmed += 1;
                if is_todays {
                    self.denied.remove(&place(settling));
                }
                for body in self.page.bodies.values_mut() {
                    if head.etag.as_deref() == Some(&*format!("\"{}\"", body.version)) {
                        body.headed = self.told;
                        body.reusable |= lifetime(&head) > 0;
                    }
                }
                let body_of_nothing = Body {
                    resource: RESOURCES,
                    person: self.person,
                    version: 0,
                    whole: false,
                    headed: self.told,
                    reusable: false,
                };
                self.page.bodies.insert(body, body_of_nothing);
                self.tell(Input::HeadArrived { flight, head })
            }
            Event::Head(head) => {
                let exchange = &self.network.in_the_air[&flight];
                let Exchange {
                    resource,
                    person,
                    version,
                    open,
                    ..
                } = *exchange;
                if is_todays {
                    match head.status {
                        401 => self.denied.insert(place(resource)),
                        ..=399 => self.denied.remove(&place(resource)),
                        _ => false,
                    };
                }
                if !open && person == self.person {
                    self.secret_until[resource] = self.now.plus(30_000);
                }
                self.page.bodies.insert(
                    body,
                    Body {
                        resource,
                        person,
                        version,
                        whole: false,
                        headed: self.told,
                        reusable: lifetime(&head) > 0,
                    },
                );
                self.tell(Input::HeadArrived { flight, head })
            }
            Event::Body(bytes, head) => {
                self.keep_in_browser(body, *head);
                if let Some(body) = self.page.bodies.get_mut(&body) {
                    body.whole = true;
                }
                self.end_reading(body);
                self.tell(Input::BodyEnded { flight, bytes })
            }
            Event::TooLarge => self.tell(Input::BodyTooLarge(flight)),
            Event::Failure => {
                self.end_reading(body);
                self.tell(Input::Failed(flight))
            }
            Event::Nothing => Ok(()),
        }
    }

    /// Whoever reads a body comes to its end with it.
    fn end_reading(&mut self, _body: BodyId) {
        for waiter in self.page.waiters.values_mut() {
            if waiter.reading {
                waiter.reading = false;
            }
        }
    }

    /// Lets time pass, waking the broker whenever it asked for it.
    fn wait(&mut self, ms: u64) -> Checked {
        let end = self.now.plus(ms);
        while let Some(wake) = self.page.wake.filter(|wake| *wake <= end) {
            self.now = self.now.max(wake);
            self.page.wake = None;
            self.tell(Input::TimePassed)?;
        }
        self.now = end;
        Ok(())
    }

    /// The browser keeps what has arrived as long as its head says.
    fn keep_in_browser(&mut self, body: BodyId, head: Head) {
        let Some(body) = self.page.bodies.get(&body) else {
            return;
        };
        if head.status == 200 && lifetime(&head) > 0 && head.vary.is_none() {
            let kept = Browsers {
                person: body.person,
                version: body.version,
                until: self.now.plus(lifetime(&head)),
                head: Box::new(head),
            };
            self.browsers.insert(body.resource, kept);
        }
    }

    fn tell(&mut self, input: Input) -> Checked {
        self.told += 1;
        let input = match input {
            Input::HeadArrived { flight, mut head } => {
                if self.fault == Some(Fault::KnowsNoGroups) {
                    head.cache_groups = None;
                }
                if self.fault == Some(Fault::HearsNoDenials) && head.status == 401 {
                    head.status = 404;
                }
                Input::HeadArrived { flight, head }
            }
            other => other,
        };
        if std::env::var("FOREBAY_TRACE").is_ok() {
            println!("{input:?}");
        }
        let commands: Vec<Command> = self.broker.handle(self.now, input).collect();
        for command in commands {
            if std::env::var("FOREBAY_TRACE").is_ok() {
                println!("    {command:?}");
            }
            self.obey(command)?;
        }
        match self.fault {
            Some(Fault::ReadsAtOnce) => self.end_task(),
            _ => Ok(()),
        }
    }

    /// What must hold whatever happens.
    fn check(&self) -> Checked {
        for (request, published) in &self.page.published {
            if self.now >= published.until {
                continue;
            }
            let resource = self.page.spelled[request];
            if self.is_denied(resource) {
                return Err(format!("{request:?} is withheld, and published"));
            }
            self.check_body(
                published.body,
                resource,
                self.person,
                self.acknowledged[resource],
                true,
            )
            .map_err(|broken| format!("what {request:?} has published is wrong: {broken}"))?;
        }
        self.check_flights()?;
        for (body, entry) in self.broker.cache().iter() {
            let kept = self
                .page
                .bodies
                .get(&body)
                .ok_or(format!("an entry names {body:?}, which is not kept"))?;
            if kept.person != self.person {
                return Err(format!(
                    "{kept:?} is stored, and is another person's than {}",
                    self.person
                ));
            }
            if kept.version < self.acknowledged[kept.resource] {
                return Err(format!(
                    "{kept:?} is stored, and is older than {}",
                    self.acknowledged[kept.resource]
                ));
            }
            if *entry.subject.url != *url(kept.resource) {
                return Err(format!("{kept:?} is stored as {}", entry.subject.url));
            }
        }
        if self.broker.cache().bytes() > self.broker.cache().budget() {
            return Err("the bodies take more than their budget".into());
        }
        Ok(())
    }

    fn check_flights(&self) -> Checked {
        for (id, flight) in self.broker.flights() {
            if flight.is_sent() && !self.network.in_the_air.contains_key(&id) {
                return Err(format!("{id:?} is thought to be in the air, and is not"));
            }
            for waiter in flight.waiters() {
                let asked = &self.page.waiters[&waiter];
                if asked.left || (asked.outcome.is_some() && !flight.is_sent()) {
                    return Err(format!("{waiter:?} still sits in {id:?}"));
                }
            }
        }
        for id in self.network.in_the_air.keys() {
            if !self.broker.flights().any(|(other, _)| other == *id) {
                return Err(format!("{id:?} is in the air, and nobody wants it"));
            }
        }
        Ok(())
    }
}
