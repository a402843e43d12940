//! The surface of the WebAssembly module: convert, call, convert.
//!
//! Exports are free functions that take and give numbers only, so that the page calls them without glue between.
//! Texts, options and reports cross packed in one buffer (see [`packed`]); `length` is always that of what the
//! caller has packed, and a `usize` that is returned the length of a packed answer.

pub mod depot;
mod options;
mod packed;
mod reports;

use crate::ascii::digits;
use crate::broker::{
    AppId, Ask, Broker, FlightId, Freshness, Input, LeaseId, Outcome, Priority, RequestId,
    Settings, Sharing, WaiterId, Want,
};
use crate::browser;
use crate::cache::Scope;
use crate::fingerprint::{Principal, Request, normalise_url};
use crate::http::Head;
use crate::plan::Host;
use packed::{Reader, Writer};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

thread_local! {
    /// The page's declarations.
    static HOST: Cell<Option<Box<Host>>> = const { Cell::new(None) };
}

fn with_host<T>(with: impl FnOnce(&mut Host) -> T) -> Option<T> {
    let mut host = HOST.take()?;
    let result = with(&mut host);
    HOST.set(Some(host));
    Some(result)
}

/// Texts, one behind the other.
fn joined(texts: &[&str]) -> String {
    let mut joined = String::new();
    for text in texts {
        joined.push_str(text);
    }
    joined
}

/// Room for `length` packed bytes; where it is.
#[wasm_bindgen]
pub fn scratch(length: usize) -> usize {
    packed::room(length)
}

/// Starts this page's broker. Packed: the page's origin, and ten random numbers of 32 bits: a key for digests of
/// credentials (eight of them) and a seed for jitter.
#[wasm_bindgen]
pub fn start(length: usize) {
    packed::read(length, |packed| {
        let origin = packed.text().unwrap_or("");
        let mut random = || packed.number().unwrap_or(0.0) as u32;
        let mut key = [0; 32];
        for word in key.as_chunks_mut::<4>().0 {
            *word = random().to_le_bytes();
        }
        let seed = u64::from(random()) << 32 | u64::from(random());
        let host = Host::new(origin, key);
        let partition = host.partition(Principal::anonymous());
        HOST.set(Some(Box::new(host)));
        browser::start(Broker::new(
            partition,
            Settings {
                memory: options::DEFAULT_MEMORY,
                seed,
            },
        ));
    });
}

/// Takes the host's options, packed as [`options`] says. The answer says what is wrong with them, if anything is (0:
/// nothing); then none of them holds.
#[wasm_bindgen]
pub fn configure(length: usize) -> usize {
    match packed::read(length, options::read) {
        Ok(options) => {
            if let Some(bytes) = options.memory {
                browser::tell(Input::Budget(bytes));
            }
            let principal = browser::with_broker(|broker| broker.partition().principal());
            let partition = with_host(|host| {
                options.apply(host);
                host.settle();
                host.partition(principal.unwrap_or(Principal::anonymous()))
            });
            // In another epoch what is kept counts no more.
            if let Some(partition) = partition
                && browser::with_broker(|broker| *broker.partition() != partition) == Some(true)
            {
                browser::tell(Input::Identified(partition));
            }
            0
        }
        Err(wrong) => {
            let mut out = Writer::default();
            out.text(&wrong);
            packed::answer(out)
        }
    }
}

/// Reads what the manifest says of GraphQL, as far as it is new. The answer says what is wrong with it, if anything is (0:
/// nothing).
#[wasm_bindgen]
pub fn prepare() -> usize {
    let Some(Err((place, wrong))) = with_host(Host::prepare) else {
        return 0;
    };
    let number = |number: u32| digits(number.into());
    let mut out = Writer::default();
    let message = [
        "manifest.documents[",
        &number(place as u32),
        "] is no GraphQL document: line ",
        &number(wrong.line),
        ", column ",
        &number(wrong.column),
        ": ",
        &wrong.message,
    ];
    out.text(&joined(&message));
    packed::answer(out)
}

/// Names the packed request. 0: its answer is not shared. -1: its body is not what its type says. `apart`: whatever the host
/// said of tokens, this one is told from others: it is of before the present person was named.
#[wasm_bindgen]
pub fn spell(length: usize, apart: bool) -> i32 {
    let asked = packed::read(length, |packed| {
        request(packed, |host, request| {
            telling_apart(host, apart, |host| host.read(request))
        })
    });
    match asked {
        Some(Ok((_, asked))) if asked.sharing == Sharing::Shared => {
            browser::with_broker(|broker| broker.spell(asked)).map_or(0, |request| request.0 as i32)
        }
        Some(Err(_)) => -1,
        _ => 0,
    }
}

