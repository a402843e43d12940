//! The depot by hand: one fact, and what is ordered. How several play together is in `tabs.rs`.
#![cfg(not(target_arch = "wasm32"))]

use forebay::broker::{FlightId, Question, Time};
use forebay::cache::{Generation, Scope, Subject};
use forebay::depot::{
    Command, Depot, Errand, Input, Kept, LARGEST_BODY, Line, Reach, Record, Say, Word, write_scope,
};
use forebay::fingerprint::{ContentDigest, Fingerprint, Request};
use forebay::http::{Demand, Head, Stored, Terms, keep};
use proptest::prelude::*;
use std::rc::Rc;

const NOW: u64 = 1_700_000_000_000;
const FLIGHT: FlightId = FlightId(1);

fn key(number: u8) -> Fingerprint {
    Fingerprint::from_bytes([number; 32])
}

fn stored(cache_control: &str) -> Stored {
    let request = Request {
        method: "GET",
        url: "https://a.test/x",
        headers: &[],
        body: None,
        credentials: "",
    };
    let head = Head {
        status: 200,
        cache_control: Some(cache_control.into()),
        arrived: NOW - 10_000,
        ..Head::default()
    };
    keep(
        &request,
        &Demand::default(),
        &head,
        &Terms::default(),
        &|_| true,
    )
    .expect("it may be kept")
}

fn record(number: u32, cache_control: &str) -> Record {
    Record {
        number,
        bytes: 9,
        cost: 40,
        subject: Subject::default(),
        stored: stored(cache_control),
        question: None,
    }
}

fn errand(reach: Reach) -> Box<Errand> {
    Box::new(Errand {
        key: key(1),
        demand: Demand::default(),
        subject: Rc::new(Subject {
            url: "https://a.test/x".into(),
            tags: vec!["x".into()],
            ..Subject::default()
        }),
        began: Generation::default(),
        reach,
        may_ask: true,
        is_anothers: false,
        is_named: reach == Reach::All,
        newer_than: 0,
        is_strict: false,
        is_fresh_only: false,
    })
}

/// A depot that is open, and what it orders, but for waking.
struct Hand {
    depot: Depot,
    now: u64,
}

impl Hand {
    fn new(has_disk: bool, has_peers: bool) -> Hand {
        let mut hand = Hand {
            depot: Depot::new(1_000),
            now: 1_000,
        };
        hand.tell(Input::Opened {
            has_disk,
            has_peers,
        });
        hand
    }

    fn tell(&mut self, input: Input) -> Vec<Command> {
        let orders =
            self.depot
                .handle(Time(self.now), NOW - self.now, Generation::default(), input);
        orders
            .into_iter()
            .filter(|order| !matches!(order, Command::WakeAt(_)))
            .collect()
    }

    fn loads(&mut self, record: Option<Record>) -> Vec<Command> {
        self.tell(Input::Loaded(FLIGHT, record.map(Box::new)))
    }
}

#[test]
fn a_fresh_row_is_the_answer_and_a_stale_one_is_not() {
    let mut hand = Hand::new(true, false);
    assert_eq!(
        hand.tell(Input::Sought(FLIGHT, errand(Reach::All))),
        [Command::Load(FLIGHT, key(1))]
    );
    assert_eq!(
        hand.loads(Some(record(0, "max-age=60"))),
        [Command::Give(FLIGHT, NOW - 10_000)]
    );
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    assert_eq!(
        hand.loads(Some(record(0, "max-age=5"))),
        [Command::Send(FLIGHT, true)]
    );
    hand.tell(Input::Sought(FlightId(2), errand(Reach::All)));
    let stale = Box::new(record(0, "max-age=5, stale-while-revalidate=60"));
    assert_eq!(
        hand.tell(Input::Loaded(FlightId(2), Some(stale))),
        [Command::Give(FlightId(2), NOW - 10_000)]
    );
    let fresh_only = Box::new(Errand {
        is_fresh_only: true,
        ..*errand(Reach::All)
    });
    hand.tell(Input::Sought(FlightId(3), fresh_only));
    let stale = Box::new(record(0, "max-age=5, stale-while-revalidate=60"));
    assert_eq!(
        hand.tell(Input::Loaded(FlightId(3), Some(stale))),
        [Command::Send(FlightId(3), true)]
    );
}

