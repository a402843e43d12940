//! What the page has done, and why, for people and tools.
//!
//! Packed as [`packed`](super::packed) says and put together in the runtime, which knows the names of members anyway.
//! serde-wasm-bindgen, given the same facts as flat structs, made the core 4.6 KB and its glue 0.4 KB larger (compressed).

use super::packed::Writer;
use crate::broker::{AppId, Asked, Broker, Counts, Outcome, Prospect, Time};
use crate::fingerprint::NormalForm;

/// Numbers only: flights, waiters, leases; entries, bytes, budget and evictions of the cache; then for all apps
/// together, and for each from the first to number `apps`, its counts by outcome and what was sent.
pub(super) fn report(broker: &Broker, apps: u32, out: &mut Writer) {
    let (waiters, leases, _) = broker.live();
    let cache = broker.cache();
    for size in [broker.flights().count(), waiters, leases, cache.len()] {
        out.number(size as f64);
    }
    for bytes in [cache.bytes(), cache.budget(), u64::from(cache.evicted())] {
        out.number(bytes as f64);
    }
    counts(broker.counts(None), out);
    for app in 1..=apps {
        counts(broker.counts(Some(AppId(app))), out);
    }
}

fn counts(counts: Counts, out: &mut Writer) {
    for outcome in Outcome::ALL {
        out.number(f64::from(counts.ended(outcome)));
    }
    out.number(f64::from(counts.sent));
}

/// What would happen to a request at this moment: its fingerprint, the outcome's number, one sentence; the number of
/// tags that the stored answer has and -1 if there is none; its age, the rest of its freshness and its bytes; its
/// tags; then names and values of the normal form's parts.
pub(super) fn explain(
    broker: &Broker,
    form: &NormalForm,
    asked: &Asked,
    now: Time,
    out: &mut Writer,
) {
    let prospect = broker.prospect(asked, now);
    out.text(&broker.lasting_fingerprint(asked).to_hex());
    out.number(f64::from(prospect.outcome() as u8));
    out.text(because(prospect));
    match broker.entry_for(asked) {
        None => out.number(-1.0),
        Some(entry) => {
            out.number(entry.subject.tags.len() as f64);
            out.number(now.since(entry.arrived) as f64);
            out.number(entry.fresh_until.since(now) as f64);
            out.number(f64::from(entry.bytes));
            for tag in &entry.subject.tags {
                out.text(tag);
            }
        }
    }
    for (name, value) in form.parts() {
        out.text(name);
        out.text(&value);
    }
}

fn because(prospect: Prospect) -> &'static str {
    match prospect {
        Prospect::Alone => {
            "It may write, so everyone sends their own. If it only reads, declare it: a rule with coalescePost."
        }
        Prospect::Fresh => "A stored answer is still fresh.",
        Prospect::Ahead => "It was fetched ahead, and nobody has used it yet.",
        Prospect::Stale => {
            "A stored answer is past its freshness but may be used while it is revalidated behind."
        }
        Prospect::Validates => {
            "A stored answer is past its freshness: the server is asked whether it still holds."
        }
        Prospect::Joins => "The same request is in the air; its answer will be shared.",
        Prospect::JoinsForesight => {
            "The same request was sent ahead and is in the air; its answer will be shared."
        }
        Prospect::Unshareable => {
            "Its last answer said that it may not be shared (no-store, or a Vary that is not part of the key)."
        }
        Prospect::Locked => {
            "A server said 401 or 403: nothing stored is given out until identify() is called again."
        }
        Prospect::Nothing => "Nothing fresh is stored and nothing of it is in the air.",
    }
}
