//! The bytes of a program do not change unnoticed: pages and build tools of one version must understand each other.

use forebay::policy::{Source, compile};

/// `UPDATE_EXPECT=1` writes the program anew.
#[test]
fn the_program_of_the_items_is_the_one_that_is_kept() {
    let file = |name: &str| format!("{}/tests/data/policy/{name}", env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let (policies, schema) = (read("items.cedar"), read("items.cedarschema"));
    let source = |name, text| Source { name, text };
    let compiled = compile(
        source("items.cedar", &policies),
        source("items.cedarschema", &schema),
    )
    .unwrap();
    assert_eq!((compiled.policies.len(), compiled.warnings.len()), (20, 0));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(file("items.fbpt"), &compiled.bytes).unwrap();
    }
    assert!(compiled.bytes == std::fs::read(file("items.fbpt")).unwrap());
}
