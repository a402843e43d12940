//! What becomes of a union that the server refuses: nobody is given the refusal, and it is not tried again.

use forebay::broker::{
    AppId, Ask, Broker, Command, FlightId, Freshness, Input, Priority, RequestId, Settings, Time,
    WaiterId, Want,
};
use forebay::fingerprint::{Partition, Principal, Request};
use forebay::http::Head;
use forebay::plan::Host;
use std::collections::{BTreeMap, BTreeSet};

/// What a server says of an operation: its status, whether the answer has errors, and `Retry-After`.
type Said = (u16, bool, Option<&'static str>);

const FINE: Said = (200, false, None);

struct Page {
    broker: Broker,
    host: Host,
    now: Time,
    requests: BTreeMap<&'static str, RequestId>,
    next: u32,
    waiting: BTreeMap<WaiterId, RequestId>,
    in_the_air: BTreeMap<FlightId, (String, bool)>,
    refused: BTreeSet<u32>,
    /// What was sent, and when.
    sent: Vec<(Time, String)>,
    /// How many were given a refusal of what several asked.
    given_refusals: u32,
    given: u32,
    most_at_once: usize,
    in_task: bool,
    wake: Option<Time>,
}

impl Page {
    fn new() -> Page {
        let partition = Partition::new("https://a.test", Principal::named("ada"), "");
        let settings = Settings {
            memory: 1 << 20,
            seed: 7,
        };
        Page {
            broker: Broker::new(partition, settings),
            host: Host::new("https://a.test", [7; 32]),
            now: Time(1_000),
            requests: BTreeMap::new(),
            next: 0,
            waiting: BTreeMap::new(),
            in_the_air: BTreeMap::new(),
            refused: BTreeSet::new(),
            sent: Vec::new(),
            given_refusals: 0,
            given: 0,
            most_at_once: 0,
            in_task: false,
            wake: None,
        }
    }

    fn ask(&mut self, document: &'static str) {
        let request = match self.requests.get(document) {
            Some(request) => *request,
            None => {
                let post = Request {
                    method: "POST",
                    url: "https://a.test/graphql",
                    headers: &[],
                    body: None,
                    credentials: "same-origin",
                };
                let asked = self.host.read_operation(&post, document, None, "{}");
                let request = self.broker.spell(asked.expect("it can be read"));
                self.requests.insert(document, request);
                request
            }
        };
        self.next += 1;
        let waiter = WaiterId(self.next);
        self.waiting.insert(waiter, request);
        self.put(waiter, request, Freshness::Normal);
    }

    fn put(&mut self, waiter: WaiterId, request: RequestId, freshness: Freshness) {
        self.tell(Input::Asked(Ask {
            waiter,
            app: AppId(1),
            request,
            want: Want::Whole,
            priority: Priority::Visible,
            deadline: None,
            retries: 0,
            freshness,
        }));
    }

    fn tell(&mut self, input: Input) {
        let commands: Vec<Command> = self.broker.handle(self.now, input).collect();
        let mut doubts = Vec::new();
        for command in commands {
            match command {
                Command::Fetch {
                    flight,
                    request,
                    text,
                    ..
                } => {
                    let composed = text.is_some();
                    let own = self.requests.iter().find(|(_, other)| **other == request);
                    let text = text.map_or_else(
                        || own.map_or("", |(document, _)| document).to_string(),
                        |text| text.into(),
                    );
                    self.sent.push((self.now, text.clone()));
                    self.in_the_air.insert(flight, (text, composed));
                    self.most_at_once = self.most_at_once.max(self.in_the_air.len());
                }
                Command::Abort(flight) => {
                    self.in_the_air.remove(&flight);
                }
                Command::Compose {
                    waiter,
                    request,
                    cut,
                } => {
                    let is_refused = cut.bodies.iter().any(|body| self.refused.contains(&body.0));
                    if is_refused
                        && !cut.is_last
                        && cut
                            .bodies
                            .iter()
                            .all(|body| self.refused.contains(&(body.0 + (1 << 20))))
                    {
                        // Flawed, and no more: the page sends its own.
                        doubts.push((waiter, request));
                        continue;
                    }
                    self.given_refusals += u32::from(is_refused && !cut.is_last);
                    self.given += 1;
                    self.waiting.remove(&waiter);
                }
                Command::EndOfTask => self.in_task = true,
                Command::WakeAt(at) => self.wake = at,
                Command::Fail { waiter, .. } | Command::GoAlone(waiter) => {
                    panic!("{waiter:?} has no answer")
                }
                _ => {}
            }
        }
        for (waiter, request) in doubts {
            self.put(waiter, request, Freshness::Own);
        }
    }

    /// Lets all come to rest, with a server that says of each operation what `judge` says.
    fn settle(&mut self, judge: impl Fn(&str, bool) -> Said) {
        for _ in 0..1_000 {
            if std::mem::take(&mut self.in_task) {
                self.tell(Input::TaskEnded);
            } else if let Some((flight, (text, composed))) = self.in_the_air.pop_first() {
                let (status, is_flawed, retry_after) = judge(&text, composed);
                if is_flawed || status != 200 {
                    self.refused.insert(flight.0);
                    if status == 200 {
                        self.refused.insert(flight.0 + (1 << 20));
                    }
                }
                self.in_the_air.insert(flight, (text, composed));
                let head = Head {
                    status,
                    arrived: self.now.0,
                    retry_after: retry_after.map(String::from),
                    ..Head::default()
                };
                self.tell(Input::HeadArrived {
                    flight,
                    head: Box::new(head),
                });
                if self.in_the_air.remove(&flight).is_some() {
                    let is_flawed = is_flawed || status != 200;
                    let labels = Vec::new();
                    self.tell(Input::Described {
                        flight,
                        is_flawed,
                        is_refused: is_flawed,
                        labels,
                    });
                    self.tell(Input::BodyEnded { flight, bytes: 100 });
                }
            } else if let Some(wake) = self.wake.take().filter(|_| !self.waiting.is_empty()) {
                self.now = self.now.max(wake);
                self.tell(Input::TimePassed);
            } else {
                break;
            }
        }
        assert!(self.waiting.is_empty(), "{:?} wait for ever", self.waiting);
    }

    /// All ask, in one task; how many operations that cost.
    fn round(&mut self, documents: &[&'static str], judge: impl Fn(&str, bool) -> Said) -> usize {
        let before = self.sent.len();
        for document in documents {
            self.ask(document);
        }
        self.settle(judge);
        self.sent.len() - before
    }
}

const THREE: [&str; 3] = [
    "{ viewer { name } }",
    "{ visits { id } }",
    "{ patient(id: \"1\") { unknown } }",
];

#[test]
fn a_document_that_a_server_refuses_stays_out_of_unions() {
    for said in [
        (400, true, None),
        (200, true, None),
        (403, true, None),
        (500, true, None),
    ] {
        let mut page = Page::new();
        let judge = |text: &str, _| if text.contains("unknown") { said } else { FINE };
        let costs = [0; 3].map(|_| page.round(&THREE, judge));
        assert_eq!(costs, [4, 2, 2], "{said:?}");
        assert_eq!((page.given, page.given_refusals), (9, 0), "{said:?}");
    }
}

#[test]
fn a_union_that_is_too_large_is_not_tried_again_and_a_smaller_one_is() {
    for said in [(400, true, None), (200, true, None)] {
        let mut page = Page::new();
        // All three together are too much.
        let judge = |text: &str, _| {
            let roots = ["viewer", "visits", "patient"];
            match roots.iter().all(|root| text.contains(root)) {
                true => said,
                false => FINE,
            }
        };
        let costs = [0; 3].map(|_| page.round(&THREE, judge));
        assert_eq!(costs, [4, 2, 2], "{said:?}");
        assert_eq!(page.given_refusals, 0);
    }
}

#[test]
fn what_passes_is_tried_again_after_a_while() {
    let mut page = Page::new();
    assert_eq!(
        page.round(&THREE, |_, composed| if composed {
            (500, true, None)
        } else {
            FINE
        }),
        4
    );
    page.now = page.now.plus(61_000);
    assert_eq!(page.round(&THREE, |_, _| FINE), 1);
}

#[test]
fn after_a_429_each_sends_its_own_when_it_may_and_one_after_the_other() {
    for status in [429, 503] {
        let mut page = Page::new();
        for document in THREE {
            page.ask(document);
        }
        page.settle(|_, composed| {
            if composed {
                (status, true, Some("2"))
            } else {
                FINE
            }
        });
        assert_eq!(page.sent.len(), 4);
        assert_eq!(page.most_at_once, 1, "they go one at a time");
        let first = page.sent[1].0;
        assert!(
            first >= Time(3_000),
            "{first:?} is before the server wanted to be asked"
        );
        assert_eq!((page.given, page.given_refusals), (3, 0));
    }
}

#[test]
fn sending_ones_own_stays_within_the_budget_of_the_origin() {
    let mut page = Page::new();
    let documents: Vec<&'static str> = (0..14)
        .map(|number| &*format!("{{ patient(id: \"{number}\") {{ id }} }}").leak())
        .collect();
    for document in documents {
        page.ask(document);
    }
    page.settle(|_, composed| if composed { (429, true, None) } else { FINE });
    assert_eq!(page.sent.len(), 11, "the budget of an origin is ten");
    assert_eq!((page.given, page.given_refusals), (14, 4));
}
