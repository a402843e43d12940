//! What is kept of an answer, and what it may be used for, case by case.

use super::clock::{NOON, date};
use forebay::fingerprint::Request;
use forebay::http::{Demand, Head, Lifetime, Mode, Stored, Terms, Unkept, Use, answers_get, keep};

pub const S: u64 = 1_000;

pub fn request<'a>(method: &'a str, headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
    Request {
        method,
        url: "https://a.test/x",
        headers,
        body: None,
        credentials: "same-origin",
    }
}

pub fn keyed(name: &str) -> bool {
    name == "accept"
}

pub fn head(cache_control: &str) -> Head {
    Head {
        status: 200,
        arrived: NOON,
        cache_control: (!cache_control.is_empty()).then(|| cache_control.into()),
        ..Head::default()
    }
}

pub fn tagged(cache_control: &str, etag: &str) -> Head {
    Head {
        etag: Some(etag.into()),
        ..head(cache_control)
    }
}

fn demand(control: &str, mode: Mode) -> Demand {
    let headers = [("cache-control", control)];
    let headers = if control.is_empty() {
        &[][..]
    } else {
        &headers
    };
    Demand::read(&request("GET", headers), mode)
}

pub fn plain() -> Demand {
    demand("", Mode::Default)
}

fn try_keep(method: &str, head: &Head, terms: &Terms) -> Result<Stored, Unkept> {
    keep(&request(method, &[]), &plain(), head, terms, &keyed)
}

pub fn kept(head: &Head) -> Stored {
    try_keep("GET", head, &Terms::default()).expect("may be kept")
}

fn use_after(cache_control: &str, seconds: u64) -> Use {
    kept(&head(cache_control)).use_for(&plain(), NOON + seconds * S)
}

#[test]
fn fresh_then_usable_then_not() {
    let swr = "max-age=10, stale-while-revalidate=20";
    assert_eq!(
        [0, 9, 10, 29, 30].map(|seconds| use_after(swr, seconds)),
        [
            Use::Fresh,
            Use::Fresh,
            Use::WhileRevalidating,
            Use::WhileRevalidating,
            Use::Validate
        ]
    );
    assert_eq!(
        use_after("max-age=10, stale-while-revalidate=20, must-revalidate", 10),
        Use::Validate
    );
    assert_eq!(
        use_after("no-cache, max-age=10, stale-while-revalidate=20", 0),
        Use::Validate
    );
    assert_eq!(use_after("no-cache=\"x\", max-age=10", 0), Use::Fresh);
    let aged = Head {
        age: Some("25".into()),
        ..head(swr)
    };
    let stored = kept(&aged);
    assert_eq!(
        stored.use_for(&plain(), NOON + 4 * S),
        Use::WhileRevalidating
    );
    assert_eq!(stored.use_for(&plain(), NOON + 5 * S), Use::Validate);
    assert_eq!(stored.age_field(NOON + 4_999), 29);
    assert_eq!(
        stored.left(NOON),
        Lifetime {
            fresh: 0,
            stale: 5 * S
        }
    );
}

#[test]
fn what_a_request_demands() {
    let stored = kept(&head("max-age=60, stale-while-revalidate=60"));
    for (control, seconds, expected) in [
        ("max-age=30", 30, Use::Fresh),
        ("max-age=30", 31, Use::Validate),
        ("min-fresh=30", 30, Use::Fresh),
        ("min-fresh=30", 31, Use::Validate),
        ("min-fresh=0", 61, Use::WhileRevalidating),
        ("max-age=100", 61, Use::WhileRevalidating),
        ("max-age=30", 61, Use::Validate),
        ("max-stale=100", 160, Use::Stale),
        ("max-stale=100", 161, Use::Validate),
        ("max-stale", 9_999, Use::Stale),
        ("max-stale, max-age=100", 130, Use::Validate),
        ("no-cache", 0, Use::Validate),
        ("no-store", 0, Use::No),
    ] {
        assert_eq!(
            stored.use_for(&demand(control, Mode::Default), NOON + seconds * S),
            expected,
            "{control} after {seconds} s"
        );
    }
    let strict = kept(&head("max-age=1, must-revalidate"));
    assert_eq!(
        strict.use_for(&demand("max-stale", Mode::Default), NOON + 9 * S),
        Use::Validate
    );
}

