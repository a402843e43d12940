//! GraphQL documents of a stranger, with variables, with and without types: no input may panic or take long; what is read
//! holds itself, prints to what reads the same, and its answer can be cut out of its own.
#![no_main]

use forebay::graphql::{Operation, Reading, Types, read};
use libfuzzer_sys::fuzz_target;

/// Names that a mutator finds in its inputs sooner or later.
fn types() -> Types {
    let mut types = Types::default();
    types.declare("Query", &[("a", "A"), ("b", "B"), ("i", "I")], &[]);
    types.declare("A", &[("a", "A"), ("b", "B")], &[]);
    types.declare("B", &[("a", "I")], &[]);
    types.declare("I", &[("a", "A")], &["A", "B"]);
    types
}

fuzz_target!(|input: (&str, &str, bool)| {
    let (document, variables, typed) = input;
    let types = if typed { types() } else { Types::default() };
    let reading = match read(document, None, variables, &types) {
        Err(wrong) => return assert!(wrong.line > 0 && wrong.column > 0 && !wrong.message.is_empty()),
        Ok(reading) => reading,
    };
    let Reading::Query(operation) = reading else { return };
    assert!(operation.contains(&operation));
    assert!(operation.projection(&[&operation]).is_some());
    assert_eq!(operation.without(&[&operation]), None);
    let united = Operation::unite(&[&operation]).expect("an operation is not empty");
    assert!(united.contains(&operation) && united.projection(&[&united]).is_some());
    let (text, values) = united.print();
    match read(&text, None, &values, &types) {
        Ok(Reading::Query(again)) => assert_eq!(again.normal_form(), united.normal_form(), "{text}"),
        other => panic!("{text} {values}: {other:?}"),
    }
});