#[test]
fn whoever_asks_the_server_is_given_no_row() {
    let mut hand = Hand::new(true, false);
    let strict = Box::new(Errand {
        is_strict: true,
        newer_than: NOW,
        ..*errand(Reach::All)
    });
    assert_eq!(
        hand.tell(Input::Sought(FLIGHT, strict)),
        [Command::Send(FLIGHT, true)]
    );
    assert_eq!(
        hand.tell(Input::Sought(FlightId(2), errand(Reach::Server))),
        [Command::Send(FlightId(2), false)]
    );
}

#[test]
fn before_the_host_has_spoken_only_what_is_public_is_read_and_written() {
    let mut hand = Hand::new(true, true);
    assert_eq!(
        hand.tell(Input::Sought(FLIGHT, errand(Reach::Public))),
        [Command::Load(FLIGHT, key(1))]
    );
    // And no other tab is asked.
    assert_eq!(
        hand.loads(Some(record(0, "max-age=60"))),
        [Command::Send(FLIGHT, false)]
    );
    let kept = |cache_control| {
        Some(Box::new(Kept {
            subject: Rc::default(),
            bytes: 9,
            cost: 1,
            stored: stored(cache_control),
            question: None,
        }))
    };
    let settled = |kept| Input::Settled {
        flight: FLIGHT,
        kept,
        is_whole: true,
    };
    assert_eq!(hand.tell(settled(kept("max-age=60"))), []);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::Public)));
    assert_eq!(
        hand.loads(Some(record(0, "public, max-age=60"))),
        [Command::Give(FLIGHT, NOW - 10_000)]
    );
    hand.tell(Input::Sought(FLIGHT, errand(Reach::Public)));
    hand.loads(None);
    assert!(matches!(
        hand.tell(settled(kept("public, max-age=60")))[..],
        [Command::Write(_, _, _, false)]
    ));
}

#[test]
fn a_row_is_dead_if_anything_said_after_it_covers_it() {
    let line = |count, scope: Scope| Line {
        word: Word { tab: 9, count },
        scope: write_scope(&scope).expect("it lasts").into(),
    };
    for (scopes, number, alive) in [
        (vec![Scope::Tag("x".into())], 0, false),
        (vec![Scope::Tag("x".into())], 1, true),
        (vec![Scope::Tag("y".into())], 0, true),
        (
            vec![Scope::Tag("x".into()), Scope::Tag("y".into())],
            1,
            true,
        ),
        (
            vec![
                Scope::Tag("y".into()),
                Scope::Url("https://a.test/*".into()),
            ],
            1,
            false,
        ),
        (vec![Scope::Exactly("https://a.test/x".into())], 0, false),
        (vec![Scope::All], 0, false),
        (
            vec![Scope::Group {
                origin: "https://a.test".into(),
                name: "x".into(),
            }],
            0,
            true,
        ),
    ] {
        let mut hand = Hand::new(true, false);
        let lines = scopes
            .iter()
            .enumerate()
            .map(|(at, scope)| line(at as u32 + 1, scope.clone()))
            .collect();
        hand.tell(Input::Read { floor: 0, lines });
        hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
        let orders = hand.loads(Some(record(number, "max-age=60")));
        assert_eq!(
            matches!(orders[..], [Command::Give(..)]),
            alive,
            "{scopes:?} {number}: {orders:?}"
        );
    }
    // What the log has forgotten may have been about it.
    let mut hand = Hand::new(true, false);
    hand.tell(Input::Read {
        floor: 3,
        lines: Vec::new(),
    });
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    assert_eq!(
        hand.loads(Some(record(2, "max-age=60"))),
        [Command::Send(FLIGHT, true)]
    );
}

#[test]
fn what_was_said_and_has_no_number_counts_already() {
    let mut hand = Hand::new(true, false);
    let word = Word { tab: 1, count: 1 };
    hand.tell(Input::Heard {
        word,
        scopes: vec![Scope::Tag("x".into())],
    });
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    assert_eq!(
        hand.loads(Some(record(0, "max-age=60"))),
        [Command::Send(FLIGHT, true)]
    );
    // Numbered, it counts for older rows alone.
    hand.tell(Input::Read {
        floor: 0,
        lines: vec![Line {
            word,
            scope: "tx".into(),
        }],
    });
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    assert!(matches!(
        hand.loads(Some(record(1, "max-age=60")))[..],
        [Command::Give(..)]
    ));
}

