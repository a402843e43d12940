//! What the page tells the depot, and what the depot orders.
//!
//! One export takes every fact, by number; what is packed begins with the moment by the calendar. Its answer is a list of
//! orders: each a number ([`Order`]), two numbers more, a fingerprint and a text (empty where there is none), and a list of
//! numbers that begins with its length. Bytes cross as texts with a character for each.

use super::packed::{self, Reader, Writer};
use crate::broker::{Broker, FlightId, Outcome, RequestId};
use crate::browser;
use crate::cache::{Generation, Subject};
use crate::depot::{Command, Depot, Input, Line, Record, Say, Word, write_scope};
use crate::fingerprint::{Fingerprint, Principal, normalise_url};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

/// What can be told, in the order of `FACTS` in `pkg-template/src/depot/orders.ts`.
const OPENED: u32 = 0;
const MET: u32 = 1;
const PARTED: u32 = 2;
const READ: u32 = 3;
const HEARD: u32 = 4;
const SOUGHT: u32 = 5;
const ADOPTED: u32 = 6;
const LOADED: u32 = 7;
const CLAIMED: u32 = 8;
const TOLD: u32 = 9;
const OFFERED: u32 = 10;
const HEADED: u32 = 11;
const FAILED: u32 = 12;
const SETTLED: u32 = 13;
const WRITTEN: u32 = 14;
const ENDED: u32 = 15;
const INDEXED: u32 = 16;
const FULL: u32 = 17;
const BUDGET: u32 = 18;
const EMPTIED: u32 = 19;
const SLEEPING: u32 = 20;
const TIME_PASSED: u32 = 21;
/// The host shell has said whose page it is.
const IDENTIFIED: u32 = 22;
/// Another tab has said that it is another person's.
const DOUBTED: u32 = 23;
/// The answer to a request came from disk, and is told to the callers: is it to be refreshed?
const GIVEN: u32 = 24;
/// A row was read for somebody who asks about it.
const JUDGED: u32 = 25;
const CHANGED: u32 = 26;

/// What is ordered, in the order of `ORDERS` there.
#[derive(Clone, Copy)]
enum Order {
    Load,
    Claim,
    Queue,
    Seize,
    Release,
    Send,
    Give,
    Take,
    Fail,
    Tell,
    Offer,
    Write,
    Erase,
    WakeAt,
    /// Put these scopes, the text's lines, into the log.
    Log,
    /// This page's partition and nobody's are called so; in the key's place stands whose they are, in whatever epoch.
    Partition,
    /// What the broker keeps after flight `a` is body `b` (0: nothing); said before what follows from that.
    Body,
    /// The row is alive, `a` seconds old and fresh for `b` more; the text has its labels, one on each line.
    Judgement,
}

/// What is told while the page begins.
const DEFAULT_BUDGET: u64 = 64 * 1024 * 1024;

struct State {
    depot: Depot,
    /// The host shell has said whose page it is.
    has_spoken: bool,
    /// Up to which generation it is known to the depot what was declared out of date.
    heard: Generation,
}

thread_local! {
    static STATE: Cell<Option<Box<State>>> = const { Cell::new(None) };
}

/// Tells the depot a fact.
#[wasm_bindgen]
pub fn depot(what: u32, flight: u32, length: usize) -> usize {
    let mut state = STATE.take().unwrap_or_else(|| {
        Box::new(State {
            depot: Depot::new(DEFAULT_BUDGET),
            has_spoken: false,
            heard: Generation::default(),
        })
    });
    let mut out = Writer::default();
    packed::read(length, |packed| {
        let moment = packed.number().unwrap_or(0.0) as u64;
        state.take(what, FlightId(flight), moment, packed, &mut out);
    });
    STATE.set(Some(state));
    packed::answer(out)
}

impl State {
    fn take(
        &mut self,
        what: u32,
        flight: FlightId,
        moment: u64,
        packed: &mut Reader,
        out: &mut Writer,
    ) {
        let now = browser::now();
        let calendar = moment.saturating_sub(now.0);
        match what {
            IDENTIFIED => {
                self.has_spoken |= flight.0 != 0;
                self.heard = generation();
                // It is the first that a page's half says.
                let names = browser::with_broker(|broker| {
                    broker.stand_behind_depot();
                    let own = broker.partition().clone();
                    let nobodys = super::with_host(|host| host.partition(Principal::anonymous()));
                    let nobodys = nobodys.unwrap_or_else(|| own.clone());
                    (
                        hex(&own.person()) + &hex(&nobodys.person()),
                        hex(&own.digest()) + &hex(&nobodys.digest()),
                    )
                });
                let (people, names) = names.unwrap_or_default();
                return order(out, Order::Partition, [0.0; 2], &people, &names, &[]);
            }
            DOUBTED => {
                let orders = browser::with_broker(|broker| broker.doubt_person(now));
                self.heard = generation();
                return browser::carry_out_all(orders.unwrap_or_default());
            }
            GIVEN => {
                let request = RequestId(packed.number().unwrap_or(0.0) as u32);
                let key = packed.text().and_then(fingerprint);
                let orders = key.and_then(|key| {
                    browser::with_broker(|broker| broker.refresh_behind(now, &key, request))
                });
                return browser::carry_out_all(orders.unwrap_or_default());
            }
            JUDGED => {
                let row = packed.text().and_then(record);
                let url = packed.text().map(normalise_url);
                if let (Some(row), Some(url)) = (row, url) {
                    self.judge(moment, row, url, out);
                }
                return;
            }
            _ => {}
        }
        let Some(input) = self.fact(what, flight, moment, packed, out) else {
            return;
        };
        for command in self.depot.handle(now, calendar, generation(), input) {
            write(command, out);
        }
    }

