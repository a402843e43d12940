//! The driver in a real browser: real exchanges, real bodies, real timers. What it decides nothing about is tested
//! natively; here is what only a browser can show. `make test STAGES="web-chrome web-firefox"` runs it.
#![cfg(target_arch = "wasm32")]

use forebay::bindings;
use forebay::broker::{
    AppId, Ask, Asked, Broker, Freshness, Input, Priority, RequestId, Settings, Sharing, WaiterId,
    Want,
};
use forebay::browser;
use forebay::cache::Subject;
use forebay::fingerprint::{ContentDigest, Partition, Principal};
use forebay::http::{Demand, Terms};
use futures::future::join_all;
use js_sys::{Array, Object, Promise, Reflect};
use serde::Deserialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/src/browser/driver.js")]
extern "C" {
    /// The driver's other half, as it is shipped.
    type Driver;
    #[wasm_bindgen(constructor)]
    fn new() -> Driver;
    #[wasm_bindgen(method, js_name = handOver)]
    fn hand_over(this: &Driver, request: u32, response: &Promise);
}

// Naming it puts its file beside that of the driver, which imports it.
#[wasm_bindgen(module = "/src/browser/exchange.js")]
extern "C" {
    type Exchange;
    #[wasm_bindgen(constructor)]
    fn new(response: &web_sys::Response) -> Exchange;
    #[wasm_bindgen(method, getter)]
    fn ended(this: &Exchange) -> bool;
    #[wasm_bindgen(method)]
    fn read(this: &Exchange, limit: f64) -> Promise;
}

// And this one beside that.
#[wasm_bindgen(module = "/src/browser/parse.js")]
extern "C" {
    fn parse(text: &str) -> JsValue;
}

// The runtime's part, as a record of what the driver calls; and responses that come as slowly as a test wants.
#[wasm_bindgen(inline_js = r#"
export function record(driver, core) {
  const page = { driver, calls: [], exchanges: [], errors: [], waiting: [], urls: new Map() };
  driver.safely = (call) => call(core);
  driver.sendable = (request) => [page.urls.get(request), {}];
  for (const name of ["answer", "fail", "goAlone", "notify", "notifyFailure", "publish", "withdraw", "dropRequest"])
    driver[name] = (a, b, c) => {
      page.calls.push({ name, a, b, c });
      page.exchanges.push(driver.exchanges.get(b));
      page.errors.push(driver.error);
      for (const wake of page.waiting.splice(0)) wake();
    };
  return page;
}
export function keep(page, request, url) { page.urls.set(request, url); }
export async function until(page, name) {
  for (;;) {
    const found = page.calls.findIndex((call) => call.name === name);
    if (found >= 0) return found;
    await new Promise((wake) => page.waiting.push(wake));
  }
}
export function sleep(ms) { return new Promise((done) => setTimeout(done, ms)); }
export function slow(chunks, gap, breaks) {
  const left = [...chunks];
  return new Response(new ReadableStream({
    async pull(controller) {
      await sleep(gap);
      if (left.length > 0) controller.enqueue(new TextEncoder().encode(left.shift()));
      else if (breaks) controller.error(new TypeError("cut"));
      else controller.close();
    },
  }), { headers: { "content-type": "text/plain", "cache-control": "max-age=60" } });
}
export function text(page, call) { return page.exchanges[call].response().text(); }
export function value(page, call) { return page.exchanges[call].value(); }
export function blob(text, type) { return URL.createObjectURL(new Blob([text], { type })); }
export function frozen(value) { return Object.isFrozen(value) && Object.values(value).every((member) => Object(member) !== member || frozen(member)); }
"#)]
extern "C" {
    #[derive(Clone)]
    type Page;
    fn record(driver: &Driver, core: &Object) -> Page;
    fn keep(page: &Page, request: u32, url: &str);
    async fn until(page: &Page, name: &str) -> JsValue;
    async fn sleep(ms: f64);
    fn slow(chunks: Array, gap: f64, breaks: bool) -> web_sys::Response;
    fn text(page: &Page, call: u32) -> Promise;
    fn value(page: &Page, call: u32) -> JsValue;
    fn blob(text: &str, kind: &str) -> String;
    fn frozen(value: &JsValue) -> bool;

    #[wasm_bindgen(method, getter)]
    fn calls(this: &Page) -> Array;
    #[wasm_bindgen(method, getter)]
    fn errors(this: &Page) -> Array;
    #[wasm_bindgen(method, getter)]
    fn driver(this: &Page) -> Driver;
}

/// What the driver said to the page.
#[derive(Deserialize, Debug, PartialEq)]
struct Call {
    name: String,
    a: u32,
    #[serde(default)]
    b: u32,
    #[serde(default)]
    c: f64,
}

