// A browser that is killed at any instant leaves a database that opens, without a torn or mixed entry, and with all that
// a flush had acknowledged.
//
//   FOREBAY_KILLS=200 node --test tests/page/store-crash.test.mjs     instead of 20
//
// Every entry says one random number: in its metadata, its head and all of its body; and the step that wrote it. The server
// hears of each flush that ended well. After the kill no step that is older than the last one acknowledged may be found.
//
// One thing is not ours to prevent. When a kill tears the end of LevelDB's log, Chromium goes on writing behind the torn
// record; the start after the next one then finds "Corruption: checksum mismatch", and Chromium deletes the database. It
// says so, and only then may all be gone: such starts are counted apart.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { engines, launch, startServer } from "./harness.mjs";
import { SERVED } from "./store-harness.mjs";

const KILLS = Number(process.env.FOREBAY_KILLS ?? 20);

/** A kill comes so many milliseconds after writing began, at most. */
const LONGEST_MS = 1500;

/** Numbers below are only ever written; those from here on are also erased. */
const ERASED_FROM = 200;
const NUMBERS = 250;

test(`${KILLS} kills during a write load`, { skip: !engines.includes("chromium"), timeout: 60_000 + KILLS * 15_000 }, async () => {
  const server = await startServer(SERVED);
  const userDataDir = await mkdtemp(join(tmpdir(), "forebay-crash-"));
  /** The last acknowledged step of each number. @type {Map<number, { step: number, isErased: boolean }>} */
  const acknowledged = new Map();
  const total = { flushes: 0, rows: 0, beyond: 0, ended: 0, deleted: 0 };
  const violations = [];
  server.on("POST /flushed", ({ body }) => {
    for (const [n, step, isErased] of JSON.parse(body)) acknowledged.set(n, { step, isErased });
    total.flushes += 1;
    return {};
  });

  try {
    for (let kill = 0; kill <= KILLS; kill += 1) {
      const browser = await launch("chromium", { userDataDir });
      let said = "";
      browser.process().stderr.on("data", (text) => { said += text; });
      const tab = await browser.newPage();
      await tab.goto(server.url("/blank.html"));
      const found = await tab.evaluate(check, NUMBERS);
      // What it says comes on another way.
      if (found.isNew) await sleep(100);
      if (said.includes("recovering from a corrupted (and deleted) database")) {
        total.deleted += 1;
        acknowledged.clear();
        if (!found.isNew) violations.push(`after kill ${kill}: a database that Chromium deleted is there`);
      }
      violations.push(...found.wrong.map((what) => `after kill ${kill}: ${what}`), ...stale(found.steps, acknowledged, kill));
      total.rows += found.steps.filter((step) => step >= 0).length;
      total.beyond += found.steps.filter((step, n) => step > (acknowledged.get(n)?.step ?? -1)).length;
      if (kill === KILLS) {
        await browser.close();
        break;
      }
      const newest = Math.max(0, ...found.steps, ...[...acknowledged.values()].map(({ step }) => step));
      await tab.evaluate(write, NUMBERS, ERASED_FROM, newest);
      await sleep(Math.random() * LONGEST_MS);
      const browserProcess = browser.process();
      const gone = once(browserProcess, "exit");
      // Puppeteer starts the browser as the leader of a group of processes.
      process.kill(-browserProcess.pid, "SIGKILL");
      await gone;
      // What the dying browser had already handed to the system may still arrive.
      await sleep(50);
      total.ended += 1;
    }
  } finally {
    await server.close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  }
  console.log(`${total.ended} kills, ${total.flushes} flushes acknowledged, ${total.rows} rows found`);
  console.log(`${total.deleted} databases found damaged and deleted by Chromium`);
  console.log(`${total.beyond} rows newer than the last acknowledgement, ${violations.length} violations`);
  assert.deepEqual(violations, []);
  assert.ok(total.flushes > KILLS, "hardly anything was written");
});

function stale(steps, acknowledged, kill) {
  const found = [];
  for (const [n, { step, isErased }] of acknowledged) {
    const there = steps[n];
    const isRight = there < 0 ? isErased || n >= ERASED_FROM : there > step || (there === step && !isErased);
    if (!isRight) found.push(`after kill ${kill}: ${n} was ${isErased ? "erased" : "written"} in step ${step}, and step ${there} is found`);
  }
  return found;
}

/** In the page: the step of each number that is stored, -1 for none; what is wrong; and whether the database is a new one. */
async function check(numbers) {
  const { afresh, bytes, numberOf, open, part, raw } = await import("/tests/page/store-page.mjs");
  const wrong = [];
  let isNew = false;
  const first = (db) => { isNew = true; afresh(db); };
  window.store = await open({ steps: [first], onLost: (reason) => wrong.push(reason) });
  const steps = Array(numbers).fill(-1);
  const indexed = new Map();
  await window.store.index(part(1), (slice) => { for (const { key, m } of slice) indexed.set(numberOf(key), m); });
  for (let n = 0; n < numbers; n += 1) {
    const loaded = await window.store.load(part(1), bytes(n));
    if (loaded === null) wrong.push(`${n} is corrupt`);
    if (Boolean(loaded) !== indexed.has(n)) wrong.push(`${n} is in one of index and bodies alone`);
    if (!loaded) continue;
    const [random, step, length] = new Uint32Array(loaded.m.slice().buffer);
    const body = new Uint32Array(loaded.b);
    if (body.length !== length || body.some((word) => word !== random)) wrong.push(`${n} has a body of others`);
    if (loaded.h.headers[0][1] !== String(random)) wrong.push(`${n} has a head of others`);
    steps[n] = step;
  }
  // What the index does not show.
  const db = await raw();
  const count = (name) => new Promise((resolve) => { db.transaction(name).objectStore(name).count().onsuccess = ({ target }) => resolve(target.result); });
  if ((await count("bodies")) !== indexed.size) wrong.push("there are bodies without metadata");
  db.close();
  return { steps, wrong, isNew };
}

/** In the page: begins to write without end. */
function write(numbers, erasedFrom, step) {
  const below = (limit) => Math.floor(Math.random() * limit);
  const some = async () => {
    const { bytes, head, part } = await import("/tests/page/store-page.mjs");
    for (;;) {
      step += 1;
      const told = new Map();
      for (let left = below(40); left >= 0; left -= 1) {
        const n = below(numbers);
        const isErased = n >= erasedFrom && Math.random() < 0.3;
        told.set(n, [n, step, isErased]);
        if (isErased) {
          window.store.queue.erase(part(1), bytes(n));
          continue;
        }
        // Browsers keep large values in files of their own.
        const body = new Uint32Array(below(10) ? below(2000) : 40_000);
        const random = below(2 ** 32);
        body.fill(random);
        const m = new Uint8Array(new Uint32Array([random, step, body.length]).buffer);
        window.store.queue.put({ p: part(1), key: bytes(n), m, h: { ...head(n), headers: [["x-random", String(random)]] }, b: body.buffer });
      }
      if ((await window.store.queue.flush()) !== "done") continue;
      const telling = fetch("/flushed", { method: "POST", body: JSON.stringify([...told.values()]) }).catch(() => {});
      // Else the server would know ever less of what was written last.
      if (step % 2) await telling;
    }
  };
  some();
}
