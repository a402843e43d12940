//! The broker under random interleavings, with its invariants checked after every step.
//!
//! A seed makes a story: a list of actions of apps, people, a network and time. Playing a story drives the real
//! broker and a model of the world around it. `FOREBAY_SEEDS=100000 cargo test --test simulation` plays more.
#![cfg(not(target_arch = "wasm32"))]

#[path = "simulation/network.rs"]
mod network;
#[path = "simulation/page.rs"]
mod page;
#[path = "simulation/story.rs"]
mod story;
#[path = "simulation/world.rs"]
mod world;

use story::Story;
use world::{Fault, World};

/// Plays a story; an invariant that does not hold is said in words.
fn play(story: &Story, fault: Option<Fault>) -> Result<(), String> {
    let mut world = World::new(fault);
    for (at, action) in story.actions.iter().enumerate() {
        world
            .act(action)
            .map_err(|broken| format!("after step {}: {broken}", at + 1))?;
    }
    world
        .finish()
        .map_err(|broken| format!("when all was over: {broken}"))
}

/// Takes actions out of a story as long as it still fails.
fn shortest(mut story: Story, fault: Option<Fault>) -> Story {
    let mut size = story.actions.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < story.actions.len() {
            let shorter = story.without(start..(start + size).min(story.actions.len()));
            if play(&shorter, fault).is_err() {
                story = shorter;
            } else {
                start += size;
            }
        }
        size /= 2;
    }
    story
}

fn told(seed: u64, story: Story, fault: Option<Fault>) -> String {
    let story = shortest(story, fault);
    let broken = play(&story, fault).err().unwrap_or_default();
    format!("seed {seed}, {broken}\nThe shortest story that shows it:\n{story}")
}

#[test]
fn every_seed_keeps_the_contract() {
    if let Ok(seed) = std::env::var("FOREBAY_SEED") {
        let story = Story::new(seed.parse().expect("a number"));
        let story = if play(&story, None).is_err() {
            shortest(story, None)
        } else {
            story
        };
        println!("-----");
        play(&story, None).unwrap_or_else(|broken| panic!("{broken}"));
        return;
    }
    let seeds = std::env::var("FOREBAY_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    for seed in 0..seeds {
        let story = Story::new(seed);
        if play(&story, None).is_err() {
            panic!("{}", told(seed, story, None));
        }
    }
}

/// A check that cannot fail checks nothing: each planted fault must be found, by the invariant that is meant.
#[test]
fn planted_faults_are_found() {
    for (fault, words) in [
        (Fault::AnswersTwice, "second outcome"),
        (Fault::ForgetsToAnswer, "has no outcome"),
        (Fault::ForgetsToWithdraw, "published"),
        (Fault::KeepsFlying, "nobody wants"),
        (Fault::DropsNoBodies, "bodies are still kept"),
        (Fault::MixesPeople, "another person's"),
        (Fault::IgnoresInvalidations, "older than"),
        (Fault::IgnoresAHeader, "given for resource"),
        (Fault::IgnoresAccept, "given for resource"),
        (Fault::JoinsLate, "may not be used again"),
        (Fault::AsksNoServer, "older than"),
        (Fault::KnowsNoGroups, "older than"),
        (Fault::HearsNoDenials, "withheld"),
        (Fault::ReadsAtOnce, "twice in a task"),
    ] {
        let found = (0..2_000).find_map(|seed| {
            let story = Story::new(seed);
            let broken = play(&story, Some(fault))
                .err()
                .filter(|broken| broken.contains(words));
            broken.map(|_| (seed, story))
        });
        assert!(
            found.is_some(),
            "no seed of 2,000 shows the fault {fault:?}"
        );
    }
}

/// What no story reaches is not tested by them.
#[test]
fn stories_ask_whether_stored_answers_hold() {
    let confirmed: u32 = (0..1_500)
        .map(|seed| {
            let mut world = World::new(None);
            for action in &Story::new(seed).actions {
                world.act(action).unwrap();
            }
            world.confirmed
        })
        .sum();
    assert!(confirmed >= 20, "only {confirmed} times in 1,500 stories");
}

/// Stories shrink to what matters.
#[test]
fn a_failing_story_becomes_short() {
    let fault = Some(Fault::AnswersTwice);
    let (seed, story) = (0..)
        .map(|seed| (seed, Story::new(seed)))
        .find(|(_, story)| play(story, fault).is_err())
        .unwrap();
    let short = shortest(story, fault);
    assert!(short.actions.len() <= 4, "seed {seed}:\n{short}");
}