    fn judge(&self, moment: u64, row: Record, url: String, out: &mut Writer) {
        let subject = Subject {
            url: url.into(),
            ..row.subject.clone()
        };
        let left = row.stored.left(moment).fresh / 1_000;
        if left > 0 && self.depot.is_alive(&row, &subject) {
            let labels = [&*subject.tags, &*subject.types, &*subject.groups].concat();
            let age = row.stored.age(moment) / 1_000;
            order(
                out,
                Order::Judgement,
                [age as f64, left as f64],
                "",
                &labels.join("\n"),
                &[],
            );
        }
    }

    /// Lets the broker know of a query whose answer will do. The index needs no more of it.
    fn stock(&self, moment: u64, key: Fingerprint, row: &mut Record) {
        let left = row.stored.left(moment).fresh;
        if left > 0
            && self.depot.is_alive(row, &row.subject)
            && let Some(question) = row.question.take()
        {
            let until = browser::now().plus(left);
            let subject = std::mem::take(&mut row.subject);
            browser::with_broker(|broker| broker.put_in_stock(key, question, subject, until));
        }
    }

    fn fact(
        &mut self,
        what: u32,
        flight: FlightId,
        moment: u64,
        packed: &mut Reader,
        out: &mut Writer,
    ) -> Option<Input> {
        Some(match what {
            OPENED => Input::Opened {
                has_disk: packed.number()? != 0.0,
                has_peers: packed.number()? != 0.0,
            },
            MET => Input::Met,
            PARTED => Input::Parted,
            READ => Input::Read {
                floor: packed.number()? as u32,
                lines: lines(packed),
            },
            HEARD => {
                let word = word(packed)?;
                let scopes = browser::with_broker(|broker| broker.invalidated_since(self.heard))?;
                self.heard = generation();
                let texts: Vec<String> = scopes.iter().filter_map(write_scope).collect();
                // What another tab has said, it writes down.
                for text in texts.into_iter().filter(|_| flight.0 != 0) {
                    order(out, Order::Log, [word.count.into(), 0.0], "", &text, &[]);
                }
                Input::Heard { word, scopes }
            }
            SOUGHT | ADOPTED => {
                let errand =
                    browser::with_broker(|broker| broker.errand(moment, flight, self.has_spoken))??;
                match what {
                    SOUGHT => Input::Sought(flight, Box::new(errand)),
                    _ => Input::Adopted(flight, Box::new(errand)),
                }
            }
            LOADED => Input::Loaded(flight, record(packed.text()?).map(Box::new)),
            CLAIMED => Input::Claimed(flight, packed.number()? != 0.0),
            TOLD => Input::Told(fingerprint(packed.text()?)?, say(packed.number()? as u32)?),
            OFFERED => Input::Offered(fingerprint(packed.text()?)?, words(packed)),
            HEADED => Input::Headed {
                flight,
                is_shared: browser::with_broker(|broker| broker.is_shared(flight))?,
            },
            FAILED => Input::Failed(
                flight,
                Some(packed.number()? as u16).filter(|status| *status > 0),
            ),
            SETTLED => {
                let is_whole = packed.number()? != 0.0;
                let key = self.depot.key_of(flight)?;
                let kept = browser::with_broker(|broker| broker.kept(flight, &key))?;
                let body = kept.as_ref().map_or(0, |(body, _)| body.0);
                let kept = kept.map(|(_, kept)| Box::new(kept));
                order(
                    out,
                    Order::Body,
                    [flight.0.into(), body.into()],
                    "",
                    "",
                    &[],
                );
                Input::Settled {
                    flight,
                    kept,
                    is_whole,
                }
            }
            WRITTEN => Input::Written(flight),
            ENDED => Input::Ended(flight),
            INDEXED => {
                let mut rows = Vec::new();
                while let Some(key) = packed.text()
                    && let Some(bytes) = packed.text()
                {
                    let Some(key) = fingerprint(key) else {
                        continue;
                    };
                    let mut row = record(bytes);
                    if let Some(row) = &mut row {
                        self.stock(moment, key, row);
                    }
                    rows.push((key, row));
                }
                Input::Indexed(rows)
            }
            FULL => Input::Full(packed.number()? as u64),
            BUDGET => Input::Budget(packed.number()? as u64),
            EMPTIED => Input::Emptied,
            CHANGED => Input::Changed {
                is_person: flight.0 != 0,
            },
            SLEEPING => Input::Sleeping,
            TIME_PASSED => Input::TimePassed,
            _ => return None,
        })
    }
}