/// Names a GraphQL operation. Packed: URL, credentials mode, document, operation name, variables (JSON; empty: none),
/// names and values of headers. `apart`: as for [`spell`]. 0: its answer is not shared. Less than 0: the document cannot be read, and the packed
/// answer of that length says why.
#[wasm_bindgen]
pub fn spell_operation(length: usize, apart: bool) -> i32 {
    let read = packed::read(length, |packed| {
        let (url, credentials) = (packed.text()?, packed.text()?);
        let (document, name, variables) = (packed.text()?, packed.text()?, packed.text()?);
        let headers = headers(packed);
        let request = Request {
            method: "POST",
            url,
            headers: &headers,
            body: None,
            credentials,
        };
        let name = Some(name).filter(|name| !name.is_empty());
        with_host(|host| {
            browser::with_broker(|broker| {
                broker.read_stock(&|question| {
                    host.what_is_asked(&question.document, &question.variables)
                })
            });
            telling_apart(host, apart, |host| {
                host.read_operation(&request, document, name, variables)
            })
        })
    });
    match read {
        Some(Ok(asked)) if asked.sharing == Sharing::Shared => {
            browser::with_broker(|broker| broker.spell(asked)).map_or(0, |request| request.0 as i32)
        }
        Some(Err(wrong)) => {
            let mut out = Writer::default();
            out.number(wrong.line.into());
            out.number(wrong.column.into());
            out.text(&wrong.message);
            -(packed::answer(out) as i32)
        }
        _ => 0,
    }
}

/// Reads so that each credential is a person of its own, if `apart`, whatever the host said.
fn telling_apart<T>(host: &mut Host, apart: bool, read: impl FnOnce(&mut Host) -> T) -> T {
    let alike = host.interchangeable_tokens;
    host.interchangeable_tokens &= !apart;
    let result = read(host);
    host.interchangeable_tokens = alike;
    result
}

fn headers<'a>(packed: &mut Reader<'a>) -> Vec<(&'a str, &'a str)> {
    let mut headers = Vec::new();
    while let Some(name) = packed.text()
        && let Some(value) = packed.text()
    {
        headers.push((name, value));
    }
    headers
}

/// Unpacks a request: whether it has a body, URL, method, credentials mode, body, names and values of headers.
fn request<T>(packed: &mut Reader, then: impl FnOnce(&mut Host, &Request) -> T) -> Option<T> {
    let has_body = packed.number()? != 0.0;
    let (url, method, credentials, body) = (
        packed.text()?,
        packed.text()?,
        packed.text()?,
        packed.text()?,
    );
    let headers = headers(packed);
    let body = has_body.then_some(body.as_bytes());
    with_host(|host| {
        then(
            host,
            &Request {
                method,
                url,
                headers: &headers,
                body,
                credentials,
            },
        )
    })
}

/// Forgets a name.
#[wasm_bindgen]
pub fn unspell(request: u32) {
    browser::tell(Input::Unspelled(RequestId(request)));
}

/// Asks for an answer. `flags`: bit 0: wants it whole; bits 1–2: priority; bits 4–7: retries; bit 8: in these very words;
/// bits 9–11: Fetch's cache mode, of default, no-cache, reload, force-cache, only-if-cached. `deadline`: milliseconds from
/// now; 0 is none.
#[wasm_bindgen]
pub fn ask(waiter: u32, app: u32, request: u32, flags: u32, deadline: f64) {
    browser::tell(Input::Asked(Ask {
        waiter: WaiterId(waiter),
        app: AppId(app),
        request: RequestId(request),
        want: if flags & 1 == 1 {
            Want::Whole
        } else {
            Want::Head
        },
        priority: priority_of(flags),
        deadline: (deadline > 0.0).then(|| browser::now().plus(deadline as u64)),
        retries: retries_of(flags),
        freshness: freshness_of(flags),
    }));
}

fn retries_of(flags: u32) -> u8 {
    (flags >> 4 & 15) as u8
}

fn freshness_of(flags: u32) -> Freshness {
    match (flags & 0x100, flags >> 9 & 7) {
        (0, 0) => Freshness::Normal,
        (0, 1) => Freshness::Revalidate,
        (0, 2) => Freshness::Reload,
        (0, 3) => Freshness::Stored,
        (0, _) => Freshness::OnlyStored,
        _ => Freshness::Own,
    }
}

