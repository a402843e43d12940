// What an entry costs in the core's memory, by the core as it is delivered.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pack } from "../../../src/browser/driver.js";

const ENTRIES = 10_000;
// 62 of them are what is known of a URL's headers, without which requests that differ could not be kept apart.
const MOST_BYTES = 540;
const SEND = 0; // the first of the driver's orders

test(`${ENTRIES} entries take at most ${MOST_BYTES} bytes each`, async (context) => {
  let sent;
  const given = { order: (what, flight) => void (what === SEND && (sent = flight)), clock: () => performance.now(), __wbindgen_init_externref_table() {} };
  const later = new Proxy({}, { get: () => () => assert.fail("no part of the core but the first is asked for") });
  const bytes = readFileSync(new URL("../../../pkg/forebay.wasm", import.meta.url));
  const { instance: { exports: core } } = await WebAssembly.instantiate(bytes, new Proxy({ later }, { get: (parts, part) => parts[part] ?? given }));
  core.__wbindgen_start();
  core.start(pack(core, ["https://api.test", ...Array(10).fill(1)]));

  /** Asks, is answered, and forgets how it was spelled, as the page does with spellings that are not used any more. */
  const store = (number) => {
    const request = core.spell(pack(core, [0, `https://api.test/patients/${number}/visits?page=1`, "GET", "same-origin", ""]));
    core.ask(number, 1, request, 1, 0);
    const fields = ["max-age=600", "", "", "", "", "", "application/json", `"${number.toString(16).padStart(8, "0")}"`, ...Array(9).fill("")];
    core.arrived(sent, pack(core, [200, Date.now(), 0, 0, ...fields]));
    core.ended(sent, 100);
    core.unspell(request);
  };
  const grown = (from, to) => {
    const before = core.memory.buffer.byteLength;
    for (let number = from; number < to; number += 1) store(number);
    return core.memory.buffer.byteLength - before;
  };
  grown(1, 100);
  const each = grown(100, 100 + ENTRIES) / ENTRIES;
  context.diagnostic(`${each.toFixed(0)} bytes each, their URL of 46 characters and their ETag among them`);
  assert.ok(each <= MOST_BYTES, `${each} bytes`);
  assert.ok(each > 200, "they are there");
});
