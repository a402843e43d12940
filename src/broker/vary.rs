//! What answers have said of the request headers on which they depend; and with that, which requests are one.
//!
//! As long as no answer to a URL has said what matters, every header counts that is not known to change nothing, and a
//! request for JSON waits for an answer to `*/*` only as long as that may still be JSON. What is learned takes nothing
//! from anybody: two requests that were apart may become one, and a flight parts from those whose question it does not
//! answer (`Broker::part_ways`).

use super::flight::Who;
use super::requests::Asked;
use super::{Broker, Failure, FlightId, Time};
use crate::ascii;
use crate::fingerprint::{Accept, ContentDigest, Fingerprint};
use crate::http::{Demand, Head, add_name, has_noise};

/// Of how many requests it is remembered on which headers their answers depend. What is forgotten is learned again.
const MOST_VARIED: usize = 4_000;

/// What the forms that ask for JSON alike have been answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Forms {
    /// Nothing to `*/*` so far.
    #[default]
    Unknown,
    /// JSON to `*/*`: what answers one of them answers all.
    Alike,
    /// To one of them something else than JSON: each is a question of its own.
    Apart,
}

/// What is known of the answers to one request, whatever else its headers are. The default knows nothing.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// Names of the headers on which they depend, with commas between; `*`: any, since the browser hides which.
    names: String,
    /// It has been said that no others matter.
    is_all: bool,
    forms: Forms,
}

/// Whether the body is JSON, by its type.
fn is_json(head: &Head) -> bool {
    let kind = head.content_type.as_deref().unwrap_or("");
    let kind = ascii::trim(ascii::until(kind, |byte| byte == b';'));
    let end = kind.len().checked_sub(5).and_then(|at| kind.get(at..));
    kind.eq_ignore_ascii_case("application/json")
        || end.is_some_and(|end| end.eq_ignore_ascii_case("+json"))
}

impl Broker {
    /// The present person's fingerprint of a request.
    pub fn fingerprint(&self, asked: &Asked) -> Fingerprint {
        self.fingerprint_of(&asked.content, asked)
    }

    /// The present person's fingerprint of this content, asked for with a request's headers: of those that matter as far
    /// as answers have said so.
    pub(super) fn fingerprint_of(&self, content: &ContentDigest, asked: &Asked) -> Fingerprint {
        let key = Fingerprint::new(self.tenure.partition(), content);
        let nothing = Learned::default();
        let learned = self.varied.get(&key).unwrap_or(&nothing);
        let form = match (asked.accept, learned.forms) {
            (None | Some(Accept::Any), _) | (_, Forms::Alike) => 0,
            (_, Forms::Unknown) => 1,
            (Some(form), Forms::Apart) => form as u8 + 1,
        };
        selected(key, asked.selection(&learned.names, learned.is_all), form)
    }

    /// Under which other pages find the answer, on disk or in the air: it depends on nothing that this page has learned,
    /// and holds all that any page keeps apart.
    pub fn lasting_fingerprint(&self, asked: &Asked) -> Fingerprint {
        let key = Fingerprint::new(self.tenure.partition(), &asked.content);
        let form = match asked.accept {
            None | Some(Accept::Any) => 0,
            Some(form) => form as u8 + 1,
        };
        selected(key, asked.selection("", false), form)
    }

    /// Whether answers depend on a header that [`Broker::lasting_fingerprint`] does not hold.
    pub(super) fn varies_on_noise(&self, asked: &Asked) -> bool {
        let key = Fingerprint::new(self.tenure.partition(), &asked.content);
        self.varied
            .get(&key)
            .is_some_and(|learned| has_noise(&learned.names))
    }

    /// The flight that somebody who asks this now may join: one for the same; or, for JSON, one for `*/*` whose answer may
    /// turn out to be that.
    pub(super) fn joinable_for(
        &self,
        now: Time,
        key: &Fingerprint,
        asked: &Asked,
        demand: &Demand,
    ) -> Option<FlightId> {
        let same = self.open_flight(now, key, demand);
        if same.is_some() || matches!(asked.accept, None | Some(Accept::Any)) {
            return same;
        }
        let content = Fingerprint::new(self.tenure.partition(), &asked.content);
        let nothing = Learned::default();
        let learned = self.varied.get(&content).unwrap_or(&nothing);
        if learned.forms != Forms::Unknown {
            return None;
        }
        let any = selected(content, asked.selection(&learned.names, learned.is_all), 0);
        let is_open = |id: &FlightId| {
            let flight = self.flights.get(id);
            flight.is_some_and(|it| it.status.is_none() && it.asked.accept == Some(Accept::Any))
        };
        self.joinable_flight(&any).filter(is_open)
    }

