//! The command line: what it writes, and with which status it ends.

use std::path::PathBuf;
use std::process::{Command, Output};

fn file(name: &str) -> String {
    format!("{}/tests/data/policy/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_forebay"));
    command.arg("policy").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).unwrap()
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn compile_writes_the_program_and_says_what_is_in_it() {
    let out = scratch("items.fbpt");
    let _ = std::fs::remove_file(&out);
    let (policies, schema) = (file("items.cedar"), file("items.cedarschema"));
    let output = run(&[
        "compile",
        &policies,
        "--schema",
        &schema,
        "-o",
        out.to_str().unwrap(),
        "--explain",
    ]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(
        std::fs::read(&out).unwrap(),
        std::fs::read(file("items.fbpt")).unwrap()
    );
    for part in [
        "20 policies",
        "forbid \"tenant\", 2 steps, in 1 of 1 environments",
        "forbid tenant: nobody sees what belongs to another tenant",
        "when not resource.tenant == principal.tenant",
        "resource.embargo: Long",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

#[test]
fn check_writes_nothing() {
    let (policies, schema) = (scratch("some.cedar"), file("items.cedarschema"));
    std::fs::write(&policies, "permit (principal, action, resource);").unwrap();
    let output = run(&["check", policies.to_str().unwrap(), "--schema", &schema]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!policies.with_extension("fbpt").exists());
}

#[test]
fn what_is_wrong_ends_with_a_status_and_a_place() {
    let (policies, schema) = (scratch("wrong.cedar"), file("items.cedarschema"));
    let name = policies.to_str().unwrap();
    std::fs::write(
        &policies,
        "permit (principal, action, resource)\nwhen { resource.owner.tenant == \"x\" };",
    )
    .unwrap();
    let output = run(&["compile", name, "--schema", &schema]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("wrong.cedar:2:8"), "{text}");
    assert!(text.contains("1 error, nothing was written"), "{text}");
    assert!(!policies.with_extension("fbpt").exists());
    for (arguments, part) in [
        (&["check", name][..], "--schema"),
        (&["mend", name], "neither `check` nor `compile`"),
        (&["check", name, "--schema"], "needs a file"),
        (&["check", name, name, "--schema", &schema], "one too many"),
        (
            &["check", name, "--schema", &schema, "-o", "x"],
            "not known here",
        ),
    ] {
        let output = run(arguments);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(part), "{part}\n{text}");
    }
    let output = run(&["check", "nowhere.cedar", "--schema", &schema]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("nowhere.cedar"));
}
