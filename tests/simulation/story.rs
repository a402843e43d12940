//! Stories: what happens, as data that can be told, shortened and played again.

use core::fmt;
use core::ops::Range;

/// One thing that happens. Numbers name things modulo how many there are.
#[derive(Clone, Debug)]
pub enum Action {
    /// An app asks for a resource.
    Ask {
        app: u32,
        resource: u32,
        head: bool,
        priority: u32,
        deadline: Option<u64>,
        retries: u8,
        revalidate: bool,
    },
    /// A waiter leaves.
    Leave(u32),
    /// A component is mounted.
    Lease {
        app: u32,
        resource: u32,
        priority: u32,
    },
    /// A component goes.
    Release(u32),
    /// A component wants to know again.
    Refresh(u32),
    /// Somebody will want it.
    Foresee(u32),
    /// A request that went out before the broker was there.
    Adopt(u32),
    /// An app disconnects.
    Disconnect(u32),
    /// A write to a resource is acknowledged; the resource has changed.
    Write(u32),
    /// The same, and the server says that the resource's whole group has.
    WriteGroup(u32),
    /// A resource changed and somebody says so, by its URL, its tag, its group, or a pattern over all.
    Invalidate { resource: u32, how: u32 },
    /// Another person is there, or the same again.
    Identify(u32),
    /// The page forgets a spelling.
    Unspell(u32),
    /// The page answers from what it was given.
    Use { app: u32, resource: u32 },
    /// The host changes the budget for bodies.
    Budget(u64),
    /// The network does something with one of its exchanges.
    Network { exchange: u32, event: u32 },
    /// The page's present task is over.
    EndTask,
    /// Time passes.
    Wait(u64),
}

/// A list of actions.
#[derive(Clone, Debug)]
pub struct Story {
    pub actions: Vec<Action>,
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % u64::from(bound)) as u32
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

impl Story {
    /// The story of a seed: between 10 and 120 actions.
    pub fn new(seed: u64) -> Story {
        let mut random = Random::new(seed);
        let length = 10 + random.below(110);
        let actions = (0..length).map(|_| action(&mut random)).collect();
        Story { actions }
    }

    pub fn without(&self, range: Range<usize>) -> Story {
        let mut actions = self.actions.clone();
        actions.drain(range);
        Story { actions }
    }
}

fn action(random: &mut Random) -> Action {
    let (app, resource, any) = (random.below(3), random.below(9), random.below(64));
    match random.below(100) {
        0..26 => Action::Ask {
            app,
            resource,
            head: random.chance(40),
            priority: random.below(3),
            deadline: random.chance(15).then(|| u64::from(random.below(3_000))),
            retries: if random.chance(40) {
                random.below(3) as u8
            } else {
                0
            },
            revalidate: random.chance(10),
        },
        26..32 => Action::Leave(any),
        32..38 => Action::Lease {
            app,
            resource,
            priority: random.below(3),
        },
        38..41 => Action::Release(any),
        41..43 => Action::Refresh(any),
        43..47 => Action::Foresee(resource),
        47..49 => Action::Adopt(resource),
        49..50 => Action::Disconnect(app),
        50..53 => Action::Write(resource),
        53..54 => Action::WriteGroup(resource),
        54..58 => Action::Invalidate {
            resource,
            how: random.below(5),
        },
        58..61 => Action::Identify(random.below(3)),
        61..63 => Action::Unspell(any),
        63..67 => Action::Use { app, resource },
        67..68 => Action::Budget(u64::from(random.below(4)) * 2_000),
        68..70 => Action::EndTask,
        70..92 => Action::Network {
            exchange: any,
            event: random.below(100),
        },
        _ => Action::Wait(u64::from(if random.chance(20) {
            random.below(40_000)
        } else {
            random.below(1_500)
        })),
    }
}

impl fmt::Display for Story {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        for (at, action) in self.actions.iter().enumerate() {
            writeln!(out, "{:4}. {action:?}", at + 1)?;
        }
        Ok(())
    }
}
