//! An answer's head as a cache keeps it, and what it may be used for later.

use super::demand::Demand;
use super::directives::{
    Directives, IF_ERROR, IMMUTABLE, MAX_AGE, MUST_REVALIDATE, MUST_UNDERSTAND, NO_CACHE, NONE,
    PRIVATE, PUBLIC, WHILE_REVALIDATE, delta_seconds,
};
use super::freshness::{
    Said, expires, initial_age, is_of_unknown_age, is_understood, lifetime, seconds,
};
use super::range::{Part, Piece, slice};
use super::vary::Selection;
use super::{Head, Lifetime, NoStore, Terms, Variance, structured};
use crate::ascii;
use crate::fingerprint::Request;

/// Tabs read one clock, but not at one instant: an answer may seem to come from so many milliseconds ahead.
const SKEW_MS: u64 = 1_000;

/// All that a cache must keep of an answer's head to decide about it later. Moments are milliseconds since the Unix
/// epoch by the browser's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub(super) status: u16,
    /// When the head arrived, or was last confirmed by the server.
    pub(super) arrived: u64,
    /// Milliseconds that it was old then.
    pub(super) age: u64,
    /// Milliseconds of age at which it is fresh no longer.
    pub(super) lifetime: u64,
    /// The host shell gave the lifetime, so that `no-cache` does not count.
    pub(super) overridden: bool,
    /// It may be older than `age` says: what counts from when it was made cannot be told.
    pub(super) ageless: bool,
    pub(super) said: Directives,
    /// See [`Said::expires`].
    pub(super) expires: u32,
    /// `Content-Length`; [`NONE`]: not known.
    pub(super) length: u32,
    pub(super) etag: Option<Box<str>>,
    pub(super) last_modified: Option<Box<str>>,
    pub(super) vary: Option<Box<Selection>>,
    /// `Cache-Groups`, known to be a list of strings.
    pub(super) groups: Option<Box<str>>,
    /// `No-Vary-Search`.
    pub(super) no_vary_search: Option<Box<str>>,
    /// Of a 206.
    pub(super) part: Option<Box<Part>>,
}

/// Why an answer is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unkept {
    /// The request forbade it, by its mode or by `no-store`.
    Request,
    /// The host shell's rule forbids it.
    Rule,
    /// Answers to this method stand for nothing that could be asked again.
    Method,
    /// Of this status nothing may be known (an opaque answer), or it is not understood and says that it must be.
    Status,
    /// A part of a body that is not one range of bytes, or that nobody asked for; or its `Content-Range` is hidden.
    Part,
    /// `no-store`.
    NoStore,
    /// `Vary: *`.
    VariesOnEverything,
    /// Nothing in the head says that it may be kept, and its status does not, either.
    Unsaid,
}

/// What a kept answer may be used for, at a moment and for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is the answer.
    Fresh,
    /// It is the answer, and the server is asked behind (RFC 5861 §3).
    WhileRevalidating,
    /// It is stale, and the request takes it as it is.
    Stale,
    /// The server must be asked about it first, see [`Stored::conditions`]; if the server fails,
    /// [`Stored::may_answer_failure`] says whether it may be used.
    Validate,
    /// For nothing: the request wants no stored answer.
    No,
}

/// Decides by RFC 9111 §3 whether an answer is kept. `keyed(name)` says of a request header, named in small letters,
/// whether it is part of the key that the answer is kept under, or cannot differ within one person's page.
///
/// This is a private cache, one for each person: `private`, `s-maxage` and `proxy-revalidate` forbid nothing, and the
/// answer to a request with `Authorization` is kept like any other (RFC 9111 §3.5 binds shared caches), provided that
/// the key holds a digest of the credential. Whose cache it is nobody knows before the host shell has named a person:
/// until then only what [`Stored::is_public`] may outlive the page. `Set-Cookie` is never seen by scripts.
pub fn keep(
    request: &Request,
    demand: &Demand,
    head: &Head,
    terms: &Terms,
    keyed: &dyn Fn(&str) -> bool,
) -> Result<Stored, Unkept> {
    let said = Directives::parse(head.cache_control.as_deref().unwrap_or(""));
    let is_declared = head.status < 400 && (terms.ttl.is_some() || terms.otherwise.is_some());
    let is_explicit = is_declared || said.has(MAX_AGE) || head.expires.is_some();
    let understands = is_understood(head.status) || head.status == 206;
    let must_understand = said.says(MUST_UNDERSTAND);
    if !demand.may_store() {
        return Err(Unkept::Request);
    }
    if terms.never_store {
        return Err(Unkept::Rule);
    }
    match request.method {
        "GET" | "HEAD" | "QUERY" => {}
        // RFC 9110 §9.3.3; what may be asked by POST again and again is for the host shell to say.
        "POST" if is_explicit => {}
        _ => return Err(Unkept::Method),
    }
    if !(200..600).contains(&head.status) || head.status == 304 || (must_understand && !understands)
    {
        return Err(Unkept::Status);
    }
    if said.forbids_storing() && !(is_declared && terms.no_store == NoStore::Keep) {
        return Err(Unkept::NoStore);
    }
    if !is_explicit && !understands && said.flags & (PUBLIC | PRIVATE) == 0 {
        return Err(Unkept::Unsaid);
    }
    let part = match head.status {
        206 => Some(part(demand, head).ok_or(Unkept::Part)?),
        _ => None,
    };
    let vary =
        Selection::new(head, request.headers, keyed).map_err(|()| Unkept::VariesOnEverything)?;
    let mut stored = Stored {
        status: head.status,
        arrived: 0,
        age: 0,
        lifetime: 0,
        overridden: false,
        ageless: false,
        said,
        expires: expires(head),
        length: content_length(head),
        etag: text(&head.etag),
        last_modified: text(&head.last_modified),
        vary,
        groups: None,
        no_vary_search: None,
        part,
    };
    stored.take_labels(head);
    stored.date(head, terms);
    Ok(stored)
}

