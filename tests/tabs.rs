//! Several tabs of one origin under random interleavings: each with its own broker and depot, over one disk, one set of
//! locks, channels that deliver late, and one server.
//!
//! A seed makes everything: what apps ask and declare out of date, how long each message, read and write takes, which fail,
//! which tabs die, sleep and come. `FOREBAY_SEEDS=100000 cargo test --test tabs` plays more.
#![cfg(not(target_arch = "wasm32"))]

#[path = "tabs/origin.rs"]
mod origin;
#[path = "tabs/tab.rs"]
mod tab;
#[path = "tabs/world/mod.rs"]
mod world;

use world::{Counts, Fault, World};

fn seeds(usual: u64) -> u64 {
    let given = std::env::var("FOREBAY_SEEDS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn every_seed_keeps_the_contract() {
    let mut counts = Counts::default();
    let seeds = seeds(10_000);
    for seed in 0..seeds {
        let mut world = World::new(seed, None);
        if let Err(broken) = world.play() {
            panic!("seed {seed}: {broken}\n{}", world.story());
        }
        counts.add(&world.counts);
    }
    println!("{counts:?}");
    // A world in which nothing happens proves nothing.
    let at_least =
        |what: &str, number: u64, share: u64| assert!(number * share > seeds, "{what}: {counts:?}");
    at_least("answers from disk", counts.given, 1);
    at_least("queries from disk", counts.queries_given, 5);
    at_least("larger queries from disk", counts.drawn, 40);
    at_least("answers of other tabs", counts.taken, 10);
    at_least(
        "answers of other tabs that were refused",
        counts.refused,
        50,
    );
    at_least("rows that were out of date", counts.dead_rows, 4);
    at_least("claims that came from another tab", counts.taken_over, 10);
    at_least("claims taken from a silent tab", counts.seized, 4_000);
    at_least("tabs that died", counts.died, 4);
    at_least("tabs that woke", counts.woke, 4);
    at_least("tabs that found marks of others", counts.doubted, 10);
    at_least("pages that moved to another epoch", counts.moved, 10);
}

/// A check that cannot fail checks nothing.
#[test]
fn planted_faults_are_found() {
    for (fault, words) in [
        (Fault::RowsNeverDie, "older"),
        (Fault::NobodyHears, "older"),
        (Fault::EverybodyHasHeard, "older"),
        (Fault::SleepersDoNotRead, "older"),
        (Fault::ClaimsStay, "waits for ever"),
        (Fault::PeopleMix, "another person's"),
        (Fault::StockIsAboutNothing, "older"),
        (Fault::EpochsMix, "another epoch's"),
        (Fault::MarksAreLost, "on disk"),
    ] {
        let found = (0..20_000).find_map(|seed| World::new(seed, Some(fault)).play().err());
        let broken = found.unwrap_or_else(|| panic!("{fault:?} is not found"));
        assert!(broken.contains(words), "{fault:?} is found by: {broken}");
    }
}

#[test]
fn tabs_that_ask_for_the_same_at_once_send_each_request_once() {
    for number in [2, 5] {
        let mut world = World::quiet(number);
        let sent = world.all_ask(200);
        assert_eq!(sent, 200, "{number} tabs");
    }
}
