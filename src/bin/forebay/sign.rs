//! `forebay sign`: lists of files that pages believe, because their maker has signed them.
//!
//! A list is a compact JWS (RFC 7515), signed by EdDSA (Ed25519) or ES256 (ECDSA over P-256): whoever has a library for
//! these can make and check one. It says
//! `{"version": 12, "exp": 1798761600, "files": {"inbox": {"url": "inbox.forebay", "sha256": "…"}}}`.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64_URL};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::path::{Component, Path};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const USAGE: &str = "\
usage: forebay sign list --key <private.pem> --version <number> [--days 90] -o <list.jws> <name>=<file>…
       forebay sign key  --key <private.pem>

list  Signs a list of files, each with its SHA-256, for `decisions.manifest` in the page. Files lie beside the list or
      below, and are fetched from there. A list of a lower version than one that a page has seen is refused there; so is
      one that is older than --days. SOURCE_DATE_EPOCH is taken for the time, if it is set.
key   Prints the public key as a page takes it (`trust`).

A key is made by `openssl genpkey -algorithm ed25519 -out private.pem`, or, for browsers without Ed25519 (Chromium before
137, Firefox before 129, Safari before 17), by
`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem`.";

pub(crate) fn run(arguments: &[String]) -> ExitCode {
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("error: {wrong}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match options.work() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            eprintln!("error: {wrong}");
            ExitCode::FAILURE
        }
    }
}

struct Options<'a> {
    key: &'a str,
    /// Without one the key is asked for.
    list: Option<List<'a>>,
}

struct List<'a> {
    version: u64,
    days: u64,
    out: &'a Path,
    files: Vec<(&'a str, &'a Path)>,
}

impl<'a> Options<'a> {
    fn read(arguments: &'a [String]) -> Result<Options<'a>, String> {
        let mut words = arguments.iter().map(String::as_str);
        let lists = match words.next() {
            Some("list") => true,
            Some("key") => false,
            other => {
                return Err(format!(
                    "`{}` is neither `list` nor `key`",
                    other.unwrap_or("")
                ));
            }
        };
        let (mut key, mut version, mut days, mut out) = (None, None, None, None);
        let mut files = Vec::new();
        while let Some(word) = words.next() {
            let place = match word {
                "--key" => &mut key,
                "--version" if lists => &mut version,
                "--days" if lists => &mut days,
                "-o" if lists => &mut out,
                _ if word.starts_with('-') => return Err(format!("`{word}` is not known here")),
                _ if lists => {
                    let (name, file) = word
                        .split_once('=')
                        .ok_or(format!("`{word}` is not a name and a file: inbox={word}"))?;
                    if files.iter().any(|(other, _)| *other == name) {
                        return Err(format!("there are two files of the name `{name}`"));
                    }
                    files.push((name, Path::new(file)));
                    continue;
                }
                _ => return Err(format!("`{word}` is one too many")),
            };
            let value = words.next().ok_or(format!("`{word}` needs a value"))?;
            if place.replace(value).is_some() {
                return Err(format!("`{word}` is there twice"));
            }
        }
        let whole = |what: &str, text: &str| {
            let number: Option<u64> = text.parse().ok().filter(|number| *number < 1 << 53);
            number.ok_or(format!("{what} {text}: is not a whole number"))
        };
        let list = match lists {
            false => None,
            true => Some(List {
                version: whole(
                    "--version",
                    version
                        .ok_or("say the list's --version, higher than that of the list before")?,
                )?,
                days: whole("--days", days.unwrap_or("90"))?,
                out: Path::new(out.ok_or("say where the list goes with -o")?),
                files,
            }),
        };
        Ok(Options {
            key: key.ok_or("say which key signs with --key")?,
            list,
        })
    }

    fn work(&self) -> Result<String, String> {
        let text =
            std::fs::read_to_string(self.key).map_err(|error| format!("{}: {error}", self.key))?;
        let key = Key::read(&text).map_err(|wrong| format!("{}: {wrong}", self.key))?;
        let Some(list) = &self.list else {
            return Ok(key.public().to_string());
        };
        let signed = key.sign(&list.payload()?.to_string())?;
        std::fs::write(list.out, format!("{signed}\n"))
            .map_err(|error| format!("{}: {error}", list.out.display()))?;
        Ok(format!(
            "{}: version {}, {} files, signed by {}, for {} days",
            list.out.display(),
            list.version,
            list.files.len(),
            key.algorithm(),
            list.days
        ))
    }
}

impl List<'_> {
    fn payload(&self) -> Result<Value, String> {
        let now = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(text) => text
                .parse()
                .map_err(|_| format!("SOURCE_DATE_EPOCH={text}: is not a number of seconds"))?,
            Err(_) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |past| past.as_secs()),
        };
        let beside = self.out.parent().unwrap_or(Path::new(""));
        let mut files = Map::new();
        for (name, file) in &self.files {
            let bytes =
                std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            let url = url_of(file, beside).ok_or(format!(
                "{}: does not lie beside {} or below",
                file.display(),
                self.out.display()
            ))?;
            let digest = Sha256::digest(&bytes);
            let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            files.insert((*name).into(), json!({ "url": url, "sha256": sha256 }));
        }
        Ok(json!({ "version": self.version, "exp": now + self.days * 86_400, "files": files }))
    }
}