#[test]
fn who_wants_to_send_takes_the_claim_and_looks_once_more() {
    let mut hand = Hand::new(true, true);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    assert_eq!(hand.loads(None), [Command::Claim(FLIGHT, key(1))]);
    assert_eq!(
        hand.tell(Input::Claimed(FLIGHT, true)),
        [Command::Load(FLIGHT, key(1))]
    );
    assert_eq!(hand.loads(None), [Command::Send(FLIGHT, true)]);
    assert_eq!(
        hand.tell(Input::Told(key(1), Say::Want)),
        [Command::Tell(key(1), Say::Coming)]
    );
    let kept = Some(Box::new(Kept {
        subject: Rc::default(),
        bytes: 9,
        cost: 1,
        stored: stored("max-age=60"),
        question: None,
    }));
    let orders = hand.tell(Input::Settled {
        flight: FLIGHT,
        kept,
        is_whole: true,
    });
    assert!(
        matches!(
            orders[..],
            [Command::Offer(..), Command::Write(_, _, _, true)]
        ),
        "{orders:?}"
    );
    // The claim is given up when the answer lies on disk.
    assert_eq!(
        hand.tell(Input::Written(FLIGHT)),
        [Command::Release(FLIGHT)]
    );
}

#[test]
fn who_waits_takes_only_what_is_new_enough() {
    for (words, is_taken) in [
        (vec![], false),
        (vec![Word { tab: 7, count: 1 }], false),
        (vec![Word { tab: 7, count: 2 }], true),
    ] {
        let mut hand = Hand::new(false, true);
        hand.tell(Input::Heard {
            word: Word { tab: 7, count: 2 },
            scopes: Vec::new(),
        });
        hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
        assert_eq!(
            hand.tell(Input::Claimed(FLIGHT, false)),
            [
                Command::Queue(FLIGHT, key(1)),
                Command::Tell(key(1), Say::Want)
            ]
        );
        let orders = hand.tell(Input::Offered(key(1), words.clone()));
        let expected = [Command::Take(FLIGHT), Command::Release(FLIGHT)];
        assert_eq!(
            orders,
            if is_taken { &expected[..] } else { &[] },
            "{words:?}"
        );
    }
}

#[test]
fn a_silent_tab_loses_its_claim_and_one_that_lives_does_not() {
    let mut hand = Hand::new(false, true);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    hand.tell(Input::Claimed(FLIGHT, false));
    for _ in 0..5 {
        hand.tell(Input::Told(key(1), Say::Coming));
        hand.now += 2_000;
        // What it has said may wait to be heard.
        assert_eq!(hand.tell(Input::TimePassed), []);
        hand.now += 100;
        assert_eq!(
            hand.tell(Input::TimePassed),
            [Command::Tell(key(1), Say::Want)]
        );
    }
    hand.now += 2_000;
    hand.tell(Input::TimePassed);
    hand.now += 100;
    assert_eq!(
        hand.tell(Input::TimePassed),
        [Command::Seize(FLIGHT, key(1)), Command::Send(FLIGHT, true)]
    );
}

#[test]
fn a_tab_that_was_asked_before_it_knew_of_its_claim_answers_when_it_does() {
    for (is_ours, answer) in [(true, Some(Say::Coming)), (false, None)] {
        let mut hand = Hand::new(false, true);
        hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
        assert_eq!(hand.tell(Input::Told(key(1), Say::Want)), []);
        let said = hand
            .tell(Input::Claimed(FLIGHT, is_ours))
            .into_iter()
            .find_map(|order| match order {
                Command::Tell(_, Say::Want) => None,
                Command::Tell(_, say) => Some(say),
                _ => None,
            });
        assert_eq!(said, answer);
    }
}

