//! Stored answers that answer other requests than their own: by `No-Vary-Search`, and parts (`Range`).
#![cfg(not(target_arch = "wasm32"))]

use forebay::broker::{
    AppId, Ask, BodyId, Broker, Command, FlightId, Freshness, Input, Priority, RequestId, Settings,
    Time, WaiterId, Want,
};
use forebay::fingerprint::{Partition, Principal, Request};
use forebay::http::Head;
use forebay::plan::Host;

const ORIGIN: &str = "https://a.test";

type Headers<'a> = &'a [(&'a str, &'a str)];

/// A page at which one thing after the other is asked.
struct Page {
    host: Host,
    broker: Broker,
    now: Time,
    waiter: u32,
}

/// How a question ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The server was asked, and this flight brought the answer.
    Sent(u32),
    /// A stored answer was given, all of it.
    Whole(u32),
    /// Some of its bytes were.
    Piece(u32, u64, u64, String),
}

impl Page {
    fn new() -> Page {
        let partition = Partition::new(ORIGIN, Principal::anonymous(), "");
        let settings = Settings {
            memory: 1 << 20,
            seed: 1,
        };
        let mut broker = Broker::new(partition, settings);
        broker.admit_kin();
        Page {
            host: Host::new(ORIGIN, [7; 32]),
            broker,
            now: Time(1_000),
            waiter: 0,
        }
    }

    fn tell(&mut self, input: Input) -> Vec<Command> {
        self.now = self.now.plus(1);
        self.broker.handle(self.now, input).collect()
    }

    /// Asks; if that asks the server, it answers with this status, these fields and eleven bytes, or as many as
    /// `content-range` says.
    fn ask(&mut self, path: &str, headers: Headers, status: u16, answer: Headers) -> End {
        let url = format!("{ORIGIN}{path}");
        let request = Request {
            method: "GET",
            url: &url,
            headers,
            body: None,
            credentials: "same-origin",
        };
        let (_, asked) = self.host.read(&request).expect("it has no body");
        let request = self.broker.spell(asked);
        let commands = self.put(request);
        for command in commands {
            match command {
                Command::Answer { body, .. } => return End::Whole(body.0),
                Command::AnswerPiece {
                    body,
                    from,
                    length,
                    content_range,
                    ..
                } => {
                    return End::Piece(body.0, from, length, content_range.into());
                }
                Command::Fetch { flight, .. } => return self.answer(flight, status, answer),
                _ => {}
            }
        }
        panic!("{path}: neither asked nor answered");
    }

    fn put(&mut self, request: RequestId) -> Vec<Command> {
        self.waiter += 1;
        self.tell(Input::Asked(Ask {
            waiter: WaiterId(self.waiter),
            app: AppId(1),
            request,
            want: Want::Head,
            priority: Priority::Visible,
            deadline: None,
            retries: 0,
            freshness: Freshness::Normal,
        }))
    }

    fn answer(&mut self, flight: FlightId, status: u16, answer: Headers) -> End {
        let field = |name: &str| {
            let found = answer.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| String::from(*value))
        };
        let head = Head {
            status,
            arrived: self.now.0,
            cache_control: field("cache-control").or(Some("max-age=60".into())),
            vary: field("vary"),
            content_range: field("content-range"),
            no_vary_search: field("no-vary-search"),
            ..Head::default()
        };
        let bytes = match (status, &head.content_range) {
            (206, Some(range)) => {
                let (range, _) = range[6..].split_once('/').expect("of how many");
                let (first, last) = range.split_once('-').expect("from and to");
                let number = |text: &str| text.parse::<u32>().expect("a number");
                number(last) + 1 - number(first)
            }
            _ => 11,
        };
        let head = Box::new(head);
        self.tell(Input::HeadArrived { flight, head });
        self.tell(Input::BodyEnded { flight, bytes });
        End::Sent(BodyId::from(flight).0)
    }

    fn get(&mut self, path: &str, no_vary_search: Headers) -> End {
        self.ask(path, &[], 200, no_vary_search)
    }

    fn get_range(&mut self, range: &str, status: u16, answer: Headers) -> End {
        self.ask("/file", &[("Range", range)], status, answer)
    }
}

const UTM: Headers = &[("no-vary-search", "params=(\"utm\")")];

#[test]
fn what_the_server_declared_to_mean_nothing_asks_nobody() {
    let mut page = Page::new();
    assert_eq!(page.get("/p?id=1&utm=a", UTM), End::Sent(1));
    assert_eq!(page.get("/p?utm=b&id=1", UTM), End::Whole(1));
    assert_eq!(page.get("/p?id=1", UTM), End::Whole(1));
    assert_eq!(page.get("/p?id=2&utm=a", UTM), End::Sent(2), "another id");
    assert_eq!(page.get("/p?id=2", UTM), End::Whole(2));
    assert_eq!(page.get("/q?id=1", UTM), End::Sent(3), "another path");
}