    /// Learns from a head on what the answers to its request depend. What it names in `Vary` counts, whatever may be kept of
    /// it; that nothing else matters is said only by what may be kept (`is_storable`).
    pub(super) fn learn(&mut self, id: FlightId, head: &Head, is_storable: bool) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        // Of a query all headers count, whatever is said of them.
        if flight.cargo.is_some() || flight.tenure != self.tenure.number() {
            return;
        }
        let asked = flight.asked.clone();
        let is_good = (200..300).contains(&head.status);
        let is_alone = flight.seats.iter().all(|seat| {
            let asked_too = self.requests.get(seat.request);
            asked_too.is_none_or(|it| it.accept == asked.accept)
        });
        let key = Fingerprint::new(self.tenure.partition(), &asked.content);
        if self.varied.len() >= MOST_VARIED {
            self.varied.clear();
        }
        if !self.varied.contains_key(&key) {
            self.varied.insert(key, Learned::default());
        }
        let Some(learned) = self.varied.get_mut(&key) else {
            return;
        };
        let before = (learned.names.len(), learned.is_all, learned.forms);
        // What was named once stays: too many keep apart what could be one, too few give somebody another's answer.
        if let Some(said) = asked.selecting(head) {
            for name in ascii::pieces(&said, b',').filter(|name| !name.is_empty()) {
                add_name(name, &mut learned.names);
            }
            learned.is_all |= is_storable && is_good;
        }
        if let Some(form) = asked.accept
            && head.status != 304
        {
            learned.forms = match (is_json(head), form, learned.forms) {
                (true, Accept::Any, _) if is_good => Forms::Alike,
                (true, ..) => learned.forms,
                // Most of what is asked for so is no JSON, and nobody has hoped for it.
                (false, Accept::Any, Forms::Unknown) if is_alone => Forms::Unknown,
                (false, ..) => Forms::Apart,
            };
        }
        if before != (learned.names.len(), learned.is_all, learned.forms) {
            self.rename_flights(&asked.content);
        }
    }

    /// What is in the air for one content is joined, and kept, under the fingerprints that now hold.
    fn rename_flights(&mut self, content: &ContentDigest) {
        let number = self.tenure.number();
        for id in self.flights.keys_where(|flight| {
            flight.tenure == number && flight.cargo.is_none() && flight.asked.content == *content
        }) {
            let Some(asked) = self.flights.get(&id).map(|flight| flight.asked.clone()) else {
                continue;
            };
            let key = self.fingerprint(&asked);
            let Some(flight) = self.flights.get_mut(&id) else {
                continue;
            };
            let before = core::mem::replace(&mut flight.key, key);
            if before != key && self.leave_place(&before, id) && !self.joinable.contains_key(&key) {
                self.joinable.insert(key, id);
            }
        }
    }

    /// An answer has said what matters: those in its flight whose requests differ in that asked for something else. They
    /// ask for it now; or, where another person has come since, are told so.
    pub(super) fn part_ways(&mut self, now: Time, id: FlightId, head: &Head) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        if flight.cargo.is_some() {
            return;
        }
        let (key, own) = (flight.key, flight.asked.clone());
        let is_former = flight.tenure != self.tenure.number();
        let said = own.selecting(head);
        let (names, is_all) = (said.as_deref().unwrap_or(""), said.is_some());
        let fits = |asked: &Asked| {
            asked.selection(names, is_all) == own.selection(names, is_all)
                && (asked.accept == own.accept || is_json(head))
        };
        let mut others = Vec::new();
        for seat in core::mem::take(&mut flight.seats) {
            let same = self
                .requests
                .get(seat.request)
                .is_none_or(|asked| match is_former {
                    true => fits(&asked),
                    false => self.fingerprint(&asked) == key,
                });
            match self.flights.get_mut(&id) {
                Some(flight) if same => flight.seats.push(seat),
                _ => others.push(seat),
            }
        }
        if others.is_empty() {
            return;
        }
        self.distrust_browser(&own.subject.url);
        for seat in others {
            let request = seat.request;
            if is_former {
                match seat.who {
                    Who::Caller(waiter) => {
                        self.fail_waiter(now, waiter, Failure::IdentityChanged);
                    }
                    Who::Component(lease) => self.fail_lease(now, lease, Failure::IdentityChanged),
                }
            } else if let Some(asked) = self.requests.get(request) {
                let freshness = seat.freshness;
                self.look(now, seat.anew(), asked, freshness);
            }
            self.unhold(request);
        }
        self.end_if_unwanted(now, id);
    }
}

fn selected(key: Fingerprint, values: Option<[u8; 16]>, form: u8) -> Fingerprint {
    let key = values.map_or(key, |values| key.selected(&values));
    match form {
        0 => key,
        form => key.selected(&[form; 16]),
    }
}