/// A file's address, from that of the list.
fn url_of(file: &Path, beside: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in file.strip_prefix(beside).ok()?.components() {
        match part {
            Component::Normal(name) => parts.push(escaped(name.to_str()?)),
            Component::CurDir => {}
            _ => return None,
        }
    }
    // `./`, lest a colon in a name be taken for that of a scheme.
    Some(format!("./{}", parts.join("/"))).filter(|_| !parts.is_empty())
}

fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte.into());
            }
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

enum Key {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl Key {
    /// From PEM with PKCS #8, as `openssl genpkey` writes it.
    fn read(text: &str) -> Result<Key, String> {
        let (_, rest) = text
            .split_once("-----BEGIN PRIVATE KEY-----")
            .ok_or("is no private key in PEM with PKCS #8, as `openssl genpkey` writes it (an encrypted one must be opened first: `openssl pkey -in … -out …`)")?;
        let (body, _) = rest
            .split_once("-----END PRIVATE KEY-----")
            .ok_or("was cut off: its last line is missing")?;
        let body: String = body.split_whitespace().collect();
        let der = BASE64_STANDARD
            .decode(body)
            .map_err(|wrong| format!("is damaged: {wrong}"))?;
        if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            return Ok(Key::Ed25519(key));
        }
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random)
            .map(Key::P256)
            .map_err(|_| "is a key neither of Ed25519 nor of P-256".into())
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Key::Ed25519(_) => "EdDSA",
            Key::P256(_) => "ES256",
        }
    }

    /// As a JSON Web Key (RFC 7517).
    fn public(&self) -> Value {
        match self {
            Key::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64_URL.encode(key.public_key()) })
            }
            Key::P256(key) => {
                // 4, and then both coordinates.
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": BASE64_URL.encode(x), "y": BASE64_URL.encode(y) })
            }
        }
    }

    fn sign(&self, payload: &str) -> Result<String, String> {
        let head = json!({ "alg": self.algorithm() }).to_string();
        let text = format!("{}.{}", BASE64_URL.encode(head), BASE64_URL.encode(payload));
        let signature = match self {
            Key::Ed25519(key) => key.sign(text.as_bytes()),
            Key::P256(key) => key
                .sign(&SystemRandom::new(), text.as_bytes())
                .map_err(|_| "the system gives no random numbers, which the signature needs")?,
        };
        Ok(format!("{text}.{}", BASE64_URL.encode(signature)))
    }
}
