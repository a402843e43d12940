//! How long it takes, beside a closure written by hand for the same: medians, printed.
//!
//! `cargo test --release --test permit speed -- --ignored --nocapture`

use super::table::build;
use forebay::permit::{Call, Columns, Program, Residual, Root, Value, places};
use serde_json::json;
use std::hint::black_box;
use std::time::Instant;

struct Item {
    kind: &'static str,
    sensitivity: i64,
    tenant: &'static str,
    region: &'static str,
    owner: &'static str,
    sealed: bool,
    embargo: Option<i64>,
}

const KINDS: [&str; 8] = [
    "lab", "note", "invoice", "message", "scan", "order", "task", "letter",
];
const REGIONS: [&str; 4] = ["north", "restricted-south", "west", "restricted-north"];

fn items(count: usize) -> Vec<Item> {
    let mut seed: u64 = 7;
    let mut below = |count: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((seed >> 33) % count) as usize
    };
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(Item {
            kind: KINDS[below(8)],
            sensitivity: below(6) as i64,
            tenant: ["blue", "green"][below(2) * below(2)],
            region: REGIONS[below(4)],
            owner: ["ann", "ben", "cem"][below(3)],
            sealed: below(10) == 0,
            embargo: (below(5) == 0).then(|| below(100) as i64),
        });
    }
    items
}

fn columns(program: &Program, items: &[Item]) -> Columns {
    let mut columns = Columns::new(items.len());
    for need in program.needs() {
        if need.root != Root::Resource {
            continue;
        }
        let column = columns.add(need.name, need.kind, need.of);
        for (row, item) in items.iter().enumerate() {
            let value = match need.name {
                "kind" => Value::Text(item.kind),
                "sensitivity" => Value::Number(item.sensitivity as f64),
                "tenant" => Value::Text(item.tenant),
                "region" => Value::Text(item.region),
                "owner" => Value::Entity("User", item.owner),
                "sealed" => Value::Flag(item.sealed),
                "embargo" => item
                    .embargo
                    .map_or(Value::Missing, |time| Value::Number(time as f64)),
                other => panic!("{other}"),
            };
            columns.put(column, row, &value);
        }
        columns.check(column);
    }
    columns
}

/// What the twenty policies say of Ann, a nurse and an administrator.
fn permits(item: &Item, now: i64, clearance: i64) -> bool {
    let most = match item.kind {
        "lab" => 1,
        "note" => clearance.max(2),
        "invoice" | "letter" | "task" => clearance,
        "scan" => 3,
        "order" => 4,
        _ => return false,
    };
    let permitted = item.sensitivity <= most;
    permitted
        && item.tenant == "blue"
        && !(item.sealed && item.owner != "ann")
        && item.embargo.is_none_or(|embargo| now >= embargo)
        && !(item.region.starts_with("restricted-") && item.region != "restricted-north")
}

/// The median of many runs, in microseconds.
fn median<T>(mut run: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..301)
        .map(|_| {
            let begun = Instant::now();
            black_box(run());
            begun.elapsed().as_nanos() as f64 / 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[150]
}

#[test]
#[ignore = "measures; run it with --release and --nocapture"]
fn twenty_policies_over_a_thousand_items() {
    let program = Program::load(include_bytes!("../data/policy/items.fbpt")).unwrap();
    let items = items(1_000);
    let attributes = [
        ("tenant", Value::Text("blue")),
        ("region", Value::Text("restricted-north")),
        ("clearance", Value::Number(3.0)),
    ];
    let context = [("now", Value::Number(50.0)), ("mfa", Value::Flag(true))];
    let call = Call {
        principal_type: "User",
        principal: "ann",
        parents: &[("Role", "nurse"), ("Role", "admin")],
        attributes: &attributes,
        action: "view",
        context: &context,
        resource_type: "Item",
    };
    let mut kept = columns(&program, &items);
    let blocks = kept.blocks();
    let decided = Residual::of_policies(&program, &mut kept, &call).decide(0..blocks);
    let by_hand = || -> Vec<u32> {
        let permitted = items
            .iter()
            .enumerate()
            .filter(|(_, item)| permits(item, black_box(50), black_box(3)));
        permitted.map(|(row, _)| row as u32).collect()
    };
    println!("{} of 1,000 items permitted", places(&decided.yes).len());
    let load = median(|| Program::load(include_bytes!("../data/policy/items.fbpt")));
    let reduce = median(|| {
        Residual::of_policies(&program, &mut kept, &call);
    });
    let whole = median(|| Residual::of_policies(&program, &mut kept, &call).decide(0..blocks));
    let closure = median(by_hand);
    let fill = median(|| columns(&program, &items));
    println!(
        "load {load:.1} µs, reduce {reduce:.1} µs, reduce and decide {whole:.1} µs, closure {closure:.1} µs, columns from items {fill:.1} µs"
    );
    assert_eq!(places(&decided.yes), by_hand());
}

#[test]
#[ignore = "measures; run it with --release and --nocapture"]
fn three_predicates_over_ten_thousand_rows() {
    let items = items(10_000);
    let predicates = [
        json!({ "field": "sensitivity", "ge": 2, "lt": 5 }),
        json!({ "field": "kind", "in": ["lab", "scan", "letter"] }),
        json!({ "field": "region", "contains": "south" }),
    ];
    let all = json!({ "and": predicates });
    let holds = |item: &Item| {
        (2..5).contains(&item.sensitivity)
            && matches!(item.kind, "lab" | "scan" | "letter")
            && item.region.contains("south")
    };
    let build_time = median(|| build(&all));
    let program = Program::load(&build(&all).unwrap()).unwrap();
    let mut kept = columns(&program, &items);
    let blocks = kept.blocks();
    let chosen = places(
        &Residual::of_predicate(&program, &mut kept)
            .decide(0..blocks)
            .yes,
    );
    let by_hand = || -> Vec<u32> {
        let rows = items.iter().enumerate().filter(|(_, item)| holds(item));
        rows.map(|(row, _)| row as u32).collect()
    };
    let whole = median(|| {
        places(
            &Residual::of_predicate(&program, &mut kept)
                .decide(0..blocks)
                .yes,
        )
    });
    println!("{} of 10,000 rows chosen", chosen.len());
    println!(
        "build {build_time:.1} µs, decide {whole:.1} µs, closure {:.1} µs",
        median(by_hand)
    );
    assert_eq!(chosen, by_hand());
}