pub(super) fn text(field: &Option<String>) -> Option<Box<str>> {
    let text = ascii::trim(field.as_deref()?);
    (!text.is_empty()).then(|| text.into())
}

pub(super) fn content_length(head: &Head) -> u32 {
    let length = head.content_length.as_deref().map(ascii::trim);
    length.and_then(delta_seconds).unwrap_or(NONE)
}

fn part(demand: &Demand, head: &Head) -> Option<Box<Part>> {
    Part::new(demand.range()?, head.content_range.as_deref()?).map(Box::new)
}

impl Stored {
    /// Takes over what does not come by the clock: groups and what of the query means nothing.
    pub(super) fn take_labels(&mut self, head: &Head) {
        if let Some(field) = &head.cache_groups {
            self.groups = structured::strings(field)
                .filter(|groups| !groups.is_empty())
                .map(|_| field.as_str().into());
        }
        self.no_vary_search = text(&head.no_vary_search).or(self.no_vary_search.take());
    }

    /// Counts from the arrival of this head, the answer's own or one that confirmed it.
    pub(super) fn date(&mut self, head: &Head, terms: &Terms) {
        self.arrived = head.arrived;
        self.age = initial_age(head);
        let said = Said {
            status: self.status,
            directives: &self.said,
            expires: self.expires,
            last_modified: self.last_modified.as_deref(),
        };
        let ttl = terms.ttl.filter(|_| self.status < 400);
        self.overridden = ttl.is_some();
        self.ageless = !self.overridden && is_of_unknown_age(&self.said, head);
        self.lifetime = match ttl {
            Some(ttl) => ttl.saturating_add(self.age),
            None => lifetime(&said, head, terms.otherwise).unwrap_or(0),
        };
    }

    /// Its status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// When it arrived, or was last confirmed.
    pub fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Milliseconds since it was made (RFC 9111 §4.2.3). If the clock was set back since it arrived its age is not known,
    /// and the greatest there is.
    pub fn age(&self, now: u64) -> u64 {
        if now.saturating_add(SKEW_MS) < self.arrived {
            return u64::MAX;
        }
        self.age.saturating_add(now.saturating_sub(self.arrived))
    }

    /// The value of the `Age` field that it must be given when it is used (RFC 9111 §4, §5.1), in seconds.
    pub fn age_field(&self, now: u64) -> u32 {
        seconds(self.age(now)).min(1 << 31)
    }

    /// For how many milliseconds from now it needs no question, and after that how many while the server is asked behind:
    /// of requests that demand nothing.
    pub fn left(&self, now: u64) -> Lifetime {
        let age = self.age(now);
        let (fresh, stale) = match self.must_be_validated() {
            true => (0, 0),
            false => (self.lifetime, self.while_revalidating()),
        };
        let left = fresh.saturating_sub(age);
        Lifetime {
            fresh: left,
            stale: fresh.saturating_add(stale).saturating_sub(age) - left,
        }
    }

    fn must_be_validated(&self) -> bool {
        self.said.says(NO_CACHE) && !self.overridden
    }

    /// Whether it may be used stale at all (RFC 9111 §4.2.4), by anything but the cache mode.
    fn may_be_stale(&self) -> bool {
        !self.said.says(MUST_REVALIDATE) && !self.must_be_validated() && !self.ageless
    }

    fn while_revalidating(&self) -> u64 {
        match self.may_be_stale() {
            true => self.said.ms(WHILE_REVALIDATE),
            false => 0,
        }
    }

    /// What it may be used for now (RFC 9111 §4.2). That the request is one it is an answer to is asked before:
    /// [`Stored::matches`], [`Stored::piece`].
    pub fn use_for(&self, demand: &Demand, now: u64) -> Use {
        let age = self.age(now);
        let left = self.lifetime.saturating_sub(age);
        if !demand.may_look() {
            return Use::No;
        }
        if demand.takes_anything() {
            return match left > 0 && !self.must_be_validated() {
                true => Use::Fresh,
                false => Use::Stale,
            };
        }
        let is_immutable = left > 0 && self.said.says(IMMUTABLE);
        let known_age = if self.ageless { u64::MAX } else { age };
        if self.must_be_validated()
            || demand.insists(is_immutable)
            || !demand.is_content(known_age, left)
        {
            return Use::Validate;
        }
        let stale = age.saturating_sub(self.lifetime);
        if left > 0 {
            Use::Fresh
        } else if stale < self.while_revalidating() {
            Use::WhileRevalidating
        } else if demand.tolerance().is_some_and(|most| stale <= most) && self.may_be_stale() {
            Use::Stale
        } else {
            Use::Validate
        }
    }

