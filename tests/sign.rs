//! `forebay sign`, with keys as openssl writes them. What it signs the page's tests read too (`tests/decisions`).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64_URL;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sign");

fn sign(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_forebay"))
        .arg("sign")
        .args(arguments)
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .current_dir(DATA)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A directory of its own, with a copy of the file that is signed.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(directory.join("a b")).unwrap();
    for name in ["notes.txt", "a b/notes.txt"] {
        std::fs::copy(Path::new(DATA).join("notes.txt"), directory.join(name)).unwrap();
    }
    directory
}

fn list(key: &str, directory: &Path, more: &[&str]) -> (Output, String) {
    let out = directory.join(format!("{key}.jws"));
    let key = format!("{key}.pem");
    let mut arguments = vec!["list", "--key", &key, "--version", "7", "-o"];
    arguments.push(out.to_str().unwrap());
    arguments.extend(more);
    let output = sign(&arguments);
    (output, std::fs::read_to_string(out).unwrap_or_default())
}

fn payload(list: &str) -> serde_json::Value {
    let body = list.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL.decode(body).unwrap()).unwrap()
}

#[test]
fn the_same_list_by_ed25519_is_the_same_to_the_byte() {
    let directory = directory("ed25519");
    let file = format!("notes={}/notes.txt", directory.display());
    let (output, list) = list("ed25519", &directory, &["--days", "36500", &file]);
    assert!(output.status.success(), "{}", said(&output));
    let expected = std::fs::read_to_string(Path::new(DATA).join("ed25519.jws")).unwrap();
    assert_eq!(list, expected);
}

#[test]
fn a_list_by_p256_says_the_same_and_its_signature_is_that_of_the_key() {
    let directory = directory("p256");
    let file = format!("notes={}/notes.txt", directory.display());
    let (output, list) = list("p256", &directory, &["--days", "36500", &file]);
    assert!(output.status.success(), "{}", said(&output));
    let expected = std::fs::read_to_string(Path::new(DATA).join("p256.jws")).unwrap();
    assert_eq!(payload(&list), payload(&expected));

    let key: serde_json::Value =
        serde_json::from_str(&said(&sign(&["key", "--key", "p256.pem"]))).unwrap();
    let mut point = vec![4];
    for coordinate in ["x", "y"] {
        point.extend(
            BASE64_URL
                .decode(key[coordinate].as_str().unwrap())
                .unwrap(),
        );
    }
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    for list in [&list, &expected] {
        let (text, signature) = list.trim_end().rsplit_once('.').unwrap();
        let signature = BASE64_URL.decode(signature).unwrap();
        key.verify(text.as_bytes(), &signature).unwrap();
    }
}

#[test]
fn files_below_get_addresses_and_others_are_refused() {
    let directory = directory("below");
    let below = format!("below={}/a b/notes.txt", directory.display());
    let (output, list_of) = list("ed25519", &directory, &[&below]);
    assert!(output.status.success(), "{}", said(&output));
    let payload = payload(&list_of);
    assert_eq!(payload["files"]["below"]["url"], "./a%20b/notes.txt");
    assert_eq!(payload["exp"], 1_767_225_600 + 90 * 86_400);

    let (output, _) = list("ed25519", &directory, &["other=notes.txt"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("notes.txt: does not lie beside"));
}

#[test]
fn what_is_wrong_is_said() {
    for (arguments, expected) in [
        (
            &["list", "--key", "ed25519.pem", "-o", "x"][..],
            "--version",
        ),
        (&["list", "--key", "ed25519.pem", "--version", "1"], "-o"),
        (
            &["list", "--key", "ed25519.pem", "--version", "-1", "-o", "x"],
            "--version -1: is not a whole number",
        ),
        (
            &["list", "notes.txt"],
            "`notes.txt` is not a name and a file",
        ),
        (&["list", "a=x", "a=y"], "two files of the name `a`"),
        (
            &["key", "--key", "notes.txt"],
            "notes.txt: is no private key",
        ),
        (&["key", "--key", "nowhere.pem"], "nowhere.pem: "),
        (&["show"], "`show` is neither `list` nor `key`"),
    ] {
        let output = sign(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let said = said(&output);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}