/// The exports that the driver calls, as it finds them on the module's instance.
fn core() -> Object {
    let core = Object::new();
    let set = |name: &str, value: JsValue| drop(Reflect::set(&core, &name.into(), &value));
    set("memory", wasm_bindgen::memory());
    set(
        "scratch",
        Closure::<dyn Fn(usize) -> usize>::new(bindings::scratch).into_js_value(),
    );
    set(
        "adopt",
        // A module's exports take flags as numbers.
        Closure::<dyn Fn(u32, u32)>::new(|request, asks| bindings::adopt(request, asks != 0))
            .into_js_value(),
    );
    set(
        "arrived",
        Closure::<dyn Fn(u32, usize)>::new(bindings::arrived).into_js_value(),
    );
    set(
        "ended",
        Closure::<dyn Fn(u32, f64)>::new(bindings::ended).into_js_value(),
    );
    set(
        "exceeded",
        Closure::<dyn Fn(u32)>::new(bindings::exceeded).into_js_value(),
    );
    set(
        "failed",
        Closure::<dyn Fn(u32)>::new(bindings::failed).into_js_value(),
    );
    set(
        "wake",
        Closure::<dyn Fn()>::new(bindings::wake).into_js_value(),
    );
    core
}

fn start() -> Page {
    let page = record(&Driver::new(), &core());
    let partition = Partition::new("https://a.test", Principal::anonymous(), "");
    browser::start(Broker::new(
        partition,
        Settings {
            memory: 1 << 20,
            seed: 1,
        },
    ));
    page
}

fn name_request(page: &Page, url: &str) -> RequestId {
    let asked = Asked {
        content: ContentDigest::from_bytes([url.len() as u8; 32]),
        sharing: Sharing::Shared,
        method: "GET".into(),
        demand: Demand::default(),
        keyed: Rc::default(),
        every_header: false,
        accept: None,
        unkeyed: Box::default(),
        whole: None,
        besides: None,
        terms: Terms {
            ttl: Some(60_000),
            ..Terms::default()
        },
        subject: Rc::new(Subject {
            url: url.into(),
            ..Subject::default()
        }),
        inquiry: None,
        origin: "https://a.test".into(),
        credentialed: false,
        credential: 0,
    };
    let request = browser::with_broker(|broker| broker.spell(asked)).expect("a broker");
    keep(page, request.0, url);
    request
}

fn ask(waiter: u32, request: RequestId, want: Want) {
    let deadline = None;
    ask_until(waiter, request, want, deadline);
}

fn ask_until(waiter: u32, request: RequestId, want: Want, within: Option<u64>) {
    browser::tell(Input::Asked(Ask {
        waiter: WaiterId(waiter),
        app: AppId(1),
        request,
        want,
        priority: Priority::Visible,
        deadline: within.map(|ms| browser::now().plus(ms)),
        retries: 0,
        freshness: Freshness::Normal,
    }));
}

fn calls(page: &Page, name: &str) -> Vec<(u32, Call)> {
    let all = page.calls();
    let calls = all.iter().enumerate();
    let read = |(at, call)| {
        (
            at as u32,
            serde_wasm_bindgen::from_value::<Call>(call).expect("a call"),
        )
    };
    calls
        .map(read)
        .filter(|(_, call)| call.name == name)
        .collect()
}

/// Waits for the first call of this name; its place, and what it said.
async fn first(page: &Page, name: &str) -> (u32, Call) {
    let at = until(page, name).await.as_f64().expect("a place") as u32;
    (
        at,
        serde_wasm_bindgen::from_value(page.calls().get(at)).expect("a call"),
    )
}

async fn body(page: &Page, call: u32) -> String {
    let text = JsFuture::from(text(page, call)).await.expect("a body");
    text.as_string().expect("a text")
}