#[test]
fn cache_modes() {
    let uses = |stored: &Stored, seconds: u64| {
        let modes = [
            Mode::Default,
            Mode::NoStore,
            Mode::Reload,
            Mode::NoCache,
            Mode::ForceCache,
            Mode::OnlyIfCached,
        ];
        modes.map(|mode| stored.use_for(&demand("", mode), NOON + seconds * S))
    };
    let stored = kept(&head("max-age=60"));
    assert_eq!(
        uses(&stored, 0),
        [
            Use::Fresh,
            Use::No,
            Use::No,
            Use::Validate,
            Use::Fresh,
            Use::Fresh
        ]
    );
    assert_eq!(
        uses(&stored, 60),
        [
            Use::Validate,
            Use::No,
            Use::No,
            Use::Validate,
            Use::Stale,
            Use::Stale
        ]
    );
    let certain = kept(&head("max-age=60, immutable"));
    assert_eq!(uses(&certain, 0)[3], Use::Fresh);
    assert_eq!(uses(&certain, 60)[3], Use::Validate);
    assert_eq!(
        certain.use_for(&demand("no-cache", Mode::NoCache), NOON),
        Use::Validate
    );
    assert_eq!(
        keep(
            &request("GET", &[]),
            &demand("", Mode::NoStore),
            &head("max-age=60"),
            &Terms::default(),
            &keyed
        ),
        Err(Unkept::Request)
    );
}

#[test]
fn when_the_server_fails() {
    let may = |cache_control: &str, control: &str, seconds: u64, status| {
        kept(&head(cache_control)).may_answer_failure(
            &demand(control, Mode::Default),
            NOON + seconds * S,
            status,
        )
    };
    let sie = "max-age=10, stale-if-error=20";
    for status in [None, Some(500), Some(502), Some(503), Some(504)] {
        assert!(may(sie, "", 29, status), "{status:?}");
        assert!(!may(sie, "", 30, status), "{status:?}");
    }
    for status in [404, 429, 501] {
        assert!(!may(sie, "", 0, Some(status)), "{status}");
    }
    assert!(may("max-age=10", "stale-if-error=20", 29, None));
    assert!(!may("max-age=10", "", 11, None));
    assert!(!may(sie, "no-cache", 0, None));
    assert!(!may(
        "max-age=10, stale-if-error=20, must-revalidate",
        "",
        11,
        None
    ));
    assert!(!may("no-cache, stale-if-error=20", "", 0, None));
}

#[test]
fn what_is_kept_at_all() {
    let verdict = |status, cache_control| {
        try_keep(
            "GET",
            &Head {
                status,
                ..head(cache_control)
            },
            &Terms::default(),
        )
        .err()
    };
    for status in [200, 203, 204, 301, 404, 405, 410, 414, 501] {
        assert_eq!(verdict(status, ""), None, "{status}");
    }
    for status in [201, 302, 307, 400, 401, 403, 429, 500, 503, 599] {
        assert_eq!(verdict(status, ""), Some(Unkept::Unsaid), "{status}");
        for said in ["max-age=1", "public", "private"] {
            assert_eq!(verdict(status, said), None, "{status} {said}");
        }
    }
    for status in [0, 101, 304, 600] {
        assert_eq!(
            verdict(status, "max-age=1"),
            Some(Unkept::Status),
            "{status}"
        );
    }
    assert_eq!(verdict(200, "max-age=1, no-store"), Some(Unkept::NoStore));
    assert_eq!(verdict(200, "max-age=1, no-store, must-understand"), None);
    assert_eq!(
        verdict(599, "max-age=1, no-store, must-understand"),
        Some(Unkept::Status)
    );
    assert_eq!(verdict(206, "max-age=1"), Some(Unkept::Part));
    let star = Head {
        vary: Some("*".into()),
        ..head("max-age=1")
    };
    assert_eq!(
        try_keep("GET", &star, &Terms::default()),
        Err(Unkept::VariesOnEverything)
    );
    assert!(!kept(&head("")).is_useful());
    assert!(kept(&tagged("", "\"a\"")).is_useful());
    assert!(kept(&head("max-age=1")).is_useful());
}