#[test]
fn all_else_of_a_request_counts_as_before() {
    let mut page = Page::new();
    let language = |tag| [("Accept-Language", tag)];
    assert_eq!(
        page.ask("/p?utm=a", &language("en"), 200, UTM),
        End::Sent(1)
    );
    assert_eq!(
        page.ask("/p?utm=b", &language("de"), 200, UTM),
        End::Sent(2)
    );
    assert_eq!(
        page.ask("/p?utm=c", &language("de"), 200, UTM),
        End::Whole(2)
    );
    let token = |token| [("Authorization", token)];
    assert_eq!(page.ask("/p?utm=d", &token("one"), 200, UTM), End::Sent(3));
    assert_eq!(page.ask("/p?utm=e", &token("two"), 200, UTM), End::Sent(4));
}

#[test]
fn vary_selects_among_what_means_the_same() {
    let mut page = Page::new();
    let both = &[UTM[0], ("vary", "x-tenant")];
    let tenant = |name| [("X-Tenant", name)];
    assert_eq!(page.ask("/p?utm=a", &tenant("1"), 200, both), End::Sent(1));
    assert_eq!(page.ask("/p?utm=b", &tenant("2"), 200, both), End::Sent(2));
    assert_eq!(page.ask("/p?utm=c", &tenant("2"), 200, both), End::Whole(2));
}

#[test]
fn each_answer_speaks_for_itself() {
    let mut page = Page::new();
    assert_eq!(page.get("/p?utm=a&x=1", UTM), End::Sent(1));
    // The header is dropped: of this answer every difference counts, whatever others say.
    assert_eq!(page.get("/p?utm=a&x=2", &[]), End::Sent(2));
    assert_eq!(page.get("/p?utm=b&x=2", &[]), End::Sent(3));
    assert_eq!(page.get("/p?utm=c&x=1", &[]), End::Whole(1));
    // Another parameter means nothing now: what was said of the first holds of what came with it alone.
    let other = &[("no-vary-search", "params=(\"x\")")];
    assert_eq!(page.get("/p?utm=d&x=3", other), End::Sent(4));
    assert_eq!(page.get("/p?utm=d&x=4", other), End::Whole(4));
    assert_eq!(page.get("/p?utm=e&x=4", other), End::Sent(5));
    assert_eq!(
        page.get("/p?utm=b&x=1", other),
        End::Sent(6),
        "never by an older word for another answer"
    );
}

#[test]
fn what_is_out_of_date_under_its_own_name_is_so_under_every_other() {
    let mut page = Page::new();
    assert_eq!(page.get("/p?utm=a", UTM), End::Sent(1));
    assert_eq!(page.get("/p?utm=b", UTM), End::Whole(1));
    page.tell(Input::Written {
        method: "PUT".into(),
        url: format!("{ORIGIN}/p?utm=b").into(),
        head: Box::new(Head {
            status: 200,
            ..Head::default()
        }),
    });
    assert_eq!(page.get("/p?utm=b", UTM), End::Sent(2));
    assert_eq!(
        page.get("/p?utm=a", UTM),
        End::Whole(1),
        "its own name was not written to"
    );
    page.now = page.now.plus(61_000);
    assert_eq!(page.get("/p?utm=c", UTM), End::Sent(3), "stale");
}

#[test]
fn another_person_is_given_nothing() {
    let mut page = Page::new();
    assert_eq!(page.get("/p?utm=a", UTM), End::Sent(1));
    let ada = Partition::new(ORIGIN, Principal::named("ada"), "");
    page.tell(Input::Identified(ada));
    assert_eq!(page.get("/p?utm=b", UTM), End::Sent(2));
}

#[test]
fn a_whole_answer_answers_for_its_parts() {
    let mut page = Page::new();
    let piece = |from, length, text: &str| End::Piece(1, from, length, text.into());
    assert_eq!(page.get("/file", &[]), End::Sent(1));
    assert_eq!(
        page.get_range("bytes=0-1", 206, &[]),
        piece(0, 2, "bytes 0-1/11")
    );
    assert_eq!(
        page.get_range("bytes=1-", 206, &[]),
        piece(1, 10, "bytes 1-10/11")
    );
    assert_eq!(
        page.get_range("bytes=-1", 206, &[]),
        piece(10, 1, "bytes 10-10/11")
    );
    let nothing = &[("cache-control", "no-store")];
    assert_eq!(page.get_range("bytes=20-", 416, nothing), End::Sent(2));
    assert_eq!(page.get_range("bytes=0-1,4-5", 206, nothing), End::Sent(3));
}

#[test]
fn a_part_answers_for_the_parts_in_it() {
    let mut page = Page::new();
    let content_range = |text| [("content-range", text)];
    let four_to_eight = &content_range("bytes 4-8/11");
    assert_eq!(
        page.get_range("bytes=4-8", 206, four_to_eight),
        End::Sent(1)
    );
    assert_eq!(
        page.get_range("bytes=5-6", 206, &[]),
        End::Piece(1, 1, 2, "bytes 5-6/11".into())
    );
    assert_eq!(
        page.get_range("bytes=3-4", 206, &content_range("bytes 3-4/11")),
        End::Sent(2),
        "not all of it is there"
    );
    assert_eq!(
        page.get("/file", &[]),
        End::Sent(3),
        "a part is not the whole"
    );
}