fn priority_of(flags: u32) -> Priority {
    match flags >> 1 & 3 {
        0 => Priority::Background,
        1 => Priority::Visible,
        _ => Priority::Blocking,
    }
}

/// A caller does not want its answer any more, or reads no further.
#[wasm_bindgen]
pub fn left(waiter: u32) {
    browser::tell(Input::Left(WaiterId(waiter)));
}

/// A component's standing interest. `flags` as for [`ask`].
#[wasm_bindgen]
pub fn lease(lease: u32, app: u32, request: u32, flags: u32) {
    let priority = priority_of(flags);
    browser::tell(Input::Leased {
        lease: LeaseId(lease),
        app: AppId(app),
        request: RequestId(request),
        priority,
        retries: retries_of(flags),
        freshness: freshness_of(flags),
    });
}

/// Ends it.
#[wasm_bindgen]
pub fn release(lease: u32) {
    browser::tell(Input::Released(LeaseId(lease)));
}

/// Reads again for a component, past the cache; in its very words if `own` is 1.
#[wasm_bindgen]
pub fn refresh(lease: u32, own: u32) {
    let freshness = match own {
        0 => Freshness::Revalidate,
        _ => Freshness::Own,
    };
    browser::tell(Input::Refresh(LeaseId(lease), freshness));
}

/// The task is over about which the core asked.
#[wasm_bindgen]
pub fn task_ended() {
    browser::tell(Input::TaskEnded);
}

/// The answer to a query is there and has been looked at. Packed: labels of what is in it. `flawed`: 1 if it has errors
/// or no data, 2 if whose fault that is cannot be told.
#[wasm_bindgen]
pub fn described(flight: u32, flawed: u32, length: usize) {
    let labels = packed::read(length, texts);
    browser::tell(Input::Described {
        flight: FlightId(flight),
        is_flawed: flawed != 0,
        is_refused: flawed > 1,
        labels,
    });
}

fn texts(packed: &mut Reader) -> Vec<Box<str>> {
    let mut texts = Vec::new();
    while let Some(text) = packed.text() {
        texts.push(text.into());
    }
    texts
}

/// A GraphQL mutation was acknowledged. Packed: the URL it went to, its document, operation name and variables, and
/// names of the types that its answer says it holds.
#[wasm_bindgen]
pub fn mutated(length: usize) {
    let read = packed::read(length, |packed| {
        let url = normalise_url(packed.text()?);
        let (document, name, variables) = (packed.text()?, packed.text()?, packed.text()?);
        let mut types = with_host(|host| {
            let name = Some(name).filter(|name| !name.is_empty());
            host.written_types(document, name, variables)
        })?;
        types.extend(texts(packed));
        Some((url.into(), types))
    });
    if let Some((url, types)) = read {
        browser::tell(Input::Mutated { url, types });
    }
}

/// Fetches ahead.
#[wasm_bindgen]
pub fn foresee(request: u32) {
    browser::tell(Input::Foreseen {
        request: RequestId(request),
    });
}

/// Takes over a request that is under way. `asks`: the browser's own HTTP cache had to ask the server.
#[wasm_bindgen]
pub fn adopt(request: u32, asks: bool) {
    browser::tell(Input::Adopted {
        request: RequestId(request),
        revalidate: asks,
    });
}

/// Those who sent it before the broker was there read it no more.
#[wasm_bindgen]
pub fn deserted(flight: u32) {
    browser::tell(Input::Deserted(FlightId(flight)));
}

/// Ends an app.
#[wasm_bindgen]
pub fn disconnect(app: u32) {
    browser::tell(Input::Disconnected(AppId(app)));
}

/// The page answered so many callers by itself. `outcome` as in [`Outcome::ALL`].
#[wasm_bindgen]
pub fn used(app: u32, request: u32, outcome: usize, times: u32) {
    let outcome = Outcome::ALL
        .get(outcome)
        .copied()
        .unwrap_or(Outcome::Bypassed);
    browser::tell(Input::Used {
        app: AppId(app),
        request: RequestId(request),
        outcome,
        times,
    });
}

/// A request that may have written was answered. Packed: its method, its URL, and the answer's head as for [`arrived`].
#[wasm_bindgen]
pub fn written(length: usize) {
    if let Some((method, url, head)) = packed::read(length, answered) {
        browser::tell(Input::Written { method, url, head });
    }
}