#[test]
fn a_claim_that_is_free_before_the_promised_answer_is_here_is_not_used_at_once() {
    for has_disk in [true, false] {
        let waiting = || {
            let mut hand = Hand::new(has_disk, true);
            hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
            if has_disk {
                hand.loads(None);
            }
            hand.tell(Input::Claimed(FLIGHT, false));
            hand.tell(Input::Told(key(1), Say::Coming));
            hand.tell(Input::Claimed(FLIGHT, true));
            hand
        };
        let taken = [Command::Take(FLIGHT), Command::Release(FLIGHT)];
        let mut hand = waiting();
        assert_eq!(hand.tell(Input::Offered(key(1), Vec::new())), taken);
        let later = || {
            let mut hand = waiting();
            if has_disk {
                assert_eq!(hand.loads(None), []);
            }
            hand
        };
        assert_eq!(later().tell(Input::Offered(key(1), Vec::new())), taken);
        // It never comes.
        let mut hand = later();
        hand.now += 100;
        assert_eq!(hand.tell(Input::TimePassed), []);
        hand.now += 100;
        assert_eq!(hand.tell(Input::TimePassed), [Command::Send(FLIGHT, true)]);
        assert_eq!(later().tell(Input::Parted), [Command::Send(FLIGHT, true)]);
    }
}

#[test]
fn what_the_disk_held_before_the_claim_was_to_be_had_does_not_count() {
    let mut hand = Hand::new(true, true);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    hand.now += 100;
    hand.tell(Input::TimePassed);
    hand.now += 100;
    assert_eq!(
        hand.tell(Input::TimePassed),
        [Command::Claim(FLIGHT, key(1))]
    );
    assert_eq!(
        hand.tell(Input::Claimed(FLIGHT, true)),
        [Command::Load(FLIGHT, key(1))]
    );
    assert_eq!(hand.loads(None), []);
    assert!(matches!(
        hand.loads(Some(record(0, "max-age=60")))[..],
        [Command::Give(..), Command::Release(..)]
    ));
}

#[test]
fn a_disk_that_does_not_answer_is_not_waited_for() {
    let mut hand = Hand::new(true, false);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    hand.now += 100;
    assert_eq!(hand.tell(Input::TimePassed), []);
    hand.now += 100;
    assert_eq!(hand.tell(Input::TimePassed), [Command::Send(FLIGHT, true)]);
    // What it says later is not heard any more.
    assert_eq!(hand.loads(Some(record(0, "max-age=60"))), []);
}

#[test]
fn a_row_stands_in_for_a_server_that_fails_only_if_it_may() {
    for (cache_control, stands_in) in [
        ("max-age=5, stale-if-error=60", true),
        ("max-age=5", false),
        ("max-age=5, stale-if-error=2", false),
    ] {
        let mut hand = Hand::new(true, false);
        hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
        hand.loads(Some(record(0, cache_control)));
        let orders = hand.tell(Input::Failed(FLIGHT, Some(503)));
        assert_eq!(
            matches!(orders[..], [Command::Give(..)]),
            stands_in,
            "{cache_control}"
        );
    }
}

#[test]
fn what_was_not_sent_does_not_go_out_for_another_person() {
    let mut hand = Hand::new(true, false);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    hand.tell(Input::Sought(
        FlightId(2),
        Box::new(Errand {
            key: key(2),
            ..*errand(Reach::Server)
        }),
    ));
    assert_eq!(
        hand.tell(Input::Changed { is_person: true }),
        [Command::Fail(FLIGHT)]
    );
    assert_eq!(hand.loads(Some(record(0, "max-age=60"))), []);
}

#[test]
fn in_another_epoch_what_was_not_sent_goes_to_the_server_and_what_lies_on_disk_does_not_count() {
    let mut hand = Hand::new(true, false);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    let orders = hand.tell(Input::Changed { is_person: false });
    assert!(
        matches!(orders[..], [Command::Send(FLIGHT, _)]),
        "{orders:?}"
    );
    assert_eq!(hand.loads(Some(record(0, "max-age=60"))), []);
}

#[test]
fn a_row_that_knows_more_than_the_log_is_of_a_log_that_somebody_has_lost() {
    let mut hand = Hand::new(true, false);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    let orders = hand.loads(Some(record(1, "max-age=60")));
    assert!(
        orders.contains(&Command::Send(FLIGHT, true))
            || orders.contains(&Command::Send(FLIGHT, false)),
        "{orders:?}"
    );
}

