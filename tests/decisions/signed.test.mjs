// Lists of files that were signed: by `forebay sign` and by others, and by nobody.
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { data, json, load, sha256 } from "./module.mjs";

const decisions = await load();
/** What is to be had at addresses that are no files. */
const served = new Map();
const { fetch } = globalThis;
globalThis.fetch = async (url, options) => (served.has(String(url)) ? new Response(served.get(String(url))) : fetch(url, options));
after(() => (globalThis.fetch = fetch));

const ADDRESS = "https://clinic.test/models/list.jws";
const POLICIES = readFileSync(new URL("../../examples/decisions/staff.fbpt", import.meta.url));
const MODEL = data("decisions/inbox.forebay");
const LATER = Math.floor(Date.now() / 1000) + 3600;
const files = {
  staff: { url: "./staff.fbpt", sha256: sha256(POLICIES) },
  inbox: { url: "./inbox.forebay", sha256: sha256(MODEL) },
};
served.set("https://clinic.test/models/staff.fbpt", POLICIES);
served.set("https://clinic.test/models/inbox.forebay", MODEL);

const base64url = (text) => Buffer.from(text).toString("base64url");
const KEYS = {
  EdDSA: generateKeyPairSync("ed25519"),
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
};
const trustIn = (alg) => KEYS[alg].publicKey.export({ format: "jwk" });
function signed(payload, { alg = "EdDSA", head = { alg }, key = KEYS[alg].privateKey } = {}) {
  const text = `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(payload))}`;
  const how = key.asymmetricKeyType === "ec" ? ["sha256", { key, dsaEncoding: "ieee-p1363" }] : [null, key];
  return `${text}.${sign(how[0], Buffer.from(text), how[1]).toString("base64url")}`;
}
const list = (version = 1, more = {}) => ({ version, exp: LATER, files, ...more });
async function manifestOf(text, source = {}) {
  served.set(ADDRESS, text);
  return decisions.manifest({ url: ADDRESS, trust: trustIn("EdDSA"), ...source });
}

test("what `forebay sign` has signed is believed, by either kind of key", async () => {
  for (const name of ["ed25519", "p256"]) {
    const manifest = await decisions.manifest({ url: new URL(`../data/sign/${name}.jws`, import.meta.url), trust: json(`sign/${name}.json`) });
    assert.deepEqual(manifest.problems, []);
    assert.equal(manifest.version, 7);
    const { sha256: digest } = manifest.file("notes");
    assert.equal(digest, sha256(data("sign/notes.txt")));
  }
});

test("files of a list are used, and what is not in it is not", async () => {
  for (const alg of ["EdDSA", "ES256"]) {
    const manifest = await manifestOf(`${signed(list(), { alg })}\n`, { trust: trustIn(alg) });
    assert.deepEqual(manifest.problems, []);
    const policies = await decisions.policies(manifest.file("staff"));
    assert.equal(policies.problem, undefined);
    assert.equal((await decisions.ranker({ models: [manifest.file("inbox")] })).model.id, "inbox");
    for (const name of ["other", "constructor", "__proto__"]) {
      assert.match((await decisions.policies(manifest.file(name))).problem, /^Nothing is permitted/);
      assert.equal((await decisions.ranker({ models: [manifest.file(name)] })).model, undefined);
    }
  }
});

test("policies end with their list", async (context) => {
  const manifest = await manifestOf(signed(list()));
  const policies = await decisions.policies(manifest.file("staff"));
  context.mock.method(Date, "now", () => LATER * 1000);
  assert.match(policies.problem, /expired/);
});

test("a list that is forged in any way is refused, and the one before stays", async () => {
  const good = signed(list(5));
  const [head, body, signature] = good.split(".");
  const other = generateKeyPairSync("ed25519").privateKey;
  const worse = base64url(JSON.stringify(list(6, { files: { ...files, staff: { ...files.staff, sha256: sha256("evil") } } })));
  const forgeries = {
    "another's signature": signed(list(6), { key: other }),
    "another content": `${head}.${worse}.${signature}`,
    "no signature": `${head}.${worse}.`,
    "no algorithm": `${base64url('{"alg":"none"}')}.${worse}.`,
    "two parts": `${head}.${body}`,
    "four parts": `${good}.${signature}`,
    "a cut signature": good.slice(0, -2),
    "a head of another algorithm": signed(list(6), { head: { alg: "ES256" } }),
    "a head with what must be understood": signed(list(6), { head: { alg: "EdDSA", crit: ["b64"], b64: false } }),
    "another kind of key": signed(list(6), { alg: "ES256" }),
    "no list": signed([1, 2]),
    "nothing": signed(null),
    "no version": signed(list("6")),
    "no end": signed(list(6, { exp: undefined })),
    "an old one": signed(list(4)),
    "one whose time is over": signed(list(6, { exp: LATER - 7200 })),
    "a page": "<!doctype html>",
    "": "",
  };
  const manifest = await manifestOf(good);
  const before = manifest.file("staff");
  for (const [name, text] of Object.entries(forgeries)) {
    served.set(ADDRESS, text);
    assert.equal(await manifest.refresh(), false, name);
    assert.match(manifest.problems.at(-1), /^The list of files is refused: /, name);
    assert.equal(manifest.version, 5, name);
    assert.deepEqual(manifest.file("staff"), before, name);
    const alone = await decisions.manifest({ url: ADDRESS, trust: trustIn("EdDSA"), leastVersion: 5 });
    assert.equal(alone.version, undefined, name);
    assert.equal(alone.file("staff").sha256, "", name);
  }
  served.delete(ADDRESS);
  assert.equal(await manifest.refresh(), false);
  assert.deepEqual(manifest.file("staff"), before);
  served.set(ADDRESS, signed(list(6)));
  assert.equal(await manifest.refresh(), true);
  assert.equal(manifest.version, 6);
});

test("only a public key of the two kinds is a key", async () => {
  const text = signed(list());
  for (const trust of [{}, { kty: "oct", k: "AAAA" }, { ...trustIn("EdDSA"), x: "AAAA" }, createPrivateKey(data("sign/ed25519.pem")).export({ format: "jwk" })]) {
    const manifest = await manifestOf(text, { trust });
    assert.equal(manifest.version, undefined);
    assert.equal(manifest.problems.length, 1);
  }
});