/// The part is there that looks for answers among those to other requests.
#[wasm_bindgen]
pub fn admit_kin() {
    browser::with_broker(Broker::admit_kin);
}

fn answered(packed: &mut Reader) -> Option<(Box<str>, Box<str>, Box<Head>)> {
    let (method, url) = (packed.text()?.into(), packed.text()?.into());
    Some((method, url, Box::new(head(packed)?)))
}

/// Answers are out of date. Packed: how many URLs; whole URLs (with `*` for any text), then tags.
#[wasm_bindgen]
pub fn invalidate(length: usize) {
    let mut scopes = Vec::new();
    packed::read(length, |packed| {
        let urls = packed.number().unwrap_or(0.0) as usize;
        while let Some(text) = packed.text() {
            let is_url = scopes.len() < urls;
            scopes.push(if is_url {
                Scope::Url(normalise_url(text).into())
            } else {
                Scope::Tag(text.into())
            });
        }
    });
    browser::tell(Input::Invalidated(scopes));
}

/// Says whose page it is: the packed id, or nobody's if nothing is packed. Returns whether requests must be spelled
/// anew.
#[wasm_bindgen]
pub fn identify(length: usize, interchangeable: bool) -> bool {
    let principal = packed::read(length, |packed| {
        packed
            .text()
            .map_or(Principal::anonymous(), Principal::named)
    });
    let told = with_host(|host| {
        let changed = core::mem::replace(&mut host.interchangeable_tokens, interchangeable)
            != interchangeable;
        (host.partition(principal), changed)
    });
    let Some((partition, changed)) = told else {
        return false;
    };
    browser::tell(Input::Identified(partition));
    changed
}

/// What has happened so far, as [`reports::report`] packs it.
#[wasm_bindgen]
pub fn report(apps: u32) -> usize {
    let mut out = Writer::default();
    browser::with_broker(|broker| reports::report(broker, apps, &mut out));
    packed::answer(out)
}

/// What would happen to the packed request, and why, as [`reports::explain`] packs it. 0: nothing can be said, since
/// its body is not what its type says.
#[wasm_bindgen]
pub fn explain(length: usize) -> usize {
    let mut out = Writer::default();
    if let Some(Ok((form, asked))) = packed::read(length, |packed| {
        request(packed, |host, request| host.read(request))
    }) {
        let now = browser::now();
        browser::with_broker(|broker| reports::explain(broker, &form, &asked, now, &mut out));
    }
    packed::answer(out)
}

/// The head of a response is there. Packed: its status, the times by the calendar when it arrived and when it was asked for
/// (0: not known), whether the browser filters it (1); the values of the headers that [`Head`] names, in its order, empty
/// where there is none; then names of all headers, if what is stored may be brought up to date by them.
#[wasm_bindgen]
pub fn arrived(flight: u32, length: usize) {
    if let Some(head) = packed::read(length, head) {
        browser::head_arrived(FlightId(flight), Box::new(head));
    }
}

fn head(packed: &mut Reader) -> Option<Head> {
    let mut head = Head {
        status: packed.number()? as u16,
        arrived: packed.number()? as u64,
        requested: packed.number()? as u64,
        filtered: packed.number()? != 0.0,
        ..Head::default()
    };
    for field in [
        &mut head.cache_control,
        &mut head.expires,
        &mut head.date,
        &mut head.age,
        &mut head.vary,
        &mut head.retry_after,
        &mut head.content_type,
        &mut head.etag,
        &mut head.last_modified,
        &mut head.content_length,
        &mut head.content_range,
        &mut head.connection,
        &mut head.location,
        &mut head.content_location,
        &mut head.cache_groups,
        &mut head.cache_group_invalidation,
        &mut head.no_vary_search,
    ] {
        let value = packed.text()?;
        *field = (!value.is_empty()).then(|| value.into());
    }
    head.names = texts(packed);
    Some(head)
}

/// A body is whole.
#[wasm_bindgen]
pub fn ended(flight: u32, bytes: f64) {
    browser::tell(Input::BodyEnded {
        flight: FlightId(flight),
        bytes: bytes as u32,
    });
}

/// More of a body has come than was to be read.
#[wasm_bindgen]
pub fn exceeded(flight: u32) {
    browser::limit_passed(FlightId(flight));
}

/// An exchange failed.
#[wasm_bindgen]
pub fn failed(flight: u32) {
    browser::tell(Input::Failed(FlightId(flight)));
}

/// The moment for which waking was ordered has come.
#[wasm_bindgen]
pub fn wake() {
    browser::tell(Input::TimePassed);
}