#[wasm_bindgen_test]
fn what_is_parsed_is_frozen_to_its_leaves() {
    let value = parse(r#"{"a":{"b":1}}"#);
    let inner = Reflect::get(&value, &"a".into()).unwrap();
    for part in [value, inner] {
        assert!(Object::is_frozen(&part.into()));
    }
}

#[wasm_bindgen_test]
async fn one_exchange_answers_all_who_wait() {
    let page = start();
    let request = name_request(&page, &blob(r#"{"a":[1,{"b":2}]}"#, "application/json"));
    for waiter in 1..=3 {
        ask(waiter, request, Want::Whole);
    }
    first(&page, "publish").await;
    let answers = calls(&page, "answer");
    assert_eq!(
        answers.iter().map(|(_, call)| call.a).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    let values: Vec<JsValue> = answers.iter().map(|(at, _)| value(&page, *at)).collect();
    assert!(
        values
            .iter()
            .all(|value| *value == values[0] && frozen(value))
    );
    for text in join_all(answers.iter().map(|(at, _)| body(&page, *at))).await {
        assert_eq!(text, r#"{"a":[1,{"b":2}]}"#);
    }
    assert_eq!(
        browser::with_broker(|broker| broker.counts(None).sent),
        Some(1)
    );
}

#[wasm_bindgen_test]
async fn the_head_is_told_before_the_body_has_come() {
    let page = start();
    let request = name_request(&page, "https://a.test/slow");
    let response = slow(Array::of2(&"one ".into(), &"two".into()), 60.0, false);
    page.driver()
        .hand_over(request.0, &Promise::resolve(&JsValue::from(response)));
    ask(1, request, Want::Head);
    let (at, early) = first(&page, "answer").await;
    assert_eq!(early.c as u32 & 8, 8, "the body is still arriving");
    assert!(calls(&page, "publish").is_empty());
    for text in join_all([body(&page, at), body(&page, at)]).await {
        assert_eq!(text, "one two");
    }
    first(&page, "publish").await;
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_off_fails_those_who_want_it_whole() {
    let page = start();
    let request = name_request(&page, "https://a.test/breaks");
    let response = slow(Array::of1(&"half".into()), 10.0, true);
    page.driver()
        .hand_over(request.0, &Promise::resolve(&JsValue::from(response)));
    ask(7, request, Want::Whole);
    let (at, failed) = first(&page, "fail").await;
    assert_eq!(failed.a, 7);
    let error = page.errors().get(at);
    assert!(
        error.is_instance_of::<js_sys::TypeError>(),
        "the browser's own error comes along"
    );
    assert!(calls(&page, "answer").is_empty());
}

#[wasm_bindgen_test]
async fn what_cannot_be_fetched_fails_with_the_browsers_error() {
    let page = start();
    let request = name_request(&page, "blob:null/there-is-no-such-blob");
    ask(1, request, Want::Whole);
    let (at, _) = first(&page, "fail").await;
    assert!(page.errors().get(at).is_instance_of::<js_sys::TypeError>());
    assert_eq!(
        browser::with_broker(|broker| broker.live()),
        Some((0, 0, 1))
    );
}

#[wasm_bindgen_test]
async fn a_deadline_wakes_the_broker() {
    let page = start();
    let request = name_request(&page, "https://a.test/never");
    page.driver()
        .hand_over(request.0, &Promise::new(&mut |_, _| {}));
    ask_until(1, request, Want::Whole, Some(30));
    ask_until(2, request, Want::Whole, Some(80));
    assert_eq!(first(&page, "fail").await.1.a, 1);
    sleep(120.0).await;
    assert_eq!(calls(&page, "fail").len(), 2);
}

#[wasm_bindgen_test]
async fn the_last_waiters_leaving_aborts_the_exchange() {
    let page = start();
    let request = name_request(&page, &blob("x", "text/plain"));
    ask(1, request, Want::Whole);
    browser::tell(Input::Left(WaiterId(1)));
    sleep(50.0).await;
    assert!(calls(&page, "answer").is_empty() && calls(&page, "fail").is_empty());
    assert_eq!(
        browser::with_broker(|broker| broker.flights().count()),
        Some(0)
    );
}

#[wasm_bindgen_test]
async fn a_stored_answer_needs_no_exchange() {
    let page = start();
    let request = name_request(&page, &blob("[1]", "application/json"));
    ask(1, request, Want::Whole);
    first(&page, "publish").await;
    ask(2, request, Want::Head);
    let answers = calls(&page, "answer");
    assert_eq!(answers.len(), 2);
    assert_eq!(
        answers[1].1.c, 0.0,
        "fresh, and nothing of it is still arriving"
    );
    assert_eq!(body(&page, answers[1].0).await, "[1]");
    assert_eq!(
        browser::with_broker(|broker| broker.counts(None).sent),
        Some(1)
    );
}

#[wasm_bindgen_test]
async fn an_exchange_is_read_to_its_end_and_no_further_than_its_limit() {
    let exchange = |limit: f64| async move {
        let texts = ["one ", "two"].map(JsValue::from).into_iter().collect();
        let exchange = Exchange::new(&slow(texts, 1.0, false));
        let bytes = JsFuture::from(exchange.read(limit)).await.unwrap();
        (bytes.as_f64().unwrap(), exchange.ended())
    };
    assert_eq!(exchange(f64::INFINITY).await, (7.0, true));
    assert_eq!(exchange(5.0).await, (-1.0, false));
}
