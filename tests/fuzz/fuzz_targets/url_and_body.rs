//! URLs and bodies of a stranger: no input may panic, normalising twice changes nothing, and canonical JSON means
//! what the body meant.
#![no_main]

use forebay::fingerprint::{Request, Rules, normalise, normalise_url};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const TYPES: [&str; 4] = ["application/json", "application/x-www-form-urlencoded", "text/plain", "application/a+json;b"];

fuzz_target!(|input: (&str, &str, u8)| {
    let (url, body, kind) = input;
    let once = normalise_url(url);
    assert_eq!(normalise_url(&once), once);

    let ignored = [Box::from("a"), Box::from("b")];
    let rules = Rules {
        any_query_order: kind & 4 != 0,
        numbers_by_value: kind & 8 != 0,
        ignored_parameters: if kind & 16 != 0 { &ignored } else { &[] },
        ignored_members: if kind & 32 != 0 { &ignored } else { &[] },
        ..Rules::default()
    };
    let headers = [("content-type", TYPES[usize::from(kind & 3)]), ("authorization", body)];
    let request = Request { method: "POST", url, headers: &headers, body: Some(body.as_bytes()), credentials: "omit" };
    let Ok(form) = normalise(&request, &rules) else {
        assert!(serde_json::from_str::<Value>(body).is_err(), "refused, and JSON: {body}");
        return;
    };
    let parts = form.parts();
    let Some((_, json)) = parts.iter().find(|(name, _)| *name == "json body") else { return };
    if kind & 40 == 0 {
        let (ours, theirs) = (serde_json::from_str::<Value>(json), serde_json::from_str::<Value>(body));
        assert_eq!(ours.unwrap(), theirs.unwrap());
    }
    let again = Request { body: Some(json.as_bytes()), ..request };
    if kind & 8 == 0 {
        let again = normalise(&again, &rules).expect("canonical JSON is JSON").parts();
        assert_eq!(again.last(), parts.last());
    }
});
