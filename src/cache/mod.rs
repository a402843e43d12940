//! The index of stored answers: what is kept, how long it is the truth, and what goes first when room is short.
//!
//! Of what is in memory; what is on disk is the business of [`crate::depot`]. Bodies are not here: the index knows their
//! numbers and sizes. What HTTP says of an entry is in its [`Stored`]; here it is turned into moments of the page's clock.

mod eviction;
mod generations;

use crate::broker::{BodyId, RequestId, Time};
use crate::fingerprint::Fingerprint;
use crate::http::{Demand, Stored, Use};
use std::rc::Rc;

use crate::broker::{Places, Table};
use eviction::{Ranks, Worth};
pub use generations::{Generation, Generations, Scope};

/// What an answer is about, for invalidation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The whole URL in its normal form.
    pub url: Box<str>,
    /// Labels that the host or an app gave.
    pub tags: Vec<Box<str>>,
    /// Of a GraphQL answer: the types of the objects in it, and the objects (`Type:id`), as far as they are known.
    pub types: Vec<Box<str>>,
    /// There may be objects of other types in it.
    pub is_untyped: bool,
    /// Groups that the server put it in (`Cache-Groups`).
    pub groups: Vec<Box<str>>,
}

impl Subject {
    /// About what either is about.
    pub fn and(&self, other: &Subject) -> Subject {
        let mut both = self.clone();
        for (into, from) in [
            (&mut both.tags, &other.tags),
            (&mut both.types, &other.types),
            (&mut both.groups, &other.groups),
        ] {
            for label in from {
                if !into.contains(label) {
                    into.push(label.clone());
                }
            }
        }
        both.is_untyped |= other.is_untyped;
        both
    }

    /// The same, in these groups too.
    pub fn in_groups(self: &Rc<Self>, groups: Vec<Box<str>>) -> Rc<Subject> {
        if groups.is_empty() {
            return self.clone();
        }
        Rc::new(self.and(&Subject {
            groups,
            ..Subject::default()
        }))
    }
}

/// One stored answer.
#[derive(Debug)]
pub struct Entry {
    /// Whose request it answers.
    pub key: Fingerprint,
    /// What it is about.
    pub subject: Rc<Subject>,
    /// Bytes of its body.
    pub bytes: u32,
    /// When it arrived.
    pub arrived: Time,
    /// Until when it is fresh, for whoever demands nothing.
    pub fresh_until: Time,
    /// What HTTP says of it. `None`: it serves only who shows it, or whom it was fetched ahead for.
    pub stored: Option<Box<Stored>>,
    /// Milliseconds that fetching it took: what losing it costs.
    pub cost: u32,
    /// Set while nobody has used what was fetched ahead: until when its first use counts as joining the prefetch.
    pub ahead_until: Option<Time>,
    /// Spellings under which the page holds it for itself, to be withdrawn with it.
    pub published: Vec<RequestId>,
    /// Goes only when nothing else is left.
    pinned: bool,
    uses: u32,
    rank: u64,
}

impl Entry {
    fn worth(&self) -> Worth {
        Worth {
            uses: self.uses,
            cost: self.cost,
            bytes: self.bytes,
            pinned: self.pinned,
        }
    }
}

/// A new entry's facts.
#[derive(Debug)]
pub struct Arrival {
    /// Whose request it answers.
    pub key: Fingerprint,
    /// What it is about.
    pub subject: Rc<Subject>,
    /// The number its body is kept under.
    pub body: BodyId,
    /// Bytes of the body.
    pub bytes: u32,
    /// See [`Entry::stored`].
    pub stored: Option<Box<Stored>>,
    /// Milliseconds that fetching it took.
    pub cost: u32,
    /// See [`Entry::ahead_until`].
    pub ahead_until: Option<Time>,
    /// It goes only when nothing else is left.
    pub pinned: bool,
}

/// What a lookup found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Fresh.
    Fresh(BodyId),
    /// Fetched ahead and not used before.
    Ahead(BodyId),
    /// Past its freshness, usable while it is revalidated.
    Stale(BodyId),
    /// Past its freshness, and the request takes it so.
    Accepted(BodyId),
    /// The server must be asked whether it still holds.
    Doubtful(BodyId),
    /// Not there, or too old.
    Nothing,
}