    /// Whether it may be used because asking the server failed: with this status, or without any answer (`None`). RFC
    /// 5861 §4; a cache may not do so unasked (RFC 9111 §4.2.4), though it is then disconnected, since an app that is
    /// told of a failure can do something about it.
    pub fn may_answer_failure(&self, demand: &Demand, now: u64, status: Option<u16>) -> bool {
        let failed = matches!(status, None | Some(500 | 502 | 503 | 504));
        let asked = !demand.may_look() || demand.insists(self.said.says(IMMUTABLE));
        let most = self.said.ms(IF_ERROR).max(demand.tolerance_of_failure());
        let stale = self.age(now).saturating_sub(self.lifetime);
        failed && !asked && self.may_be_stale() && stale < most
    }

    /// Whether it is the answer that the server would have selected for a request with these headers (RFC 9111 §4.1).
    /// `keyed` as for [`keep`].
    pub fn matches(&self, headers: &[(&str, &str)], keyed: &dyn Fn(&str) -> bool) -> bool {
        let vary = self.vary.as_deref();
        vary.is_none_or(|selection| selection.matches(headers, keyed))
    }

    /// The request headers, besides those of the key, that selected it: names in small letters with commas between; `*`
    /// if the browser hid which they are. Empty: none.
    pub fn varies_on(&self) -> &str {
        self.vary
            .as_deref()
            .map_or("", |selection| &*selection.names)
    }

    /// Whether one of them is known to change no answer, as a rule, so that keys do not hold it until an answer says so.
    pub fn varies_on_noise(&self) -> bool {
        self.vary.as_deref().is_some_and(Selection::has_noise)
    }

    /// Whether it may be kept in this page's memory alone: it says `no-store`, and the host that it be kept all the same.
    pub fn is_for_memory(&self) -> bool {
        self.said.forbids_storing()
    }

    /// What of its body, which has so many bytes, answers the request (RFC 9110 §14.2, RFC 9111 §3.3). A part answers no
    /// request for the whole.
    pub fn piece(&self, demand: &Demand, bytes: u64) -> Piece {
        let found = match (demand.range(), &self.part) {
            (None, None) => Some(Piece::Whole),
            (None, Some(_)) => None,
            (Some(range), Some(part)) if *part.asked == *range => Some(Piece::Whole),
            (Some(range), Some(part)) => slice(
                range,
                part.first,
                part.first.saturating_add(bytes),
                part.total,
            ),
            (Some(range), None) if self.status == 200 => slice(range, 0, bytes, bytes),
            (Some(_), None) => Some(Piece::Whole),
        };
        found.unwrap_or(Piece::Nothing)
    }

    /// Whether keeping it can serve any request that demands nothing: it is fresh, or may be used stale, or the server
    /// can be asked whether it still holds.
    pub fn is_useful(&self) -> bool {
        self.lifetime > self.age
            || self.while_revalidating() > 0
            || self.said.has(IF_ERROR)
            || self.etag.is_some()
            || self.last_modified.is_some()
    }

    /// Whether the server says that it is not about one person (`public`, RFC 9111 §5.2.2.9).
    pub fn is_public(&self) -> bool {
        self.said.says(PUBLIC) && !self.said.says(PRIVATE)
    }

    /// Groups that it belongs to, of its origin (RFC 9875 §2).
    pub fn groups(&self) -> Vec<Box<str>> {
        let field = self.groups.as_deref();
        field.and_then(structured::strings).unwrap_or_default()
    }

    /// Which differences of its URL's query mean nothing. `None`: none.
    pub fn variance(&self) -> Option<Variance> {
        Variance::parse(self.no_vary_search()?)
    }

    /// The field that says so.
    pub fn no_vary_search(&self) -> Option<&str> {
        self.no_vary_search.as_deref()
    }

    /// Whether it is a part of a body (a 206).
    pub fn is_part(&self) -> bool {
        self.part.is_some()
    }
}

/// Whether the answer to a POST of this URL is one to a later GET of it, too (RFC 9110 §9.3.3): it says that it is, and
/// how long it is fresh. Only then may it be kept under that request, if [`keep`] says that it may be kept at all.
pub fn answers_get(method: &str, url: &str, head: &Head) -> bool {
    let said = Directives::parse(head.cache_control.as_deref().unwrap_or(""));
    method == "POST"
        && head.status == 200
        && (said.has(MAX_AGE) || head.expires.is_some())
        && head.content_location.as_deref() == Some(url)
}