#[test]
fn methods() {
    let verdict =
        |method, cache_control| try_keep(method, &head(cache_control), &Terms::default()).err();
    for method in ["GET", "HEAD", "QUERY"] {
        assert_eq!(verdict(method, ""), None);
    }
    assert_eq!(verdict("POST", ""), Some(Unkept::Method));
    assert_eq!(verdict("POST", "max-age=1"), None);
    assert_eq!(verdict("PUT", "max-age=1"), Some(Unkept::Method));
    let located = |location: &str| Head {
        content_location: Some(location.into()),
        ..head("max-age=1")
    };
    let url = "https://a.test/x";
    assert!(answers_get("POST", url, &located(url)));
    assert!(!answers_get("POST", url, &located("https://a.test/y")));
    assert!(!answers_get("PUT", url, &located(url)));
    assert!(!answers_get("POST", url, &head("max-age=1")));
    let heuristic = Head {
        cache_control: None,
        ..located(url)
    };
    assert!(!answers_get("POST", url, &heuristic), "nothing explicit");
}

#[test]
fn the_hosts_terms() {
    let with = |cache_control: &str, terms: &Terms| {
        let aged = Head {
            age: Some("9".into()),
            ..head(cache_control)
        };
        try_keep("GET", &aged, terms).map(|stored| stored.left(NOON).fresh / S)
    };
    let ttl = Terms {
        ttl: Some(50 * S),
        ..Terms::default()
    };
    assert_eq!(with("max-age=1", &ttl), Ok(50));
    assert_eq!(with("no-cache", &ttl), Ok(50));
    assert_eq!(with("no-store", &ttl), Err(Unkept::NoStore));
    let otherwise = Terms {
        otherwise: Some(50 * S),
        ..Terms::default()
    };
    assert_eq!(with("", &otherwise), Ok(41));
    assert_eq!(with("max-age=20", &otherwise), Ok(11));
    let never = Terms {
        never_store: true,
        ..ttl
    };
    assert_eq!(with("max-age=1", &never), Err(Unkept::Rule));
}

#[test]
fn who_may_see_it() {
    assert!(kept(&head("public, max-age=1")).is_public());
    assert!(!kept(&head("max-age=1")).is_public());
    assert!(!kept(&head("public, private, max-age=1")).is_public());
}

#[test]
fn of_unknown_age() {
    let hidden = Head {
        filtered: true,
        expires: Some(date(NOON / 1000 + 60)),
        ..head("stale-while-revalidate=600, stale-if-error=600")
    };
    let stored = kept(&hidden);
    assert_eq!(
        stored.left(NOON),
        Lifetime {
            fresh: 60 * S,
            stale: 0
        }
    );
    assert_eq!(
        stored.use_for(&demand("max-age=30", Mode::Default), NOON),
        Use::Validate
    );
    assert!(!stored.may_answer_failure(&plain(), NOON + 61 * S, None));
    assert_eq!(stored.varies_on(), "*");
    assert!(stored.matches(&[("accept", "a")], &keyed) && !stored.matches(&[("x-a", "1")], &keyed));
    let said = |cache_control: &str| Head {
        cache_control: Some(cache_control.into()),
        ..hidden.clone()
    };
    assert_eq!(kept(&said("max-age=600")).left(NOON).fresh, 0);
    let private = kept(&said("private, max-age=600"));
    assert_eq!(private.left(NOON).fresh, 600 * S);
    let exposed = Head {
        age: Some("0".into()),
        vary: Some("accept".into()),
        ..said("max-age=600, stale-while-revalidate=600")
    };
    assert_eq!(
        kept(&exposed).left(NOON),
        Lifetime {
            fresh: 600 * S,
            stale: 600 * S
        }
    );
    assert_eq!(kept(&exposed).varies_on(), "");
}

/// Ten thousand of them are in memory; an API's usual answer has an entity tag and a date.
#[test]
fn it_is_small() {
    let usual = kept(&Head {
        last_modified: Some(date(NOON / 1000 - 60)),
        date: Some(date(NOON / 1000)),
        vary: Some("X-Tenant".into()),
        ..tagged(
            "private, max-age=60, stale-while-revalidate=600",
            "\"0123456789abcdef\"",
        )
    });
    assert!(size_of::<Stored>() <= 176, "{}", size_of::<Stored>());
    let bytes = usual.to_bytes().len();
    assert!(bytes <= 112, "{bytes}");
}