#[test]
fn who_may_not_ask_the_server_is_given_what_lies_on_disk_or_nothing() {
    let only = || {
        Box::new(Errand {
            may_ask: false,
            ..*errand(Reach::All)
        })
    };
    let mut hand = Hand::new(true, true);
    hand.tell(Input::Sought(FLIGHT, only()));
    assert_eq!(
        hand.loads(Some(record(0, "max-age=60"))),
        [Command::Give(FLIGHT, NOW - 10_000)]
    );
    hand.tell(Input::Sought(FLIGHT, only()));
    assert_eq!(hand.loads(None), [Command::Refuse(FLIGHT)]);
    // Where there is no disk, or it does not answer, neither.
    let mut hand = Hand::new(false, true);
    assert_eq!(
        hand.tell(Input::Sought(FLIGHT, only())),
        [Command::Refuse(FLIGHT)]
    );
}

#[test]
fn the_least_worthy_rows_make_room() {
    let mut hand = Hand::new(true, false);
    let rows = (1..=9).map(|number| {
        (
            key(number),
            Some(Record {
                bytes: 100,
                cost: u32::from(number),
                ..record(0, "max-age=60")
            }),
        )
    });
    assert_eq!(hand.tell(Input::Indexed(rows.collect())), []);
    assert_eq!(hand.depot.on_disk(), (9, 900));
    let more = (10..=12).map(|number| {
        (
            key(number),
            Some(Record {
                bytes: 100,
                cost: 50,
                ..record(0, "max-age=60")
            }),
        )
    });
    assert_eq!(
        hand.tell(Input::Indexed(more.collect())),
        [Command::Erase(key(1)), Command::Erase(key(2))]
    );
    assert_eq!(hand.tell(Input::Budget(900)), [Command::Erase(key(3))]);
    assert_eq!(
        hand.tell(Input::Full(150)),
        [Command::Erase(key(4)), Command::Erase(key(5))]
    );
}

#[test]
fn a_body_that_would_hold_the_page_is_not_written() {
    let mut hand = Hand::new(true, false);
    hand.tell(Input::Sought(FLIGHT, errand(Reach::All)));
    hand.loads(None);
    let kept = Some(Box::new(Kept {
        subject: Rc::default(),
        bytes: LARGEST_BODY + 1,
        cost: 1,
        stored: stored("max-age=60"),
        question: None,
    }));
    assert_eq!(
        hand.tell(Input::Settled {
            flight: FLIGHT,
            kept,
            is_whole: true
        }),
        []
    );
}

proptest! {
    #[test]
    fn a_record_reads_as_it_was_written(
        number: u32, bytes: u32, cost: u32,
        tags in proptest::collection::vec(".{0,9}", 0..4),
        types in proptest::collection::vec("[A-Z][a-z]*:\\PC{0,3}", 0..4),
        groups in proptest::collection::vec("\\PC{0,9}", 0..3),
        is_untyped: bool,
        query in proptest::option::of((any::<[u8; 32]>(), "\\PC{0,20}", "\\PC{0,9}")),
    ) {
        let texts = |list: Vec<String>| list.into_iter().map(Box::from).collect();
        let subject = Subject { url: "".into(), tags: texts(tags), types: texts(types), is_untyped, groups: texts(groups) };
        let question = query.map(|(pool, document, variables)| Question {
            pool: ContentDigest::from_bytes(pool), document, variables,
        });
        let record = Record { number, bytes, cost, subject, stored: stored("max-age=60, stale-if-error=7"), question };
        prop_assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
    }

    #[test]
    fn what_is_not_a_record_reads_as_nothing(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), at: usize, flip in 1u8..) {
        Record::from_bytes(&bytes);
        bytes = record(3, "max-age=60").to_bytes();
        // The head has a check of its own; what stands before it is at worst other numbers and labels.
        let head = bytes.len() - stored("max-age=60").to_bytes().len();
        let at = head + at % (bytes.len() - head);
        bytes[at] ^= flip;
        prop_assert_eq!(Record::from_bytes(&bytes), None);
        Record::from_bytes(&bytes[..at]);
    }
}
