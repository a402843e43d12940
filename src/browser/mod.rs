//! The driver: everything that touches the browser. It carries out the broker's commands and reports facts; it
//! decides nothing.
//!
//! Its other half is `driver.js`: responses, bodies, signals and timers stay there, in the JavaScript heap, under
//! the numbers of the broker's flights. The two halves say numbers to each other, and texts packed in one buffer:
//! neither holds a handle into the other's memory, and a call costs nanoseconds. (With typed handles,
//! promises, closures and objects for options and reports, core and runtime were 19.7 KB and 1.7 KB larger, compressed.)
//!
//! The broker is not borrowed while JavaScript runs: commands are taken out first and carried out after.

mod heap;

use crate::ascii::digits;
use crate::broker::{Broker, Command, Cut, FlightId, Input, Outcome, Time};
use crate::fingerprint::write_json_string;
use crate::http::Head;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser/driver.js")]
extern "C" {
    /// Carries one order out; see [`give`]. (Signed integers are the ones that need no conversion on the way.)
    fn order(what: i32, a: i32, b: i32, c: f64);

    /// Milliseconds since the page began.
    fn clock() -> f64;
}

/// What the page's half can do, with what `a`, `b` and `c` are. The names stand in the same order in `driver.js`.
#[derive(Clone, Copy)]
enum Order {
    /// Send request `b` as flight `a`; `c` holds the priority in bits 0–1, in bit 2 that the server must be asked, in
    /// bit 3 that the text is its body, in bit 4 that the text is a JSON list of headers to send besides: names and values in
    /// turn, and in bit 5 that the browser's HTTP cache must be passed by.
    Send,
    /// Take the exchange that is being adopted over as flight `a`.
    Adopt,
    /// Read the body of flight `a` to its end, or until more than `c` bytes have come.
    Read,
    /// Break flight `a` off.
    Abort,
    /// Give waiter `a` the answer of body `b`; `c` holds the outcome in bits 0–2, in bit 3 that it is arriving, and in bit 4
    /// that the text is a JSON list of the bytes to give as a 206 (the first, and the first after them), and their
    /// `Content-Range`.
    Answer,
    /// Tell waiter `a` that there is no answer, by failure `b`.
    Fail,
    /// Let waiter `a` send its own request.
    GoAlone,
    /// Tell component `a` of body `b`, which came by outcome `c`.
    Notify,
    /// Tell component `a` that there is no new answer, by failure `b`.
    NotifyFailure,
    /// Repeats of request `a` may be answered with body `b` until moment `c`.
    Publish,
    /// Repeats of request `a` must ask again.
    Withdraw,
    /// A server has said 401 to request `a`: nothing stored is given out that came from there for the same credential.
    Denied,
    /// Keep of body `a` only what its readers have not read.
    LetGo,
    /// `a` is the address and `b` the length of a text that the next order needs.
    Text,
    /// Give waiter `a`, who asked for request `b`, what is cut out of answers; the text is a JSON list of their bodies
    /// and the plan; `c` holds the outcome in bits 0–2, in bit 3 that nothing better is to be had, and in bit 4 that
    /// another person has come since.
    Compose,
    /// Tell component `a`, the like.
    NotifyComposed,
    /// Repeats of request `a` may be answered with what was cut out for it last until moment `c`.
    PublishComposed,
    /// Say when the present task is over.
    EndOfTask,
    /// Of body `a`'s head, give the fields that the text, a JSON list, names the values that flight `b` has brought; take
    /// them away if `b` is 0.
    Renew,
    /// Forget body `a`.
    DropBody,
    /// Forget request `a`.
    DropRequest,
    /// Wake the broker at moment `c` and at no other; never if it is negative.
    WakeAt,
    /// Read body `a` to its end, at no reader's pace.
    ReadOn,
}

/// Gives an order. It is carried out without calling back, and without running an app's code, before this returns.
fn give(what: Order, a: u32, b: u32, c: f64) {
    order(what as i32, a as i32, b as i32, c);
}

/// A body that is longer is passed through and not kept, whatever the memory: parsing it would hold the page.
const LARGEST_BODY: f64 = 4.0 * 1024.0 * 1024.0;

thread_local! {
    /// Out of its place while it works: if it ever breaks, there is none, and nothing half-done is seen.
    static BROKER: Cell<Option<Box<Broker>>> = const { Cell::new(None) };
}

/// Starts the driver of this page, in place of one before.
pub fn start(broker: Broker) {
    BROKER.set(Some(Box::new(broker)));
}

/// Milliseconds since the page began.
pub fn now() -> Time {
    Time(clock() as u64)
}

/// Works with the broker. `with` may not call JavaScript that calls back.
pub fn with_broker<T>(with: impl FnOnce(&mut Broker) -> T) -> Option<T> {
    let mut broker = BROKER.take()?;
    let result = with(&mut broker);
    BROKER.set(Some(broker));
    Some(result)
}

/// Reports a fact and carries out what follows.
pub fn tell(input: Input) {
    let now = now();
    for command in with_broker(|broker| broker.handle(now, input))
        .into_iter()
        .flatten()
    {
        carry_out(command);
    }
}

