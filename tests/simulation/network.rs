//! The network and the server behind it, as the world knows them: what was sent, for whom, and what comes back.

use forebay::broker::FlightId;
use forebay::http::Head;
use std::collections::BTreeMap;

/// One exchange in the air.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub resource: usize,
    /// Whose cookies went with it.
    pub person: u32,
    /// The resource's version when the server saw the request: whatever comes back is that old.
    pub version: u64,
    /// Which version the request asks about, if it asks whether a stored answer still holds.
    pub asks_about: Option<u64>,
    pub head: Option<Box<Head>>,
    /// Another person has come since it was sent.
    pub former: bool,
    /// The browser's own HTTP cache answers it, unasked.
    pub cached: Option<Box<Head>>,
    /// By the world's own account: whoever asks for the same now should join this one.
    pub open: bool,
}

/// What comes next of an exchange.
#[derive(Clone, Debug)]
pub enum Event {
    Head(Box<Head>),
    Body(u32, Box<Head>),
    TooLarge,
    Failure,
    Nothing,
}

#[derive(Default)]
pub struct Network {
    pub in_the_air: BTreeMap<FlightId, Exchange>,
}

impl Network {
    /// The exchange that a number names.
    pub fn pick(&self, number: u32) -> Option<FlightId> {
        let count = self.in_the_air.len();
        if count == 0 {
            return None;
        }
        self.in_the_air.keys().nth(number as usize % count).copied()
    }

    /// What happens to an exchange, by a number below 100.
    pub fn next(&mut self, flight: FlightId, event: u32, arrived: u64) -> Event {
        let Some(exchange) = self.in_the_air.get_mut(&flight) else {
            return Event::Nothing;
        };
        if exchange.head.is_none() {
            if event < 8 {
                self.in_the_air.remove(&flight);
                return Event::Failure;
            }
            let mut head = match exchange.cached.take() {
                Some(cached) => Head { arrived, ..*cached },
                None => head(exchange.resource, event, arrived),
            };
            let holds = exchange.asks_about == Some(exchange.version);
            if holds || head.etag.is_some() {
                head.etag = Some(format!("\"{}\"", exchange.version));
            }
            if holds && head.status == 200 {
                head.status = 304;
                self.in_the_air.remove(&flight);
                return Event::Head(Box::new(head));
            }
            exchange.head = Some(Box::new(head.clone()));
            let secret = head.vary.is_some()
                || head.cache_control.as_deref() == Some("no-store")
                || head.is_endless();
            // What fails may be tried again by a flight of its own for those who can wait.
            exchange.open &= !secret && head.status < 429 && lifetime(&head) > 0;
            return Event::Head(Box::new(head));
        }
        match event {
            0..8 => {
                self.in_the_air.remove(&flight);
                Event::Failure
            }
            8..14 => {
                exchange.open = false;
                Event::TooLarge
            }
            14..24 => Event::Nothing,
            _ => {
                let head = exchange.head.clone().expect("it has come");
                self.in_the_air.remove(&flight);
                Event::Body(100 + event * 20, head)
            }
        }
    }
}

/// Milliseconds for which an answer is fresh; as if nothing but `max-age` were sent here.
pub fn lifetime(head: &Head) -> u64 {
    let said = head.cache_control.as_deref().unwrap_or("");
    let seconds = said.split("max-age=").nth(1).map(|rest| {
        let end = rest.find(|sign: char| !sign.is_ascii_digit());
        rest[..end.unwrap_or(rest.len())].parse().unwrap_or(0)
    });
    seconds.unwrap_or(0) * 1_000
}

/// The group in which the server puts a resource.
pub fn group(resource: usize) -> String {
    format!("g{}", resource % 3 % 2)
}

/// Heads of all kinds; each resource has a usual one.
fn head(resource: usize, event: u32, arrived: u64) -> Head {
    let usual = [
        "max-age=60, stale-if-error=600",
        "max-age=1, stale-while-revalidate=30",
        "private, max-age=5, stale-if-error=60",
        "",
        "no-store",
        "max-age=60",
        "no-store",
        "max-age=60",
        "max-age=60",
    ][resource];
    let mut head = Head {
        status: 200,
        arrived,
        cache_control: Some(usual.into()),
        vary: matches!(resource, 5 | 6).then(|| "X-Region".into()),
        content_type: match resource {
            7 => Some("text/html".into()),
            8 => Some("application/json; charset=utf-8".into()),
            _ => None,
        },
        cache_groups: Some(format!("\"{}\"", group(resource))),
        ..Head::default()
    };
    match event {
        8..14 => head.status = 503,
        14..17 => {
            head.status = 429;
            head.retry_after = Some("1".into());
        }
        17..19 => {
            head.status = 503;
            head.retry_after = Some("100".into());
        }
        19..22 => head.status = 401,
        22..24 => head.status = 403,
        24..28 => head.status = 404,
        28..31 => head.content_type = Some("text/event-stream".into()),
        31..34 => head.vary = Some("X-Region, X-Tenant".into()),
        40..95 => head.etag = Some(String::new()),
        34..37 => head.cache_control = Some("no-store".into()),
        37..40 => head.cache_control = Some("max-age=3600".into()),
        _ => {}
    }
    head
}
