//! Any tokens as a predicate: either they are refused with a place, or what is made of them loads and can be run.
#![no_main]

use forebay::permit::{Columns, PredicateBuilder, Program, Residual, Root, Sort, Token, Verdict};
use libfuzzer_sys::fuzz_target;

const KEYS: [&str; 20] = [
    "and",
    "or",
    "not",
    "field",
    "fold",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "in",
    "has",
    "hasAny",
    "hasAll",
    "contains",
    "startsWith",
    "endsWith",
    "null",
    "other",
];
const SORTS: [Sort; 6] = [
    Sort::Object,
    Sort::List,
    Sort::Text,
    Sort::Number,
    Sort::Flag,
    Sort::Null,
];
const TEXTS: [&str; 5] = ["", "a", "b", "ab", "ä"];
const NUMBERS: [f64; 6] = [0.0, 1.0, -3.5, f64::NAN, f64::INFINITY, 1e300];

fuzz_target!(|data: &[u8]| {
    let (tokens, values) = data.split_at(data.len() * 3 / 4);
    let mut builder = PredicateBuilder::default();
    let mut depth = 0;
    for (number, bytes) in tokens.chunks_exact(3).enumerate() {
        let [shape, key, value] = [bytes[0], bytes[1], bytes[2]].map(usize::from);
        // Mostly one deeper than an object or a list, else as deep or less deep.
        let token = Token {
            depth: if number == 0 { 0 } else { depth },
            path: "predicate",
            key: KEYS[key % KEYS.len()],
            sort: if number == 0 && shape % 8 > 0 {
                Sort::Object
            } else {
                SORTS[shape % SORTS.len()]
            },
            text: TEXTS[value % TEXTS.len()],
            number: NUMBERS[value % NUMBERS.len()],
        };
        if let Err(mistake) = builder.take(&token) {
            assert!(!mistake.what.is_empty());
            return;
        }
        let opens = matches!(token.sort, Sort::Object | Sort::List);
        depth = if opens && shape < 240 {
            token.depth + 1
        } else {
            token.depth.saturating_sub(shape / 64)
        };
    }
    let Ok(bytes) = builder.finish() else { return };
    let program = Program::load(&bytes).expect("what the builder makes is a program");
    let mut columns = Columns::new(70);
    for text in TEXTS {
        columns.intern(text);
    }
    let mut values = values.iter().copied().cycle();
    let mut next = || match values.next().unwrap_or(9) % 16 {
        0 => f64::NAN,
        1 => f64::NEG_INFINITY,
        2 => f64::INFINITY,
        3 => 0.5,
        byte => f64::from(byte) - 6.0,
    };
    for need in program.needs() {
        assert_eq!(need.root, Root::Resource);
        let column = columns.add(need.name, need.kind, need.of);
        columns
            .values_mut(column)
            .iter_mut()
            .for_each(|value| *value = next());
        columns
            .items_mut(column)
            .unwrap()
            .extend([0.0, 1.0, 2.0, 3.0, 4.0, 1.0]);
        columns.check(column);
    }
    let residual = Residual::of_predicate(&program, &mut columns);
    let decisions = residual.decide(0..2);
    for row in (0..70).step_by(23) {
        let bit = |bits: &[u64]| bits[row / 64] >> (row % 64) & 1 == 1;
        let verdict = residual.why(row).verdict;
        assert_eq!(bit(&decisions.yes), verdict == Verdict::Permitted);
        assert_eq!(bit(&decisions.undecided), verdict == Verdict::Undecided);
    }
});