fn generation() -> Generation {
    browser::with_broker(|broker: &mut Broker| broker.generation()).unwrap_or_default()
}

fn word(packed: &mut Reader) -> Option<Word> {
    Some(Word {
        tab: packed.number()? as u32,
        count: packed.number()? as u32,
    })
}

fn words(packed: &mut Reader) -> Vec<Word> {
    let mut words = Vec::new();
    while let Some(word) = word(packed) {
        words.push(word);
    }
    words
}

fn lines(packed: &mut Reader) -> Vec<Line> {
    let mut lines = Vec::new();
    while let Some(word) = word(packed)
        && let Some(scope) = packed.text()
    {
        lines.push(Line {
            word,
            scope: scope.into(),
        });
    }
    lines
}

fn say(number: u32) -> Option<Say> {
    [
        Say::Want,
        Say::WantNew,
        Say::Coming,
        Say::NotNew,
        Say::Alone,
    ]
    .get(number as usize)
    .copied()
}

/// Bytes, of which each is a character.
fn record(text: &str) -> Option<Record> {
    let bytes: Vec<u8> = text.chars().map(|character| character as u8).collect();
    Record::from_bytes(&bytes)
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(DIGITS[usize::from(digit)] as char);
        }
    }
    text
}

fn fingerprint(text: &str) -> Option<Fingerprint> {
    let mut bytes = [0; 32];
    let mut digits = text
        .bytes()
        .map(|digit| DIGITS.iter().position(|known| *known == digit));
    for byte in &mut bytes {
        *byte = (digits.next()?? << 4 | digits.next()??) as u8;
    }
    Some(Fingerprint::from_bytes(bytes))
}

fn order(out: &mut Writer, what: Order, [a, b]: [f64; 2], key: &str, text: &str, words: &[Word]) {
    out.number(f64::from(what as u8));
    out.number(a);
    out.number(b);
    out.text(key);
    out.text(text);
    out.number(words.len() as f64 * 2.0);
    for word in words {
        out.number(word.tab.into());
        out.number(word.count.into());
    }
}

fn write(command: Command, out: &mut Writer) {
    let key = |key: &Fingerprint| hex(key.as_bytes());
    let mut plain = |what, FlightId(flight): FlightId, b: f64, key: &str| {
        order(out, what, [flight.into(), b], key, "", &[])
    };
    match command {
        Command::Load(flight, at) => plain(Order::Load, flight, 0.0, &key(&at)),
        Command::Claim(flight, at) => plain(Order::Claim, flight, 0.0, &key(&at)),
        Command::Queue(flight, at) => plain(Order::Queue, flight, 0.0, &key(&at)),
        Command::Seize(flight, at) => plain(Order::Seize, flight, 0.0, &key(&at)),
        Command::Release(flight) => plain(Order::Release, flight, 0.0, ""),
        Command::Send(flight, must_ask) => {
            plain(Order::Send, flight, f64::from(u8::from(must_ask)), "");
        }
        Command::Give(flight, arrived) => {
            browser::with_broker(|broker| broker.spared(flight, Outcome::Persisted));
            plain(Order::Give, flight, arrived as f64, "");
        }
        Command::Take(flight) => {
            browser::with_broker(|broker| broker.spared(flight, Outcome::Joined));
            plain(Order::Take, flight, 0.0, "");
        }
        Command::Fail(flight) => plain(Order::Fail, flight, 1.0, ""),
        Command::Refuse(flight) => {
            browser::with_broker(|broker| broker.spared(flight, Outcome::Missed));
            plain(Order::Fail, flight, 0.0, "")
        }
        Command::Tell(at, what) => {
            plain(Order::Tell, FlightId(0), f64::from(what as u8), &key(&at))
        }
        Command::Offer(flight, at, words) => order(
            out,
            Order::Offer,
            [flight.0.into(), 0.0],
            &key(&at),
            "",
            &words,
        ),
        Command::Write(flight, at, record, is_urgent) => {
            let bytes: String = record.to_bytes().iter().map(|byte| *byte as char).collect();
            let urgent = f64::from(u8::from(is_urgent));
            order(
                out,
                Order::Write,
                [flight.0.into(), urgent],
                &key(&at),
                &bytes,
                &[],
            );
        }
        Command::Erase(at) => {
            browser::with_broker(|broker| broker.take_from_stock(&at));
            plain(Order::Erase, FlightId(0), 0.0, &key(&at))
        }
        Command::WakeAt(at) => plain(
            Order::WakeAt,
            FlightId(0),
            at.map_or(-1.0, |at| at.0 as f64),
            "",
        ),
    }
}
