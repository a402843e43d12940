//! Request headers: which keep two requests apart, until what has been answered; and the forms that ask for JSON alike.
#![cfg(not(target_arch = "wasm32"))]

use forebay::broker::{
    AppId, Ask, BodyId, Broker, Command, FlightId, Freshness, Input, Priority, Settings, Time,
    WaiterId, Want,
};
use forebay::fingerprint::{Partition, Principal, Request};
use forebay::http::{Head, NoStore};
use forebay::plan::{Host, Pattern, Rule};

const ORIGIN: &str = "https://a.test";
const URL: &str = "https://a.test/list";

type Headers<'a> = &'a [(&'a str, &'a str)];

struct Page {
    host: Host,
    broker: Broker,
    now: Time,
    waiter: u32,
    /// Who was given which answer.
    given: Vec<(WaiterId, BodyId)>,
    /// What was sent.
    sent: Vec<FlightId>,
}

impl Page {
    fn new() -> Page {
        Page {
            host: Host::new(ORIGIN, [7; 32]),
            broker: Broker::new(
                Partition::new(ORIGIN, Principal::anonymous(), ""),
                Settings {
                    memory: 1 << 20,
                    seed: 1,
                },
            ),
            now: Time(1_000),
            waiter: 0,
            given: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn with_rule(set: impl FnOnce(&mut Rule)) -> Page {
        let mut page = Page::new();
        let mut rule = Rule {
            pattern: Pattern::parse("/*").unwrap(),
            ..Rule::default()
        };
        set(&mut rule);
        page.host.rules.push(rule);
        page.host.settle();
        page
    }

    fn tell(&mut self, input: Input) {
        self.now = self.now.plus(1);
        for command in self.broker.handle(self.now, input) {
            match command {
                Command::Answer { waiter, body, .. }
                | Command::AnswerEarly { waiter, body, .. } => {
                    self.given.push((waiter, body));
                }
                Command::Fetch { flight, .. } => self.sent.push(flight),
                _ => {}
            }
        }
    }

    /// Asks; the number of the waiter.
    fn ask(&mut self, headers: Headers) -> WaiterId {
        let request = Request {
            method: "GET",
            url: URL,
            headers,
            body: None,
            credentials: "same-origin",
        };
        let (_, asked) = self.host.read(&request).expect("it has no body");
        self.put(asked)
    }

    fn query(&mut self, headers: Headers) -> WaiterId {
        let request = Request {
            method: "POST",
            url: "https://a.test/graphql",
            headers,
            body: None,
            credentials: "same-origin",
        };
        let asked = self.host.read_operation(&request, "{ a { b } }", None, "");
        self.put(asked.unwrap_or_else(|_| panic!("it can be read")))
    }

    fn put(&mut self, asked: forebay::broker::Asked) -> WaiterId {
        let request = self.broker.spell(asked);
        self.waiter += 1;
        let waiter = WaiterId(self.waiter);
        self.tell(Input::Asked(Ask {
            waiter,
            app: AppId(1),
            request,
            want: Want::Whole,
            priority: Priority::Visible,
            deadline: None,
            retries: 0,
            freshness: Freshness::Normal,
        }));
        waiter
    }

    fn head(&mut self, flight: FlightId, status: u16, fields: Headers) {
        let field = |name: &str| {
            let found = fields.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| String::from(*value))
        };
        let head = Head {
            status,
            arrived: self.now.0,
            cache_control: field("cache-control"),
            vary: field("vary"),
            content_type: field("content-type"),
            ..Head::default()
        };
        let head = Box::new(head);
        self.tell(Input::HeadArrived { flight, head });
    }

    /// The whole answer to the flight that was sent as the how-manieth, from 0.
    fn answer(&mut self, at: usize, status: u16, fields: Headers) {
        let flight = self.sent[at];
        self.head(flight, status, fields);
        self.tell(Input::BodyEnded { flight, bytes: 9 });
    }

    fn given(&self, waiter: WaiterId) -> Option<FlightId> {
        let found = self.given.iter().find(|(other, _)| *other == waiter);
        found.map(|(_, body)| FlightId(body.0))
    }
}

/// How many exchanges two requests cost that are asked at once.
fn at_once(one: Headers, other: Headers) -> usize {
    let mut page = Page::new();
    page.ask(one);
    page.ask(other);
    page.sent.len()
}

/// The same, one after the other, when the first has been answered so.
fn in_turn(mut page: Page, one: Headers, other: Headers, status: u16, answer: Headers) -> usize {
    page.ask(one);
    page.answer(0, status, answer);
    page.ask(other);
    page.sent.len()
}

const FRESH: (&str, &str) = ("cache-control", "max-age=60");
const JSON: (&str, &str) = ("content-type", "application/json");
const HTML: (&str, &str) = ("content-type", "text/html");

#[test]
fn whatever_is_not_noise_keeps_requests_apart_in_flight() {
    for name in [
        "x-region",
        "X-Client-Version",
        "x-app",
        "baggage",
        "x-requested-with",
    ] {
        assert_eq!(at_once(&[(name, "1")], &[(name, "2")]), 2, "{name}");
        assert_eq!(at_once(&[(name, "1")], &[]), 2, "{name} or none");
        assert_eq!(at_once(&[(name, "1")], &[(name, "1")]), 1, "{name} alike");
    }
    for name in [
        "traceparent",
        "x-request-id",
        "X-B3-TraceId",
        "x-datadog-origin",
        "priority",
    ] {
        assert_eq!(at_once(&[(name, "1")], &[(name, "2")]), 1, "{name}");
        assert_eq!(at_once(&[(name, "1")], &[]), 1, "{name} or none");
    }
    let baggage = |one, other| at_once(&[("baggage", one)], &[("baggage", other)]);
    assert_eq!(baggage("sentry-a=1", "sentry-a=2"), 1);
    assert_eq!(baggage("sentry-a=1,t=1", "t=1, sentry-a=2"), 1);
    assert_eq!(baggage("sentry-a=1,t=1", "sentry-a=1,t=2"), 2);
}

#[test]
fn the_absence_of_vary_is_learned_from_what_may_be_kept_and_is_good() {
    let (one, other): (Headers, Headers) = (&[("x-region", "1")], &[("x-region", "2")]);
    let sent = |status, answer: Headers| in_turn(Page::new(), one, other, status, answer);
    assert_eq!(sent(200, &[FRESH]), 1);
    assert_eq!(sent(200, &[("cache-control", "no-store")]), 2);
    assert_eq!(sent(404, &[FRESH]), 2);
    assert_eq!(sent(200, &[FRESH, ("vary", "X-Region")]), 2);
    assert_eq!(sent(200, &[FRESH, ("vary", "Accept-Encoding")]), 1);
    assert_eq!(sent(200, &[FRESH, ("vary", "X-Other")]), 1);
}

/// What has been said once holds for who asks at once, too; also where it was said by an answer that is not kept.
#[test]
fn vary_is_learned_from_every_answer() {
    for answer in [
        &[("cache-control", "no-store"), ("vary", "traceparent")] as Headers,
        &[("cache-control", "max-age=0"), ("vary", "traceparent")],
    ] {
        for status in [200, 404, 500] {
            let mut page = Page::new();
            page.ask(&[("traceparent", "0")]);
            page.answer(0, status, answer);
            // After an answer that may not be shared none is waited for, so a later page of it is asked.
            page.tell(Input::TimePassed);
            page.now = page.now.plus(60_000);
            let (a, b) = (
                page.ask(&[("traceparent", "1")]),
                page.ask(&[("traceparent", "2")]),
            );
            assert_eq!(page.sent.len(), 3, "{status} {answer:?}");
            page.answer(1, 200, &[FRESH]);
            page.answer(2, 200, &[FRESH]);
            assert_ne!(page.given(a), page.given(b));
        }
    }
}

#[test]
fn what_was_in_the_air_before_is_joined_after() {
    let mut page = Page::new();
    page.ask(&[("x-region", "1")]);
    page.ask(&[("x-region", "2")]);
    page.answer(0, 200, &[FRESH]);
    // Both are answers to the same now.
    page.ask(&[("x-region", "3")]);
    assert_eq!(page.sent.len(), 2);
    page.answer(1, 200, &[FRESH]);
    page.ask(&[("x-region", "4")]);
    assert_eq!(page.sent.len(), 2);
}

#[test]
fn tenants_persons_and_credentials_always_split() {
    for name in [
        "X-Tenant",
        "x-api-key",
        "X-Auth-Token",
        "x-user-id",
        "x-org",
        "x-account",
    ] {
        let sent = in_turn(Page::new(), &[(name, "a")], &[(name, "b")], 200, &[FRESH]);
        assert_eq!(sent, 2, "{name}");
        let sent = in_turn(Page::new(), &[(name, "a")], &[], 200, &[FRESH]);
        assert_eq!(sent, 2, "{name} or none");
        let sent = in_turn(Page::new(), &[(name, "a")], &[(name, "a")], 200, &[FRESH]);
        assert_eq!(sent, 1, "{name} alike");
        // Tokens that see the same are no tenants.
        let mut page = Page::new();
        page.host.interchangeable_tokens = true;
        assert_eq!(
            in_turn(page, &[(name, "a")], &[(name, "b")], 200, &[FRESH]),
            2,
            "{name}"
        );
    }
}

#[test]
fn what_the_host_ignores_counts_nowhere() {
    let (one, other): (Headers, Headers) = (&[("X-Region", "1")], &[("x-region", "2")]);
    let vary: Headers = &[FRESH, ("vary", "x-region")];
    let page = Page::with_rule(|rule| rule.ignored_headers.push("X-REGION".into()));
    assert_eq!(in_turn(page, one, other, 200, vary), 1);
    let mut page = Page::new();
    page.host.ignored_headers.push("x-region".into());
    page.host.settle();
    page.ask(one);
    page.ask(other);
    assert_eq!(page.sent.len(), 1);
    let page = Page::with_rule(|rule| rule.ignored_headers.push("x-tenant".into()));
    assert_eq!(
        in_turn(
            page,
            &[("x-tenant", "1")],
            &[("x-tenant", "2")],
            200,
            &[FRESH]
        ),
        1
    );
}

#[test]
fn what_the_host_keeps_by_its_word_stays_apart() {
    let (one, other): (Headers, Headers) = (&[("x-region", "1")], &[("x-region", "2")]);
    let page = || Page::with_rule(|rule| rule.terms.ttl = Some(60_000));
    assert_eq!(in_turn(page(), one, other, 200, &[]), 2);
    assert_eq!(in_turn(page(), one, one, 200, &[]), 1);
    assert_eq!(
        in_turn(
            page(),
            &[("traceparent", "1")],
            &[("traceparent", "2")],
            200,
            &[]
        ),
        1
    );
}

#[test]
fn queries_stay_apart_by_all_headers() {
    let mut page = Page::new();
    page.query(&[("x-region", "1")]);
    page.query(&[("x-region", "2")]);
    page.query(&[("x-region", "1"), ("traceparent", "3")]);
    page.tell(Input::TaskEnded);
    assert_eq!(page.sent.len(), 2);
}

#[test]
fn no_store_is_shared_and_kept_by_the_hosts_word() {
    let secret: Headers = &[("cache-control", "no-store")];
    for (no_store, remembered, of_query) in [
        (NoStore::Obey, 3, 2),
        (NoStore::Share, 2, 2),
        (NoStore::Keep, 2, 1),
    ] {
        let page = || {
            Page::with_rule(|rule| {
                rule.terms.no_store = no_store;
                rule.terms.ttl = (no_store == NoStore::Keep).then_some(60_000);
            })
        };
        let mut asks = page();
        asks.ask(&[]);
        asks.answer(0, 200, secret);
        asks.ask(&[]);
        asks.ask(&[]);
        assert_eq!(asks.sent.len(), remembered, "{no_store:?}");
        let mut queries = page();
        queries.query(&[]);
        queries.tell(Input::TaskEnded);
        queries.answer(0, 200, secret);
        queries.query(&[]);
        queries.tell(Input::TaskEnded);
        assert_eq!(queries.sent.len(), of_query, "{no_store:?}");
        let memory = queries.broker.cache().iter().next();
        let is_for_memory =
            memory.and_then(|(_, entry)| Some(entry.stored.as_ref()?.is_for_memory()));
        assert_eq!(is_for_memory, (no_store == NoStore::Keep).then_some(true));
    }
}

const ANY: Headers = &[];
const PLAIN: Headers = &[("accept", "application/json")];
const ANGULAR: Headers = &[("accept", "application/json, text/plain, */*")];

#[test]
fn one_answer_in_json_serves_all_who_ask_for_json() {
    let mut page = Page::new();
    let all = [
        page.ask(ANY),
        page.ask(ANGULAR),
        page.ask(PLAIN),
        page.ask(&[("accept", "*/*")]),
    ];
    assert_eq!(page.sent.len(), 1);
    page.answer(0, 200, &[FRESH, JSON]);
    for waiter in all {
        assert_eq!(page.given(waiter), Some(page.sent[0]));
    }
    for headers in [ANY, PLAIN, ANGULAR] {
        page.ask(headers);
    }
    assert_eq!(page.sent.len(), 1);
}

#[test]
fn who_waits_for_json_is_not_given_something_else() {
    let mut page = Page::new();
    let (any, plain, angular) = (page.ask(ANY), page.ask(PLAIN), page.ask(ANGULAR));
    page.answer(0, 200, &[FRESH, HTML]);
    assert_eq!(page.given(any), Some(page.sent[0]));
    assert_eq!((page.given(plain), page.given(angular)), (None, None));
    // Each has its own now, since nothing says that they are answered alike.
    assert_eq!(page.sent.len(), 3);
    page.answer(1, 200, &[FRESH, JSON]);
    page.answer(2, 200, &[FRESH, JSON]);
    assert_ne!(page.given(plain), page.given(angular));
    for headers in [ANY, PLAIN, ANGULAR] {
        page.ask(headers);
    }
    assert_eq!(page.sent.len(), 3);
}

#[test]
fn an_answer_to_who_wants_json_serves_any_only_where_any_was_json() {
    let mut page = Page::new();
    page.ask(ANGULAR);
    let any = page.ask(ANY);
    assert_eq!(page.sent.len(), 2);
    page.answer(0, 200, &[FRESH, JSON]);
    assert_eq!(page.given(any), None);
    // Those who name JSON first or alone ask alike.
    page.ask(PLAIN);
    assert_eq!(page.sent.len(), 2);
    page.answer(1, 200, &[("cache-control", "max-age=0"), JSON]);
    page.ask(ANGULAR);
    page.answer(2, 200, &[FRESH, JSON]);
    page.ask(ANY);
    assert_eq!(page.sent.len(), 3);
}

#[test]
fn an_error_in_json_says_nothing_of_what_any_is_answered() {
    let mut page = Page::new();
    page.ask(ANY);
    let plain = page.ask(PLAIN);
    page.answer(0, 404, &[FRESH, JSON]);
    assert_eq!(page.given(plain), None);
    assert_eq!(page.sent.len(), 2);
    page.answer(1, 200, &[FRESH, JSON]);
    assert_eq!(page.given(plain), Some(page.sent[1]));
}

#[test]
fn forms_part_where_one_was_answered_with_something_else() {
    let mut page = Page::new();
    let (plain, angular) = (page.ask(PLAIN), page.ask(ANGULAR));
    assert_eq!(page.sent.len(), 1);
    page.answer(0, 200, &[FRESH, ("content-type", "text/plain")]);
    assert_eq!(page.given(plain), Some(page.sent[0]));
    assert_eq!(page.given(angular), None);
    assert_eq!(page.sent.len(), 2);
}

/// Another page, which has learned nothing, must find under a fingerprint only what this one may give it.
#[test]
fn what_lasts_holds_all_that_is_kept_apart() {
    let mut page = Page::new();
    page.ask(ANY);
    page.answer(0, 200, &[FRESH, JSON]);
    let mut seen = Vec::new();
    for headers in [
        ANY,
        PLAIN,
        ANGULAR,
        &[("x-region", "1")],
        &[("x-region", "2")],
    ] {
        let request = Request {
            method: "GET",
            url: URL,
            headers,
            body: None,
            credentials: "same-origin",
        };
        let (_, asked) = page.host.read(&request).expect("it has no body");
        let key = page.broker.lasting_fingerprint(&asked);
        assert!(!seen.contains(&key), "{headers:?}");
        seen.push(key);
    }
}
