//! What holds for every head, request and moment, and for every sequence of bytes.

use super::clock::{NOON, date};
use forebay::fingerprint::Request;
use forebay::http::{Demand, Head, Mode, Stored, Terms, Use, Variance, keep};
use proptest::prelude::*;
use proptest::sample::select;

fn field(values: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    proptest::option::of(prop_oneof![
        4 => select(values).prop_map(str::to_owned),
        1 => "[ -~]{0,24}",
    ])
}

/// Seconds before or after noon, as a date.
fn moment() -> impl Strategy<Value = Option<String>> {
    let near = -100_000_i64..100_000;
    proptest::option::of(near.prop_map(|s| date((NOON / 1000).saturating_add_signed(s))))
}

fn head() -> impl Strategy<Value = Head> {
    const CONTROL: &[&str] = &[
        "max-age=60",
        "private, max-age=600",
        "max-age=1, stale-while-revalidate=60, stale-if-error=600",
        "no-cache",
        "public, immutable, max-age=9",
        "max-age=5, must-revalidate",
    ];
    let times = (moment(), moment(), moment(), field(&["0", "7", "70"]));
    let texts = (
        field(CONTROL),
        field(&["\"a\"", "W/\"a\"", "b"]),
        field(&["x-a", "X-A, X-B", "*"]),
        field(&["\"a\", \"b\"", "a"]),
        field(&["params", "key-order, params=(\"x\")"]),
        field(&["12", "x"]),
        field(&["bytes 0-4/10", "bytes 0-4/*"]),
    );
    let status = select(&[200_u16, 204, 206, 404, 410, 503, 599][..]);
    (times, texts, status, any::<bool>(), 0_u64..3_000).prop_map(
        |(times, texts, status, filtered, delay)| Head {
            status,
            filtered,
            requested: NOON - delay,
            arrived: NOON,
            date: times.0,
            expires: times.1,
            last_modified: times.2,
            age: times.3,
            cache_control: texts.0,
            etag: texts.1,
            vary: texts.2,
            cache_groups: texts.3,
            no_vary_search: texts.4,
            content_length: texts.5,
            content_range: texts.6,
            ..Head::default()
        },
    )
}

/// Milliseconds, often few.
fn after() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..5_000, 0_u64..100_000, 0_u64..200_000_000]
}

const ASKED: [(&str, &str); 2] = [("Range", "bytes=0-4"), ("X-A", "1")];

fn request<'a>(headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
    Request {
        method: "GET",
        url: "https://a.test/",
        headers,
        body: None,
        credentials: "same-origin",
    }
}

fn kept(head: &Head, terms: &Terms) -> Option<Stored> {
    let request = request(&ASKED);
    let demand = Demand::read(&request, Mode::Default);
    keep(&request, &demand, head, terms, &|name| name == "range").ok()
}

fn plain() -> Demand {
    Demand::read(&request(&[]), Mode::Default)
}

/// How much an answer is trusted.
fn trust(usage: Use) -> u8 {
    match usage {
        Use::Fresh => 3,
        Use::WhileRevalidating => 2,
        Use::Stale => 1,
        Use::Validate | Use::No => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_is_read(head in head(), ttl in proptest::option::of(any::<u64>())) {
        let terms = Terms { ttl, ..Terms::default() };
        if let Some(stored) = kept(&head, &terms) {
            let bytes = stored.to_bytes();
            prop_assert_eq!(Stored::from_bytes(&bytes), Some(stored));
            prop_assert!(bytes.len() <= 64 + [&head.etag, &head.last_modified, &head.vary, &head.cache_groups, &head.no_vary_search]
                .into_iter().flatten().map(String::len).sum::<usize>() + 64);
        }
    }

    #[test]
    fn damage_reads_as_nothing(head in head(), at in any::<prop::sample::Index>(), with in 1_u8.., cut in any::<prop::sample::Index>()) {
        if let Some(stored) = kept(&head, &Terms::default()) {
            let mut bytes = stored.to_bytes();
            let place = at.index(bytes.len());
            bytes[place] ^= with;
            prop_assert_eq!(Stored::from_bytes(&bytes), None);
            bytes[place] ^= with;
            bytes.truncate(cut.index(bytes.len()));
            prop_assert_eq!(Stored::from_bytes(&bytes), None);
        }
    }

    #[test]
    fn foreign_bytes_are_harmless(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), start in any::<bool>()) {
        if start && !bytes.is_empty() {
            bytes[0] = 1;
        }
        let check = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        // Without its check, and with the right one.
        prop_assert_eq!(Stored::from_bytes(&bytes), None);
        bytes.extend(check.to_le_bytes());
        if let Some(stored) = Stored::from_bytes(&bytes) {
            prop_assert_eq!(Stored::from_bytes(&stored.to_bytes()), Some(stored.clone()));
            let _ = (stored.use_for(&plain(), NOON), stored.left(NOON), stored.groups(), stored.variance());
        }
    }

    #[test]
    fn nothing_grows_fresher(head in head(), first in after(), later in after()) {
        if let Some(stored) = kept(&head, &Terms::default()) {
            let usage = |after| stored.use_for(&plain(), NOON + after);
            prop_assert!(trust(usage(first)) >= trust(usage(first + later)));
            // A clock that was set back proves nothing.
            prop_assert_eq!(trust(stored.use_for(&plain(), NOON - 2_000 - first)), 0);
        }
    }

    #[test]
    fn what_is_left_is_what_is_used(head in head(), after in after()) {
        if let Some(stored) = kept(&head, &Terms::default()) {
            let left = stored.left(NOON);
            let expected = if after < left.fresh {
                Use::Fresh
            } else if after < left.fresh + left.stale {
                Use::WhileRevalidating
            } else {
                Use::Validate
            };
            prop_assert_eq!(stored.use_for(&plain(), NOON + after), expected);
        }
    }

    /// Of one answer, once with all fields and once with those that the browser shows across origins. Servers' clocks
    /// are right here, and what is `private` comes from no cache.
    #[test]
    fn what_is_hidden_makes_nothing_fresher(head in head(), aged in 0_u64..2_000, after in after()) {
        let is_private = head.cache_control.as_deref().is_some_and(|control| control.contains("private"));
        let aged = if is_private { 0 } else { aged };
        let whole = Head {
            filtered: false,
            date: Some(date(NOON / 1000 - aged)),
            age: Some(aged.to_string()),
            ..head.clone()
        };
        let hidden = Head {
            filtered: true, age: None, date: None, etag: None, vary: None, cache_groups: None, no_vary_search: None,
            ..head
        };
        if let (Some(hidden), Some(whole)) = (kept(&hidden, &Terms::default()), kept(&whole, &Terms::default())) {
            let usage = |stored: &Stored| trust(stored.use_for(&plain(), NOON + after));
            prop_assert!(usage(&hidden) <= usage(&whole), "{hidden:?}\n{whole:?}");
            let fails = |stored: &Stored| stored.may_answer_failure(&plain(), NOON + after, None);
            prop_assert!(fails(&hidden) <= fails(&whole) || usage(&whole) > 0);
        }
    }

    #[test]
    fn without_variance_nothing_is_merged(field in "[ -~]{0,30}", one in "[a-c=&%0-2+]{0,8}", other in "[a-c=&%0-2+]{0,8}") {
        if let Some(variance) = Variance::parse(&field) {
            let url = |query: &str| format!("https://a.test/?{query}");
            prop_assert_eq!(variance.is_same(&url(&one), &url(&other)), variance.is_same(&url(&other), &url(&one)));
            prop_assert!(variance.is_same(&url(&one), &url(&one)));
        }
    }
}
