// When the database behind the cache cannot be had, or is taken away: no failure reaches the page, and none costs it data.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inEachBrowser, launch, until } from "./harness.mjs";
import { run, SERVED, SOURCES } from "./store-harness.mjs";

inEachBrowser((world) => {
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
      const body = await readFile(new URL(file, SOURCES));
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
}, SERVED);
