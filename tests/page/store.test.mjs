// The database behind the cache: what is written is there whole or not at all, and no failure reaches the page.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inEachBrowser, launch, until } from "./harness.mjs";

const SOURCES = new URL("../../src/browser/", import.meta.url);
const PAGE = "/tests/page/store-page.mjs";

/** Runs in the page: `source` sees the helpers' exports, and `given`. */
function run(tab, source, given) {
  return tab.evaluate(
    async (page, source, given) => {
      const helpers = await import(page);
      const AsyncFunction = (async () => {}).constructor;
      return new AsyncFunction(...Object.keys(helpers), "given", source)(...Object.values(helpers), given);
    },
    PAGE, source, given,
  );
}

inEachBrowser((world) => {
  test("entries come back as they were written, by partition, and are erased", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      let store = await open();
      const outcomes = [await store.write([entry(1), entry(2, { size: 3e6 }), entry(3), { ...entry(4), b: new ArrayBuffer(0) }])];
      await store.write([entry(2, { p: part(2), word: "another's" }), entry(3, { word: "second" })]);
      store = await open();
      const loaded = plainly(await store.load(part(1), bytes(1)));
      const before = await words(store, [1, 2, 3, 5]);
      const others = await words(store, [1, 2], part(2));
      const empty = await store.load(part(1), bytes(4));
      outcomes.push(await store.write([{ p: part(1), key: bytes(1) }, { p: part(1), key: bytes(99) }, entry(5)]));
      return { outcomes, loaded, before, others, empty: [empty.b.byteLength, empty.h.url], after: await words(store, [1, 2, 3, 5]), counts: await counts() };
    `);
    assert.deepEqual(got.outcomes, ["done", "done"]);
    assert.deepEqual(got.loaded, {
      m: "meta 1 first", b: { n: 1, word: "first" },
      h: { status: 200, statusText: "OK", headers: [["content-type", "application/json"], ["x-n", "1"]], url: "https://site.test/api/1", redirected: false, type: "basic" },
    });
    assert.deepEqual(got.before, ["1 first", "2 first", "3 second", "nothing"]);
    assert.deepEqual(got.others, ["nothing", "2 another's"]);
    assert.deepEqual(got.empty, [0, "https://site.test/api/4"]);
    assert.deepEqual(got.after, ["nothing", "2 first", "3 second", "5 first"]);
    assert.deepEqual(got.counts, [5, 5, 0]);
    assert.deepEqual(tab.errors, []);
  });

  test("a batch that is broken off leaves nothing, is tried once more, and then the store is lost", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      const reasons = [];
      const store = await open({ onLost: (reason) => reasons.push(reason) });
      await store.write([entry(1)]);
      const put = IDBObjectStore.prototype.put;
      let breaks = 0, puts = 0;
      IDBObjectStore.prototype.put = function (...args) {
        const request = put.apply(this, args);
        if (breaks && ++puts % 5 === 0) { breaks -= 1; this.transaction.abort(); }
        return request;
      };
      breaks = 1;
      const once = await store.write([1, 2, 3, 4].map((n) => entry(n, { word: "second" })));
      const afterOnce = await words(store, [1, 2, 3, 4]);
      breaks = 2;
      const twice = await store.write([1, 2, 3, 4].map((n) => entry(n, { word: "third" })));
      const then = [await store.load(part(1), bytes(1)), await store.write([entry(1)]), await store.get("a"), await store.put("a", 1), await store.clear(), await store.index(part(1), () => {})];
      store.queue.put(entry(1));
      const flushed = await store.queue.flush();
      return { once, afterOnce, twice, then: then.map(String), flushed, reasons, kept: await words(await open(), [1, 2, 3, 4]) };
    `);
    assert.equal(got.once, "done");
    assert.deepEqual(got.afterOnce, ["1 second", "2 second", "3 second", "4 second"]);
    assert.equal(got.twice, "lost");
    assert.deepEqual(got.then, ["undefined", "lost", "undefined", "undefined", "lost", "false"]);
    assert.equal(got.flushed, "lost");
    assert.deepEqual(got.kept, got.afterOnce);
    assert.equal(got.reasons.length, 1, got.reasons.join());
    assert.match(got.reasons[0], /transactions fail/);
    assert.deepEqual(tab.errors, []);
  });

  test("the index comes in slices, of one partition, and can be ended", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      const store = await open();
      await store.write(Array.from({ length: 600 }, (_, n) => entry(n)));
      await store.write([entry(7, { p: part(0) }), entry(8, { p: part(2) })]);
      const slices = [];
      const whole = await store.index(part(1), (slice) => { slices.push(slice); });
      let seen = 0;
      const part_ = await store.index(part(1), (slice) => { seen += slice.length; return false; });
      const none = [];
      const empty = await store.index(part(9), (slice) => { none.push(slice.length); });
      const rows = slices.flat();
      return {
        sizes: slices.map(({ length }) => length), whole, part_, seen, none, empty,
        numbers: rows.every(({ key }, n) => numberOf(key) === n), metas: rows.every(({ m }, n) => new TextDecoder().decode(m) === "meta " + n + " first"),
      };
    `);
    assert.deepEqual(got, { sizes: [256, 256, 88], whole: true, part_: false, seen: 256, none: [0], empty: true, numbers: true, metas: true });
  });

  test("a schema is brought up to date step by step; what cannot be read any more is deleted", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      await (await open()).write([entry(1)]);
      await (await open()).put("count", 7);
      const log = [];
      const second = (db, change) => { log.push("second"); change.objectStore("state").put("new", "schema"); };
      const newer = await open({ steps: [afresh, second] });
      const kept = [await words(newer, [1]), await newer.get("schema"), await newer.get("count")];
      const third = await open({ steps: [afresh, second, afresh] });
      const gone = [await words(third, [1]), String(await third.get("schema")), await counts()];
      const reasons = [];
      const older = await open({ onLost: (reason) => reasons.push(reason) });
      return { kept, gone, log, older, reasons };
    `);
    assert.deepEqual(got.kept, [["1 first"], "new", 7]);
    assert.deepEqual(got.gone, [["nothing"], "undefined", [0, 0, 0]]);
    assert.deepEqual(got.log, ["second"]);
    assert.equal(got.older, null);
    assert.equal(got.reasons.length, 1);
    assert.match(got.reasons[0], /VersionError/);
    assert.deepEqual(tab.errors, []);
  });

  test("a tab with an older version makes way; one that does not leaves the newer without a database", async () => {
    const [older, newer] = [await world.open(), await world.open()];
    await run(older, `
      window.reasons = [];
      window.store = await open({ onLost: (reason) => reasons.push(reason) });
      await store.write([entry(1)]);
    `);
    const made = await run(newer, `
      const store = await open({ steps: [afresh, () => {}] });
      return [await words(store, [1]), await store.write([entry(2)])];
    `);
    assert.deepEqual(made, [["1 first"], "done"]);
    assert.deepEqual(await run(older, `return [reasons.length, reasons[0].includes("another tab"), await store.write([entry(3)])];`), [1, true, "lost"]);

    await newer.close();
    await run(older, `window.held = await raw(); held.onversionchange = () => {};`);
    const third = await world.open();
    const blocked = await run(third, `
      const reasons = [];
      const start = performance.now();
      const store = await open({ steps: [afresh, () => {}, () => {}], onLost: (reason) => reasons.push(reason) });
      return { store, reasons, waited: performance.now() - start };
    `);
    assert.equal(blocked.store, null);
    assert.equal(blocked.reasons.length, 1);
    assert.match(blocked.reasons[0], /another tab holds an older one open/);
    assert.ok(blocked.waited > 2900 && blocked.waited < 8000, `waited ${blocked.waited} ms`);

    // When the way is free, the upgrade that was given up ends, and its connection holds nobody up.
    await run(older, `held.close();`);
    const late = await run(third, `
      const store = await open({ steps: [afresh, () => {}, () => {}, () => {}] });
      return store && (await words(store, [1, 2]));
    `);
    assert.deepEqual(late, ["1 first", "2 first"]);
    assert.deepEqual([...older.errors, ...third.errors], []);
  });

  test("a connection that the browser closes is opened once more, and then lost", async () => {
    world.server.on("/clear", { headers: { "clear-site-data": '"storage"' } });
    const tab = await world.open();
    await run(tab, `
      window.reasons = [];
      window.closings = 0;
      const connect = indexedDB.open;
      IDBFactory.prototype.open = function (...args) {
        const request = connect.apply(this, args);
        request.addEventListener("success", () => request.result.addEventListener("close", () => { window.closings += 1; }));
        return request;
      };
      window.store = await open({ onLost: (reason) => reasons.push(reason) });
      await store.write([entry(1)]);
    `);
    const clear = async (times) => {
      await tab.evaluate(() => fetch("/clear").then((response) => response.text()));
      await until(() => tab.evaluate((times) => window.closings >= times, times), "the browser closed the database");
    };
    await clear(1);
    const once = await run(tab, `return [await words(store, [1]), await store.write([entry(2)]), await words(store, [2]), reasons];`);
    assert.deepEqual(once, [["nothing"], "done", ["2 first"], []]);
    await clear(2);
    const twice = await run(tab, `return [await words(store, [2]), await store.write([entry(3)]), reasons];`);
    assert.deepEqual(twice.slice(0, 2), [["nothing"], "lost"]);
    assert.equal(twice[2].length, 1);
    assert.match(twice[2][0], /the browser closes the database/);
    assert.deepEqual(tab.errors, []);
  });

  test("a connection that turns out to be closed when it is used is opened once more", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      const databases = [];
      const connect = indexedDB.open;
      IDBFactory.prototype.open = function (...args) {
        const request = connect.apply(this, args);
        request.addEventListener("success", () => databases.push(request.result));
        return request;
      };
      const reasons = [];
      const store = await open({ onLost: (reason) => reasons.push(reason) });
      databases[0].close();
      const once = await Promise.all([store.write([entry(1)]), store.put("a", 1), store.get("b")]);
      once[2] = plainly(await store.load(part(1), bytes(1))).m;
      databases[1].close();
      return [...once, String(await store.get("a")), reasons];
    `);
    assert.deepEqual(got, ["done", 1, "meta 1 first", "undefined", ["Only memory is used: the browser closes the database."]]);
  });

  for (const seal of ["plain", "encrypted"]) {
    test(`rows that others changed, cut or mixed are corrupt, and harm no other (${seal})`, async () => {
      const tab = await world.open();
      const got = await run(tab, `
        const store = await open(given === "plain" ? {} : { seal: encrypted });
        const numbers = Array.from({ length: 16 }, (_, n) => n);
        await store.write(numbers.map((n) => entry(n)));
        const at = (n) => [part(1), bytes(n)];
        const change = (name, n, how) => behind((meta, bodies) => {
          const rows = { meta, bodies }[name];
          const request = rows.get(at(n));
          request.onsuccess = () => rows.put(how(request.result) ?? request.result, at(n));
        });
        const flip = (buffer) => { new Uint8Array(buffer.buffer ?? buffer)[3] ^= 4; };
        const metaBytes = (m) => (Array.isArray(m) ? m[1] : m);
        await change("bodies", 1, (body) => flip(body.b));
        await change("meta", 2, (m) => flip(metaBytes(m)));
        await change("bodies", 3, (body) => { if (given === "plain") body.h.headers[1][1] = "4"; else flip(body.h); });
        await behind((meta, bodies) => bodies.delete(at(4)));
        await behind((meta) => meta.delete(at(5)));
        await change("meta", 6, () => "a text");
        await change("bodies", 7, () => 7);
        await change("bodies", 8, () => ({ h: null, b: "text", d: 1 }));
        await change("bodies", 9, (body) => { body.b = body.b.slice(1); });
        const old = await behind((meta, bodies) => bodies.get(at(10)));
        await store.write([entry(10, { word: "second" })]);
        await change("bodies", 10, () => old);
        const foreign = await behind((meta) => meta.get(at(0)));
        await change("meta", 11, () => foreign);
        const other = await behind((meta, bodies) => bodies.get(at(0)));
        await behind((meta, bodies) => { meta.put(foreign, at(12)); return bodies.put(other, at(12)); });
        await behind((meta) => meta.put(foreign, [part(1), "no key"]));
        await change("bodies", 13, (body) => ({ b: body.b }));
        const indexed = [];
        const whole = await store.index(part(1), (slice) => { indexed.push(...slice); });
        return { words: await words(store, numbers), whole, keys: indexed.length, without: indexed.filter(({ m }) => !m).map(({ key }) => numberOf(key)), after: await store.write([{ p: part(1), key: bytes(7) }]) };
      `, seal);
      assert.deepEqual(got.words, ["0 first", ...Array(13).fill(null), "14 first", "15 first"]);
      assert.equal(got.whole, true);
      assert.equal(got.keys, 15);
      assert.deepEqual(got.without, seal === "plain" ? [6] : [2, 6, 11, 12]);
      assert.equal(got.after, "done");
      assert.deepEqual(tab.errors, []);
    });
  }

  test("what cannot be stored is lost by itself, with what was stored before it", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      const store = await open();
      await store.write([1, 2, 3, 4, 5].map((n) => entry(n)));
      const gone = entry(3);
      structuredClone(gone.b, { transfer: [gone.b] });
      const second = { word: "second" };
      const outcome = await store.write([
        entry(1, second), { ...entry(2), h: { ...head(2), extra() {} } }, gone, { ...entry(4), b: "text" },
        { ...entry(5), m: { get length() { throw new Error("no"); } } }, entry(6, second),
      ]);
      store.queue.put({ ...entry(6), h: { ...head(6), extra: Symbol.iterator } });
      store.queue.put(entry(7));
      return [outcome, await store.queue.flush(), await words(store, [1, 2, 3, 4, 5, 6, 7]), String(await store.put("f", () => {})), String(await store.update("g", () => { throw new Error("no"); })), await store.put("h", 1)];
    `);
    assert.deepEqual(got, ["done", "done", ["1 second", "nothing", "nothing", "nothing", "nothing", "nothing", "7 first"], "undefined", "undefined", 1]);
    assert.deepEqual(tab.errors, []);
  });

  test("two tabs count in one record without losing a number", async () => {
    const tabs = [await world.open(), await world.open()];
    const counted = await Promise.all(tabs.map((tab) => run(tab, `
      const store = await open();
      const all = [];
      for (let n = 0; n < 100; n += 1) all.push(await store.update("generation", (old = 0) => old + 1));
      return all;
    `)));
    assert.equal(new Set(counted.flat()).size, 200);
    assert.equal(await run(tabs[0], `return (await open()).get("generation");`), 200);
  });

  test("writing one entry writes one entry; the newest word about a key is what is written", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      const store = await open();
      await store.write(Array.from({ length: 500 }, (_, n) => entry(n)));
      const puts = counting("put"), deletes = counting("delete"), clears = counting("clear");
      await store.write([entry(3, { word: "second" })]);
      const direct = structuredClone([puts, deletes]);
      for (let n = 0; n < 50; n += 1) store.queue.put(entry(4, { word: String(n) }));
      store.queue.put(entry(5, { word: "second" }));
      store.queue.erase(part(1), bytes(5));
      store.queue.erase(part(1), bytes(6));
      store.queue.put(entry(6, { word: "second" }));
      await store.queue.flush();
      return { direct, puts, deletes, clears, words: await words(store, [3, 4, 5, 6]) };
    `);
    assert.deepEqual(got.direct, [{ meta: 1, bodies: 1 }, {}]);
    assert.deepEqual(got.puts, { meta: 3, bodies: 3 });
    assert.deepEqual(got.deletes, { meta: 1, bodies: 1 });
    assert.deepEqual(got.clears, {});
    assert.deepEqual(got.words, ["3 second", "4 49", "nothing", "6 second"]);
  });

  test("the queue writes by itself, in batches, when there is no input to deliver", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      let isPending = true;
      Object.defineProperty(navigator, "scheduling", { value: { isInputPending: () => isPending } });
      const batches = [];
      const begin = IDBDatabase.prototype.transaction;
      const store = await open();
      IDBDatabase.prototype.transaction = function (...args) { batches.push([args[1], args[2]?.durability]); return begin.apply(this, args); };
      for (let n = 0; n < 100; n += 1) store.queue.put(entry(n));
      await sleep(1500);
      const waiting = batches.length;
      isPending = false;
      const start = performance.now();
      while (batches.length < 4 && performance.now() - start < 5000) await sleep(20);
      await sleep(100);
      const kinds = [...batches];
      store.queue.put(entry(100, { size: 9e5 }));
      store.queue.put(entry(101, { size: 9e5 }));
      store.queue.put(entry(102, { size: 3e6 }));
      await store.queue.flush();
      return { waiting, kinds, large: batches.length - kinds.length, all: (await counts())[0] };
    `);
    assert.equal(got.waiting, 0);
    assert.deepEqual(got.kinds, Array(4).fill(["readwrite", "relaxed"]));
    assert.equal(got.large, 3);
    assert.equal(got.all, 103);
  });

  test("what was put before the page goes is written", async () => {
    const tab = await world.open();
    const fill = `
      window.requestIdleCallback = () => 0;
      window.store = await open();
      for (let n = 0; n < 80; n += 1) store.queue.put(entry(n, { size: 20000, word: given }));
      await sleep(50);
    `;
    await run(tab, fill, "hidden");
    assert.equal(await run(tab, `return (await words(await open(), [79]))[0];`), "nothing");
    await tab.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    });
    const hidden = await run(tab, `await store.queue.flush(); return words(await open(), [0, 79]);`);
    assert.deepEqual(hidden, ["0 hidden", "79 hidden"]);

    for (const round of ["navigation", "closing"]) {
      const going = await world.open();
      await run(going, fill, round);
      if (round === "closing") await going.close();
      else await going.goto(world.server.url("/blank.html?next"));
      const written = () => run(tab, `return (await words(store, Array.from({ length: 80 }, (_, n) => n))).filter((word) => word.endsWith(given)).length;`, round);
      if (world.engine === "firefox" && round === "closing") {
        // Firefox breaks transactions of closed tabs off, if it is busy; but whole ones.
        await sleep(500);
        assert.ok([0, 80].includes(await written()), `${await written()} of 80 were written`);
      } else {
        await until(async () => (await written()) === 80, `all was written at ${round}`);
      }
    }
  });

  test("other partitions are erased with their keys, also what was on its way; named records stay", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      window.requestIdleCallback = () => 0;
      const store = await open({ seal: encrypted });
      await store.put("generation", 5);
      const of = (p) => [1, 2, 3].map((n) => entry(n + 10 * p, { p: part(p) }));
      await store.write([1, 2, 3, 4].flatMap(of));
      const before = await counts();
      store.queue.put(entry(19, { p: part(1) }));
      store.queue.put(entry(29, { p: part(2) }));
      await sleep(50);
      store.queue.put(entry(18, { p: part(1) }));
      store.queue.put(entry(28, { p: part(2) }));
      const writing = store.write([entry(17, { p: part(1) })]);
      const erased = await store.erasePartitions([part(4), part(2), part(2)]);
      await writing;
      await store.queue.flush();
      const left = [await words(store, [11, 17, 18, 19], part(1)), await words(store, [21, 28, 29], part(2)), await words(store, [31], part(3)), await words(store, [41], part(4))];
      const after = await counts();
      await store.write([entry(11, { p: part(1), word: "again" })]);
      const again = await words(store, [11], part(1));
      await store.clear();
      return { before, erased, left, after, again, end: await counts(), generation: await store.get("generation") };
    `);
    assert.deepEqual(got, {
      before: [12, 12, 5], erased: "done",
      left: [Array(4).fill("nothing"), ["21 first", "28 first", "29 first"], ["nothing"], ["41 first"]],
      after: [8, 8, 3], again: ["11 again"], end: [0, 0, 1], generation: 5,
    });
    assert.deepEqual(tab.errors, []);
  });

  test("encrypted rows say nothing, and nothing opens them when their key is gone", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      const store = await open({ seal: encrypted });
      await store.write([entry(1), entry(2)]);
      const at = [part(1), bytes(1)];
      const rows = [await behind((meta) => meta.get(at)), await behind((_, bodies) => bodies.get(at))];
      const buffers = [rows[0][0], rows[0][1], rows[1].h, rows[1].b];
      const seen = buffers.map((buffer) => new TextDecoder("latin1").decode(buffer)).join();
      const key = await store.get([part(1)]);
      const exported = await crypto.subtle.exportKey("raw", key).then(() => "exported", ({ name }) => name);
      const other = await open({ seal: encrypted });
      const both = await words(other, [1, 2]);
      await store.clear();
      await behind((meta, bodies) => { meta.put(rows[0], at); return bodies.put(rows[1], at); });
      return { seen: /first|meta|site|json/.test(seen), exported, both, after: await words(await open({ seal: encrypted }), [1]), asPlain: await words(await open(), [1]) };
    `);
    assert.deepEqual(got, { seen: false, exported: "InvalidAccessError", both: ["1 first", "2 first"], after: [null], asPlain: [null] });
  });

  test("when the disk is full the caller makes room once; else only memory is used, and nothing old stays", async () => {
    let tab;
    let browser;
    if (world.engine === "chromium") {
      tab = await world.open();
      const devtools = await tab.createCDPSession();
      await devtools.send("Storage.overrideQuotaForOrigin", { origin: world.server.origin, quotaSize: 4e6 });
    } else {
      browser = await launch("firefox", { extraPrefsFirefox: { "dom.quotaManager.temporaryStorage.fixedLimit": 4096 } });
      tab = await browser.newPage();
      await tab.goto(world.server.url("/blank.html"));
    }
    try {
      const got = await run(tab, `
        // Random, as engines compress.
        const large = (n, size = 3e5) => {
          const { b, ...rest } = entry(n, { size });
          const noise = new Uint8Array(b, 100);
          for (let at = 0; at < noise.length; at += 65536) crypto.getRandomValues(noise.subarray(at, at + 65536));
          return { ...rest, b };
        };
        const there = async (store, numbers) => (await Promise.all(numbers.map((n) => store.load(part(1), bytes(n))))).map(Boolean);
        const asked = [];
        let victims = [0, 1, 2, 3, 4, 5, 6, 7];
        const reasons = [];
        const store = await open({ onLost: (reason) => reasons.push(reason), onFull: (size) => { asked.push(size); for (const n of victims) store.queue.erase(part(1), bytes(n)); } });
        // Until it is refused several times: engines find some room by tidying up.
        const outcomes = [];
        const fill = async (n) => {
          for (let full = 0; full < 4; n += 1) {
            outcomes.push(await store.write([large(n)]));
            if (outcomes.at(-1) !== "done") full += 1;
            if (outcomes.at(-1) === "done" && !(await store.load(part(1), bytes(n)))) outcomes.push("not there");
          }
          return n;
        };
        const fit = await fill(0);
        store.queue.put(large(51, 8e5));
        const made = [await store.queue.flush(), await there(store, [0, 7, 51]), structuredClone(asked)];
        await fill(60);
        victims = [];
        asked.length = 0;
        // Larger ones in the place of those that are there, until one does not fit.
        let last;
        let full;
        for (let at = 8; !asked.length && at < 100; at += 1) {
          if (!(await there(store, [at]))[0]) continue;
          store.queue.put(large((last = at), 45e4));
          full = await store.queue.flush();
        }
        full = [full, await there(store, [last]), structuredClone(asked)];
        store.queue.put(entry(51, { word: "second" }));
        const after = [await store.queue.flush(), await there(store, [51]), asked.length];
        return { fit, made, full, after, reasons, outcomes: [...new Set(outcomes)].sort() };
      `);
      assert.deepEqual(got.outcomes, ["done", "full"]);
      assert.ok(got.fit > 12 && got.fit < 30, `${got.fit} entries fitted`);
      assert.deepEqual(got.made, ["done", [false, false, true], [8e5]]);
      assert.deepEqual(got.full, ["full", [false], [45e4, 0]]);
      assert.deepEqual(got.after, ["full", [false], 2]);
      assert.deepEqual(got.reasons, []);
    } finally {
      await browser?.close();
    }
  });

  test("where storage is blocked there is no store, one reason, and no error", async () => {
    for (const file of ["store.js", "database.js", "queue.js"]) {
      const body = await readFile(fileURLToPath(new URL(file, SOURCES)));
      world.server.on(`/open/${file}`, { body, headers: { "content-type": "text/javascript", "access-control-allow-origin": "*" } });
    }
    const script = `
      import { open } from "${world.server.url("/open/store.js")}";
      const reasons = [];
      const store = await open({ onLost: (reason) => reasons.push(reason) });
      parent.postMessage({ store, reasons }, "*");`;
    world.server.page("/frame.html", `<script type="module">${script}</script>`);
    const tab = await world.open();
    const got = await tab.evaluate(() => new Promise((resolve) => {
      window.onmessage = ({ data }) => resolve(data);
      document.body.innerHTML = `<iframe sandbox="allow-scripts" src="/frame.html"></iframe>`;
    }));
    assert.equal(got.store, null);
    assert.equal(got.reasons.length, 1);
    assert.match(got.reasons[0], /cannot be opened \(SecurityError\)/);

    const without = await run(tab, `
      Object.defineProperty(window, "indexedDB", { value: undefined });
      const reasons = [];
      return [await open({ onLost: (reason) => reasons.push(reason) }), reasons];
    `);
    assert.deepEqual(without, [null, ["Only memory is used: the database cannot be opened (TypeError)."]]);
    assert.deepEqual(tab.errors, []);
  });

  test("ten thousand rows are indexed without a long task", async () => {
    const tab = await world.open();
    await run(tab, `
      const store = await open();
      const m = new Uint8Array(300);
      for (let n = 0; n < 10000; n += 500) await store.write(Array.from({ length: 500 }, (_, k) => ({ ...entry(n + k), m })));
      for (let n = 0; n < 1000; n += 500) await store.write(Array.from({ length: 500 }, (_, k) => entry(20000 + n + k, { p: part(2) })));
    `);
    if (world.engine === "chromium") await tab.tracing.start({ categories: ["toplevel", "devtools.timeline", "blink.user_timing"] });
    const got = await run(tab, `
      const store = await open();
      const gaps = [];
      const { port1, port2 } = new MessageChannel();
      let last = performance.now();
      port1.onmessage = () => { const now = performance.now(); gaps.push(now - last); last = now; port2.postMessage(0); };
      port2.postMessage(0);
      await sleep(20);
      gaps.length = 0;
      const start = performance.now();
      performance.mark("indexing");
      let rows = 0, first;
      await store.index(part(1), (slice) => { first ??= performance.now() - start; rows += slice.length; });
      const took = performance.now() - start;
      performance.mark("indexed");
      port1.close();
      gaps.sort((a, b) => b - a);
      const began = performance.now();
      await store.load(part(1), bytes(5000));
      return { rows, took, first, longest: gaps.slice(0, 5), load: performance.now() - began };
    `);
    assert.equal(got.rows, 10_000);
    const report = [`${world.engine}: index of 10,000 rows in ${got.took.toFixed(0)} ms, first slice after ${got.first.toFixed(1)} ms, a load then ${got.load.toFixed(1)} ms`];
    report.push(`longest gaps between messages: ${got.longest.map((ms) => ms.toFixed(1)).join(", ")} ms`);
    if (world.engine === "chromium") {
      const { traceEvents } = JSON.parse(Buffer.from(await tab.tracing.stop()).toString());
      const [from, to] = ["indexing", "indexed"].map((mark) => traceEvents.find(({ name }) => name === mark));
      const tasks = traceEvents.filter(({ name, pid, tid, ts }) => /RunTask$/.test(name) && pid === from.pid && tid === from.tid && ts > from.ts && ts < to.ts);
      assert.ok(tasks.length > 40, "the trace has the tasks");
      const longest = tasks.map(({ dur = 0, tdur = 0 }) => [dur / 1000, tdur / 1000]).sort((a, b) => Math.min(...b) - Math.min(...a)).slice(0, 5);
      report.push(`longest tasks by trace (wall/cpu): ${longest.map(([wall, cpu]) => `${wall.toFixed(1)}/${cpu.toFixed(1)}`).join(", ")} ms`);
    }
    for (const line of report) console.log(line);
    const erasing = await run(tab, `
      const store = await open();
      const start = performance.now();
      await store.erasePartitions([part(2)]);
      return [performance.now() - start, await counts()];
    `);
    console.log(`${world.engine}: erasing 10,000 rows of others in ${erasing[0].toFixed(0)} ms`);
    assert.deepEqual(erasing[1], [1000, 1000, 0]);
  });
}, { files: { "/browser/": fileURLToPath(new URL(".", SOURCES)).slice(0, -1) } });
