//! Seeded simulation of the broker with GraphQL queries: many apps ask for parts of the same things while mutations,
//! failures, departures and changes of person come between; after each step the contract is checked.
//!
//! `FOREBAY_SEEDS=100000 cargo test --test queries` for a long run; `FOREBAY_SEED=7` replays one.

#[path = "queries/server.rs"]
mod server;
#[path = "queries/unions.rs"]
mod unions;
#[path = "queries/world.rs"]
mod world;

use world::World;

/// Steps of one story.
const STEPS: usize = 120;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {text:?}")),
    )
}

fn tell(seed: u64) -> Result<world::Tally, String> {
    let mut world = World::new(seed);
    for step in 0..STEPS {
        world
            .step()
            .map_err(|wrong| format!("seed {seed}, step {step}: {wrong}\n{}", world.story()))?;
    }
    world
        .finish()
        .map_err(|wrong| format!("seed {seed}, at the end: {wrong}\n{}", world.story()))
}

#[test]
fn every_story_keeps_the_contract() {
    if let Some(seed) = number("FOREBAY_SEED") {
        tell(seed).unwrap_or_else(|wrong| panic!("{wrong}"));
        return;
    }
    let mut all = world::Tally::default();
    for seed in 0..number("FOREBAY_SEEDS").unwrap_or(3_000) {
        all.add(&tell(seed).unwrap_or_else(|wrong| panic!("{wrong}")));
    }
    println!("{all:?}");
    // The stories must not have grown dull.
    assert!(
        all.answered > 10_000
            && all.composed_of_several > 500
            && all.unions > 500
            && all.doubts > 100
    );
    assert!(
        all.sent * 3 < (all.answered + all.told) * 2,
        "nothing is shared any more: {all:?}"
    );
}