/// The head of a response is there.
pub fn head_arrived(flight: FlightId, head: Box<Head>) {
    tell(Input::HeadArrived { flight, head });
    give(Order::Read, flight.0, 0, LARGEST_BODY);
}

/// More of a body has come than was to be read.
pub fn limit_passed(flight: FlightId) {
    tell(Input::BodyTooLarge(flight));
    give(Order::Read, flight.0, 0, f64::INFINITY);
}

/// Says a text that the next order needs.
fn say(text: &str) {
    if !text.is_empty() {
        give(Order::Text, text.as_ptr() as u32, text.len() as u32, 0.0);
    }
}

/// Says a list of texts, as JSON.
fn say_list(texts: &[&str]) {
    let mut list = String::from("[");
    for text in texts {
        if list.len() > 1 {
            list.push(',');
        }
        write_json_string(text, &mut list);
    }
    list.push(']');
    say(&list);
}

fn say_fields(fields: &[Box<str>]) {
    let mut texts: Vec<&str> = Vec::new();
    for name in fields {
        texts.push(name);
    }
    say_list(&texts);
}

/// Says how an answer is cut out of others; gives what [`Order::Compose`] has as `c`.
fn announce(cut: &Cut) -> u32 {
    let mut text = String::from("[[");
    for (number, body) in cut.bodies.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        text.push_str(&digits(body.0.into()));
    }
    text.push_str("],");
    text.push_str(&cut.plan);
    text.push(']');
    say(&text);
    cut.outcome as u32 | u32::from(cut.is_last) << 3 | u32::from(cut.is_former) << 4
}

/// Carries out what does not follow from a fact.
pub fn carry_out_all(commands: Vec<Command>) {
    for command in commands {
        carry_out(command);
    }
}

fn carry_out(command: Command) {
    let (what, a, b, c) = match command {
        Command::Fetch {
            flight,
            request,
            priority,
            revalidate,
            past_cache,
            text,
            conditions,
        } => {
            let (composed, conditional) = (text.is_some(), !conditions.is_empty());
            say(text.as_deref().unwrap_or(""));
            if conditional {
                let mut texts = Vec::new();
                for (name, value) in &conditions {
                    texts.extend_from_slice(&[*name, &**value]);
                }
                say_list(&texts);
            }
            let how = priority as u32
                | u32::from(revalidate) << 2
                | u32::from(composed) << 3
                | u32::from(conditional) << 4
                | u32::from(past_cache) << 5;
            (Order::Send, flight.0, request.0, how)
        }
        Command::Renew {
            body,
            flight,
            fields,
        } => {
            say_fields(&fields);
            (Order::Renew, body.0, flight.0, 0)
        }
        Command::Withhold { body, fields } => {
            say_fields(&fields);
            (Order::Renew, body.0, 0, 0)
        }
        Command::Compose {
            waiter,
            request,
            cut,
        } => (Order::Compose, waiter.0, request.0, announce(&cut)),
        Command::NotifyComposed {
            lease,
            request,
            cut,
        } => (Order::NotifyComposed, lease.0, request.0, announce(&cut)),
        Command::PublishComposed { request, until } => {
            return give(Order::PublishComposed, request.0, 0, until.0 as f64);
        }
        Command::EndOfTask => (Order::EndOfTask, 0, 0, 0),
        Command::Adopt { flight } => (Order::Adopt, flight.0, 0, 0),
        Command::Abort(flight) => (Order::Abort, flight.0, 0, 0),
        Command::AnswerEarly {
            waiter,
            body,
            outcome,
        } => (Order::Answer, waiter.0, body.0, outcome as u32 | 8),
        Command::Answer {
            waiter,
            body,
            outcome,
        } => (Order::Answer, waiter.0, body.0, outcome as u32),
        Command::AnswerPiece {
            waiter,
            body,
            from,
            length,
            content_range,
        } => {
            let (from, end) = (digits(from), digits(from + length));
            say_list(&[&from, &end, &content_range]);
            (Order::Answer, waiter.0, body.0, Outcome::Fresh as u32 | 16)
        }
        Command::Fail { waiter, failure } => (Order::Fail, waiter.0, failure as u32, 0),
        Command::GoAlone(waiter) => (Order::GoAlone, waiter.0, 0, 0),
        Command::Notify {
            lease,
            body,
            outcome,
        } => (Order::Notify, lease.0, body.0, outcome as u32),
        Command::NotifyFailure { lease, failure } => {
            (Order::NotifyFailure, lease.0, failure as u32, 0)
        }
        Command::Publish {
            request,
            body,
            until,
        } => {
            return give(Order::Publish, request.0, body.0, until.0 as f64);
        }
        Command::Withdraw(request) => (Order::Withdraw, request.0, 0, 0),
        Command::Denied(request) => (Order::Denied, request.0, 0, 0),
        Command::LetGo(body) => (Order::LetGo, body.0, 0, 0),
        Command::ReadOn(body) => (Order::ReadOn, body.0, 0, 0),
        Command::DropBody(body) => (Order::DropBody, body.0, 0, 0),
        Command::DropRequest(request) => (Order::DropRequest, request.0, 0, 0),
        Command::WakeAt(at) => return give(Order::WakeAt, 0, 0, at.map_or(-1.0, |at| at.0 as f64)),
    };
    give(what, a, b, f64::from(c));
}
