//! How the server is asked about a kept answer, and what its word makes of it, case by case.

use super::clock::{NOON, date};
use super::stored::{S, head, kept, keyed, plain, request, tagged};
use forebay::http::{Head, Headed, Stored, Terms, Use, confirmed};

#[test]
fn how_the_server_is_asked() {
    let modified = date(NOON / 1000 - 60);
    let both = kept(&Head {
        last_modified: Some(modified.clone()),
        ..tagged("", "W/\"a\"")
    });
    assert_eq!(
        both.conditions().collect::<Vec<_>>(),
        [
            ("if-none-match", "W/\"a\""),
            ("if-modified-since", modified.as_str())
        ]
    );
    assert_eq!(kept(&head("")).conditions().count(), 0);
}

fn renewed(stored: &Stored, head: &Head) -> Option<Stored> {
    stored
        .clone()
        .renewed(&request("GET", &[]), head, &Terms::default(), &keyed)
}

#[test]
fn a_304_brings_up_to_date_what_it_says() {
    let stored = kept(&Head {
        age: Some("5".into()),
        cache_groups: Some("\"g\"".into()),
        ..tagged("max-age=10, stale-if-error=7", "\"a\"")
    });
    let later = |cache_control: &str| Head {
        status: 304,
        arrived: NOON + 100 * S,
        ..head(cache_control)
    };
    let silent = renewed(&stored, &later("")).expect("kept");
    assert_eq!(silent.left(NOON + 100 * S).fresh, 10 * S);
    assert!(silent.may_answer_failure(&plain(), NOON + 116 * S, None));
    assert_eq!(silent.groups(), ["g".into()] as [Box<str>; 1]);
    let longer = renewed(
        &stored,
        &Head {
            age: Some("1".into()),
            etag: Some("\"b\"".into()),
            cache_groups: Some("\"h\", \"i\"".into()),
            ..later("max-age=60")
        },
    )
    .expect("kept");
    assert_eq!(longer.left(NOON + 100 * S).fresh, 59 * S);
    assert!(!longer.may_answer_failure(&plain(), NOON + 160 * S, None));
    assert_eq!(
        longer.conditions().collect::<Vec<_>>(),
        [("if-none-match", "\"a\"")]
    );
    assert_eq!(longer.groups().len(), 2);
    assert_eq!(renewed(&stored, &later("no-store")), None);
    assert_eq!(
        renewed(
            &stored,
            &Head {
                vary: Some("*".into()),
                ..later("")
            }
        ),
        None
    );
}

#[test]
fn a_304_with_another_vary_selects_anew() {
    let stored = kept(&head("max-age=1"));
    assert!(stored.matches(&[("x-a", "2")], &keyed));
    let confirmed = stored.renewed(
        &request("GET", &[("x-a", "1")]),
        &Head {
            vary: Some("X-A, Accept".into()),
            ..head("")
        },
        &Terms::default(),
        &keyed,
    );
    let confirmed = confirmed.expect("kept");
    assert_eq!(confirmed.varies_on(), "x-a");
    assert!(
        confirmed.matches(&[("x-a", "1")], &keyed) && !confirmed.matches(&[("x-a", "2")], &keyed)
    );
}

#[test]
fn which_answers_a_304_confirms() {
    let modified = |seconds: u64| Some(date(NOON / 1000 - seconds));
    let at = |seconds, head: Head| {
        kept(&Head {
            arrived: NOON + seconds * S,
            ..head
        })
    };
    let kept = [
        at(0, tagged("", "\"a\"")),
        at(3, tagged("", "\"a\"")),
        at(2, tagged("", "W/\"a\"")),
        at(1, tagged("", "\"b\"")),
        at(
            4,
            Head {
                last_modified: modified(60),
                ..head("")
            },
        ),
        at(
            5,
            Head {
                last_modified: modified(60),
                ..head("")
            },
        ),
    ];
    let all: Vec<&Stored> = kept.iter().collect();
    let with = |head: &Head, asked| confirmed(&all, asked, head);
    assert_eq!(with(&tagged("", "\"a\""), None), [0, 1]);
    assert_eq!(with(&tagged("", "W/\"a\""), None), [1]);
    assert_eq!(with(&tagged("", "\"c\""), None), [] as [usize; 0]);
    assert_eq!(with(&tagged("", "\"c\""), Some(3)), [3]);
    assert_eq!(
        with(
            &Head {
                last_modified: modified(60),
                ..head("")
            },
            None
        ),
        [5]
    );
    assert_eq!(with(&head(""), None), [] as [usize; 0]);
    assert_eq!(with(&head(""), Some(2)), [2]);
    assert_eq!(with(&head(""), Some(9)), [] as [usize; 0]);
    let bare = at(0, head(""));
    assert_eq!(confirmed(&[&bare], None, &head("")), [0]);
    assert_eq!(
        confirmed(&[&bare, &bare], None, &head("")),
        [] as [usize; 0]
    );
}

#[test]
fn what_a_head_says() {
    let long = |length: &str, etag: &str| Head {
        content_length: Some(length.into()),
        ..tagged("max-age=10", etag)
    };
    let stored = kept(&long("7", "\"a\""));
    let after = |head: &Head| stored.after_head(head);
    assert_eq!(after(&long("7", "\"a\"")), Headed::Same);
    assert_eq!(after(&head("max-age=10")), Headed::Same);
    assert_eq!(after(&long("8", "\"a\"")), Headed::Other);
    assert_eq!(after(&long("7", "\"b\"")), Headed::Other);
    let missing = Head {
        status: 404,
        ..long("7", "\"a\"")
    };
    assert_eq!(after(&missing), Headed::Nothing);
    let mut doubtful = stored.clone();
    doubtful.doubt();
    assert_eq!(doubtful.use_for(&plain(), NOON), Use::Validate);
    assert_eq!(doubtful.conditions().count(), 1);
}
