// The database behind the cache: what is written is there whole or not at all, whoever else is at work on it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser } from "./harness.mjs";
import { run, SERVED } from "./store-harness.mjs";

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
    // As large as their time allows; the first is small, and the last may be smaller.
    const { sizes, ...rest } = got;
    assert.equal(sizes[0], 8);
    assert.ok(sizes.slice(0, -1).every((size) => size >= 8 && size <= 48) && Math.max(...sizes) > 8, sizes.join());
    assert.deepEqual(rest, { whole: true, part_: false, seen: 8, none: [0], empty: true, numbers: true, metas: true });
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

  test("where the context is not secure rows have no digest, and only their shape is checked; nothing is encrypted there", async () => {
    const tab = await world.open();
    const got = await run(tab, `
      Object.defineProperty(crypto, "subtle", { value: undefined });
      const store = await open();
      await store.write([1, 2, 3, 4, 5].map((n) => entry(n)));
      const at = (n) => [part(1), bytes(n)];
      const body = await behind((_, bodies) => bodies.get(at(1)));
      await behind((_, bodies) => bodies.put({ ...body, b: "text" }, at(2)));
      await behind((_, bodies) => bodies.put({ ...body, h: { ...body.h, status: 7 } }, at(3)));
      await behind((meta) => meta.put("text", at(4)));
      const sealed = await open({ name: "other", seal: encrypted });
      return [await words(store, [1, 2, 3, 4, 5]), await sealed.write([entry(1)]), await words(sealed, [1]), await counts("other")];
    `);
    assert.deepEqual(got, [["1 first", null, null, null, "5 first"], "done", ["nothing"], [0, 0, 0]]);
    assert.deepEqual(tab.errors, []);
  });

  // How long they take is measured by tests/bench/disk.mjs.
  test("ten thousand rows are indexed in small slices, between which the page goes on", async () => {
    const tab = await world.open();
    const { slices, between, load } = await run(tab, `
      const store = await open();
      const m = new Uint8Array(300);
      for (let n = 0; n < 10000; n += 500) await store.write(Array.from({ length: 500 }, (_, k) => ({ ...entry(n + k), m })));
      for (let n = 0; n < 1000; n += 500) await store.write(Array.from({ length: 500 }, (_, k) => entry(20000 + n + k, { p: part(2) })));
      const { port1, port2 } = new MessageChannel();
      let messages = 0, seen = 0, between = 0;
      port1.onmessage = () => { messages += 1; port2.postMessage(0); };
      port2.postMessage(0);
      const slices = [];
      await store.index(part(1), (slice) => {
        if (messages > seen) between += 1;
        seen = messages;
        slices.push(slice.length);
      });
      port1.close();
      return { slices, between, load: !!(await store.load(part(1), bytes(5000))) };
    `);
    assert.equal(slices.reduce((sum, rows) => sum + rows), 10_000);
    assert.equal(slices[0], 8, "before anything that reads them has run, few");
    assert.ok(Math.max(...slices) <= 48, `the largest slice has ${Math.max(...slices)} rows`);
    assert.ok(between > slices.length / 2, `in ${between} of ${slices.length} pauses between slices others have had their turn`);
    assert.ok(load, "an entry can be asked for");
    const erasing = await run(tab, `
      const store = await open();
      const start = performance.now();
      await store.erasePartitions([part(2)]);
      return [performance.now() - start, await counts()];
    `);
    console.log(`${world.engine}: erasing 10,000 rows of others in ${erasing[0].toFixed(0)} ms`);
    assert.deepEqual(erasing[1], [1000, 1000, 0]);
  });
}, SERVED);