/// A moment of the page's clock.
fn fresh_until(stored: &Option<Box<Stored>>, now: Time, calendar: u64) -> Time {
    let left = stored
        .as_ref()
        .map_or(0, |stored| stored.left(now.plus(calendar).0).fresh);
    now.plus(left)
}

/// An entry that is no longer in the index.
#[derive(Debug)]
pub struct Gone {
    /// The body nobody keeps any more.
    pub body: BodyId,
    /// Spellings to withdraw.
    pub published: Vec<RequestId>,
}

/// The index.
#[derive(Debug)]
pub struct Cache {
    entries: Table<BodyId, Entry>,
    /// By fingerprints, which only the entries hold: at 32 bytes they are worth keeping once.
    by_key: Places<BodyId>,
    ranks: Ranks,
    bytes: u64,
    budget: u64,
    evicted: u32,
}

impl Cache {
    /// An empty index that may keep bodies of `budget` bytes together.
    pub fn new(budget: u64) -> Self {
        Cache {
            entries: Table::default(),
            by_key: Places::default(),
            ranks: Ranks::default(),
            bytes: 0,
            budget,
            evicted: 0,
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of all bodies together.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes that they may have.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// How many entries had to make room so far.
    pub fn evicted(&self) -> u32 {
        self.evicted
    }

    /// A body that is larger than this is not worth the entries it would drive out.
    pub fn largest_body(&self) -> u64 {
        self.budget / 8
    }

    /// Changes the budget; returns what must go.
    pub fn set_budget(&mut self, budget: u64) -> Vec<Gone> {
        self.budget = budget;
        self.make_room(None)
    }

    /// The entry with this body.
    pub fn entry(&self, body: BodyId) -> Option<&Entry> {
        self.entries.get(&body)
    }

    /// The entry for this request, however old.
    pub fn entry_of(&self, key: &Fingerprint) -> Option<&Entry> {
        self.entries.get(&self.body_of(key)?)
    }

    /// The body of the entry for this request.
    pub fn body_of(&self, key: &Fingerprint) -> Option<BodyId> {
        let is_its = |body| self.entry(body).is_some_and(|entry| entry.key == *key);
        self.by_key.get(*key, is_its)
    }

    /// Forgets, and returns, the spellings under which the page holds an entry.
    pub fn withdraw(&mut self, body: BodyId) -> Vec<RequestId> {
        self.entries
            .get_mut(&body)
            .map_or(Vec::new(), |entry| core::mem::take(&mut entry.published))
    }

    /// Every entry, from the oldest.
    pub fn iter(&self) -> impl Iterator<Item = (BodyId, &Entry)> {
        self.entries.iter().map(|(body, entry)| (*body, entry))
    }

    /// Looks without using. `calendar`: what the calendar shows more than the page's clock.
    pub fn peek(&self, key: &Fingerprint, demand: &Demand, now: Time, calendar: u64) -> Found {
        let found = self.body_of(key);
        let Some((body, entry)) = found.and_then(|body| Some((body, self.entry(body)?))) else {
            return Found::Nothing;
        };
        if entry.ahead_until.is_some_and(|until| now < until) && !demand.wants_the_server() {
            return Found::Ahead(body);
        }
        let Some(stored) = &entry.stored else {
            return Found::Nothing;
        };
        match stored.use_for(demand, now.plus(calendar).0) {
            Use::Fresh => Found::Fresh(body),
            Use::WhileRevalidating => Found::Stale(body),
            Use::Stale => Found::Accepted(body),
            Use::Validate => Found::Doubtful(body),
            Use::No => Found::Nothing,
        }
    }

    /// Looks, and counts the use.
    pub fn lookup(
        &mut self,
        key: &Fingerprint,
        demand: &Demand,
        now: Time,
        calendar: u64,
    ) -> Found {
        let found = self.peek(key, demand, now, calendar);
        if let Found::Fresh(body)
        | Found::Ahead(body)
        | Found::Stale(body)
        | Found::Accepted(body) = found
        {
            self.used(body, 1);
            if let Some(entry) = self.entries.get_mut(&body) {
                entry.ahead_until = None;
            }
        }
        found
    }

    /// Counts uses that happened outside.
    pub fn used_key(&mut self, key: &Fingerprint, times: u32) {
        if let Some(body) = self.body_of(key) {
            self.used(body, times);
        }
    }

    /// Counts a use as part of an answer.
    pub fn used_body(&mut self, body: BodyId) {
        self.used(body, 1);
    }

    fn used(&mut self, body: BodyId, times: u32) {
        if let Some(entry) = self.entries.get_mut(&body) {
            entry.uses = entry.uses.saturating_add(times);
            self.ranks.remove(entry.rank, body);
            entry.rank = self.ranks.add(body, entry.worth());
        }
    }

    /// Notes that the page holds the entry under this spelling.
    pub fn publish(&mut self, body: BodyId, request: RequestId) {
        if let Some(entry) = self.entries.get_mut(&body)
            && !entry.published.contains(&request)
        {
            entry.published.push(request);
        }
    }

    /// Notes that the page no longer holds anything under this spelling.
    pub fn unpublish(&mut self, request: RequestId) {
        for entry in self.entries.values_mut() {
            entry.published.retain(|other| *other != request);
        }
    }

    /// Forgets, and returns, all spellings under which the page holds entries.
    pub fn take_published(&mut self) -> Vec<RequestId> {
        let mut all = Vec::new();
        for entry in self.entries.values_mut() {
            all.append(&mut entry.published);
        }
        all
    }

    /// Stores an answer in place of the one before; returns what had to go.
    pub fn insert(&mut self, now: Time, calendar: u64, arrival: Arrival) -> Vec<Gone> {
        let before = self.body_of(&arrival.key);
        let mut gone = self.remove_all(before.as_slice());
        let Arrival {
            key,
            subject,
            body,
            bytes,
            stored,
            cost,
            ahead_until,
            pinned,
        } = arrival;
        let mut entry = Entry {
            key,
            subject,
            bytes,
            arrived: now,
            fresh_until: fresh_until(&stored, now, calendar),
            stored,
            cost,
            ahead_until,
            published: Vec::new(),
            pinned,
            uses: 1,
            rank: 0,
        };
        entry.rank = self.ranks.add(body, entry.worth());
        self.bytes += u64::from(bytes);
        self.by_key.insert(key, body);
        self.entries.insert(body, entry);
        gone.extend(self.make_room(Some(body)));
        gone
    }

    /// Puts what the server has said since in the place of what it had said of an entry.
    pub fn renew(&mut self, now: Time, calendar: u64, body: BodyId, stored: Stored) {
        if let Some(entry) = self.entries.get_mut(&body) {
            let groups = stored.groups();
            entry.subject = entry.subject.in_groups(groups);
            entry.stored = Some(Box::new(stored));
            entry.arrived = now;
            entry.fresh_until = fresh_until(&entry.stored, now, calendar);
            entry.ahead_until = None;
        }
    }

    /// Removes every entry that a scope covers.
    pub fn remove_covered(&mut self, scope: &Scope) -> Vec<Gone> {
        let covered = self
            .entries
            .keys_where(|entry| scope.covers_entries_of(&entry.subject));
        self.remove_all(&covered)
    }

    /// Removes everything.
    pub fn clear(&mut self) -> Vec<Gone> {
        let all = self.entries.keys_where(|_| true);
        self.remove_all(&all)
    }

    fn remove_all(&mut self, bodies: &[BodyId]) -> Vec<Gone> {
        let mut gone = Vec::new();
        for body in bodies {
            gone.extend(self.remove(*body));
        }
        gone
    }

    /// Removes one entry.
    pub fn remove(&mut self, body: BodyId) -> Option<Gone> {
        let entry = self.entries.remove(&body)?;
        self.by_key.remove(entry.key, |other| other == body);
        self.ranks.remove(entry.rank, body);
        self.bytes -= u64::from(entry.bytes);
        Some(Gone {
            body,
            published: entry.published,
        })
    }

    /// Removes the least worthy until the budget holds. The newest entry goes last: it was wanted just now.
    fn make_room(&mut self, newest: Option<BodyId>) -> Vec<Gone> {
        let mut gone = Vec::new();
        while self.bytes > self.budget {
            let Some(body) = self.ranks.least(newest) else {
                break;
            };
            self.evicted += 1;
            gone.extend(self.remove(body));
        }
        gone
    }
}
