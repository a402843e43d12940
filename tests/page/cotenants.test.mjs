// What others put into the page's realm and the origin's storage: the page may lose sharing, and nothing else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atRest, inEachBrowser, runsAll, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=600" };

inEachBrowser((world) => {
  const open = async (person = "ann") => {
    const tab = await world.open();
    await tab.evaluate(async (person) => {
      globalThis.forebay = await import("/pkg/index.js");
      globalThis.app = forebay.connect({ app: "a" });
      app.identify(person);
      globalThis.mode = await forebay.ready();
      const { v1 } = globalThis[Symbol.for("forebay")];
      globalThis.channel = new BroadcastChannel("forebay " + v1.version);
      globalThis.isHere = () => app.report().mode;
    }, person);
    return tab;
  };
  const ask = (tab, url) => tab.evaluate((url) => app.json(url), url);
  const pause = (ms) => new Promise((later) => setTimeout(later, ms));
  /** Works on the database as whoever shares the origin can. */
  const tamper = (tab, work) => tab.evaluate((work) => new Promise((done, fail) => {
    const opening = indexedDB.open("forebay");
    opening.onerror = fail;
    opening.onsuccess = () => {
      const db = opening.result;
      const change = db.transaction([...db.objectStoreNames], "readwrite");
      new Function("change", "store", work)(change, (name) => change.objectStore(name));
      change.oncomplete = () => (db.close(), done());
      change.onerror = change.onabort = () => (db.close(), fail(change.error));
    };
  }), work);

  test("a message that names any function of the core breaks nothing", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const [one, two] = [await open(), await open()];
    for (const what of ["memory", "start", "scratch", "depot", "__proto__", "constructor", "toString", "identify"]) {
      await two.evaluate((what) => channel.postMessage({ is: "doubt", doubt: [what, []], tab: 1, count: 1 }), what);
    }
    await two.evaluate(() => channel.postMessage({ doubt: ["memory", []] }));
    await pause(300);
    assert.equal(await one.evaluate(() => isHere()), "shared");
    assert.equal(await ask(one, "/api/a"), 1);
    assert.deepEqual([one.errors, two.errors], [[], []]);
  });

  test("hundreds of forged and mutated messages: every call is answered with what its server gave to it, and nothing is thrown", async () => {
    world.server.on("/api/n/:n", { json: 0 });
    for (let n = 0; n < 20; n += 1) world.server.on(`/api/n/${n}`, { json: n, headers: FRESH });
    const [one, two] = [await open(), await open()];
    await two.evaluate(async () => {
      // What tabs really say, heard by a third party, is what mutants are made of.
      globalThis.heard = [];
      channel.onmessage = ({ data }) => heard.push(data);
    });
    await one.evaluate(async () => {
      for (let n = 0; n < 5; n += 1) await app.json("/api/n/" + n);
      app.invalidate({ urls: ["/api/n/0"], tags: ["t"] });
      await app.fetch("/api/n/1", { method: "POST" });
    });
    await pause(500);
    const real = await two.evaluate(() => heard.length);
    assert.ok(real > 1, `${real} messages`);
    const sending = two.evaluate(async () => {
      let seed = 7;
      const below = (n) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % n;
      const odd = () => [
        null, undefined, NaN, -1, 0, 1, 2 ** 31, 2 ** 53, 1e300, "", "x", "é\ud800", "0".repeat(64), "f".repeat(64), "z".repeat(64), [], [[]], {}, true,
        new ArrayBuffer(3), new Uint8Array(2), new Map([[1, 2]]), new Date(0), 10n, "a".repeat(10_000), Array.from({ length: 50 }, (_, n) => n), ["memory", []],
        ["invalidate", [1, "*"]], ["invalidate", [1e9, "x"]], ["invalidate", ["x", 1, 2]], ["written", ["POST"]], ["written", ["POST", "x", 1, 2, 3, ""]], ["mutated", ["/graphql", "{".repeat(5_000), "", ""]],
        ["mutated", ["/graphql", "{a(b:" + "[".repeat(5_000), "", "["]], { status: 99, statusText: "", headers: [], url: "" }, { status: 200, statusText: "\n", headers: [["\n", "x"]], url: "" },
      ][below(36)];
      const shapes = [
        () => ({ is: "doubt", doubt: odd(), tab: odd(), count: odd() }), () => ({ is: "told", key: odd(), say: below(9) }),
        () => ({ is: "answer", key: odd(), words: odd(), arrived: odd(), h: odd(), b: odd() }), () => ({ is: "hello", from: odd() }), () => ({ is: "here", from: odd(), to: odd(), count: odd() }),
        () => ({ is: "bye", from: odd() }), () => ({ is: "log" }), () => ({ is: odd() }), odd,
        () => ({ is: "doubt", doubt: ["mutated", ["/graphql", odd(), odd(), odd()].map((item) => (typeof item === "string" ? item : "x"))], tab: below(9), count: below(9) }),
        () => ({ is: "doubt", doubt: [["invalidate", "written", "mutated"][below(3)], [odd(), odd(), odd()].filter((item) => /string|number/.test(typeof item))], tab: below(9), count: below(9) }),
      ];
      const mutated = (message) => {
        const names = Object.keys(message);
        const mutant = { ...message };
        if (below(2)) delete mutant[names[below(names.length)]];
        else mutant[names[below(names.length)]] = odd();
        return mutant;
      };
      for (let n = 0; n < 600; n += 1) {
        const message = below(3) ? shapes[below(shapes.length)]() : mutated(heard[below(heard.length)]);
        try {
          channel.postMessage(message);
        } catch {
          // It cannot be cloned.
        }
        if (n % 20 === 0) await new Promise((later) => setTimeout(later, 5));
      }
      return true;
    });
    for (let round = 0; round < 3; round += 1) {
      const got = await one.evaluate(() => Promise.all(Array.from({ length: 20 }, (_, n) => app.json("/api/n/" + n))));
      assert.deepEqual(got, Array.from({ length: 20 }, (_, n) => n));
    }
    await sending;
    await pause(500);
    assert.equal(await one.evaluate(() => isHere()), "shared");
    assert.deepEqual(one.errors, []);
    assert.equal(await ask(one, "/api/n/3"), 3);
  });

  test("rows and log entries of a foreign hand cost a request at most", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: { hit }, headers: FRESH }));
    const works = {
      "a log that is none": `store("state").put("x", "log")`,
      "a log without lines": `store("state").put({ floor: 0 }, "log")`,
      "a log with odd lines": `store("state").put({ floor: 0, lines: [[1], null, "x"] }, "log")`,
      "a log whose lines nobody has sealed": `store("state").put({ floor: 0, lines: [[1, 1, [new Uint8Array(12), new ArrayBuffer(40)]], [2, 1, 7]] }, "log")`,
      "a log that begins anew": `store("state").put({ floor: 0, lines: [] }, "log")`,
      "no log": `store("state").delete("log")`,
      "another key": `store("state").put("x", "log key")`,
      "another list of epochs": `store("state").put(7, "nobody's")`,
      "metadata of five megabytes": `store("meta").openCursor().onsuccess = ({ target: { result: at } }) => at?.update(new Uint8Array(5 << 20))`,
      "metadata that is none": `store("meta").openCursor().onsuccess = ({ target: { result: at } }) => at?.update({ x: 1 })`,
      "a body of five megabytes": `store("bodies").openCursor().onsuccess = ({ target: { result: at } }) => at?.update({ ...at.value, b: new ArrayBuffer(5 << 20) })`,
      "a body that is none": `store("bodies").openCursor().onsuccess = ({ target: { result: at } }) => at?.update(null)`,
      "a head that is none": `store("bodies").openCursor().onsuccess = ({ target: { result: at } }) => at?.update({ ...at.value, h: { status: 7, headers: "x" } })`,
      "rows of odd keys": `store("meta").openKeyCursor().onsuccess = ({ target: { result: at } }) => { if (at) for (const key of [[at.key[0], new ArrayBuffer(1)], [at.key[0], new ArrayBuffer(99)], [at.key[0], at.key[1], 1], [at.key[0]]]) store("meta").put(new Uint8Array(4), key) }`,
      "no rows' bodies": `store("bodies").clear()`,
    };
    // Rows are read by the same code in every engine: all cells in one, and in the others one of each kind.
    const cells = Object.entries(works).filter((_, at) => runsAll(world.engine) || at % 3 === 0);
    for (const [what, work] of cells) {
      const one = await open();
      await one.evaluate(() => app.clear());
      await ask(one, "/api/a");
      await one.evaluate(() => app.invalidate({ tags: ["none"] }));
      await atRest(one);
      await tamper(one, work);
      await one.close();
      const before = world.server.hits("/api/a");
      const two = await open();
      const { hit } = await ask(two, "/api/a");
      assert.ok(hit >= before, what);
      // What is invalidated from then on is so for the next page, too.
      await two.evaluate(() => app.invalidate({ urls: ["/api/a"] }));
      await two.close();
      const three = await open();
      assert.ok((await ask(three, "/api/a")).hit > hit, `${what}: what was invalidated comes back`);
      assert.deepEqual([two.errors, three.errors], [[], []], what);
      await three.close();
    }
  });

  test("a claim that somebody holds for ever costs a while", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const [one, two] = [await open(), await open()];
    await two.evaluate(async () => {
      const { request } = navigator.locks;
      navigator.locks.request = function (name, ...rest) {
        globalThis.named = name;
        return request.call(this, name, ...rest);
      };
      await app.json("/api/a");
      navigator.locks.request = request;
    });
    const name = await two.evaluate(() => named);
    await one.evaluate(() => app.clear());
    await two.evaluate((name) => void navigator.locks.request(name, () => new Promise(() => {})), name);
    assert.equal(await ask(one, "/api/a"), 2);
    assert.deepEqual(one.errors, []);
  });

  test("a registry that is frozen, empty or not ours: the app goes on with plain fetch", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit }));
    for (const [registry, mode] of [
      ["Object.freeze({})", "pass-through"], ["7", "pass-through"], ['"text"', "pass-through"], ["{ v1: {} }", "pass-through"], ["{ v1: 7 }", "pass-through"],
      ["{ v1: { todo: [], early: {}, ready: 1 } }", "pass-through"], ["{ get v1() { throw 1 } }", "pass-through"], ["new Proxy({}, { set: () => false })", "pass-through"],
      ["Object.freeze({ v1: Object.freeze({ todo: [], early: new Map() }) })", "pass-through"],
      ["{ v1: Object.freeze({ todo: [], early: new Map(), ready: Promise.resolve(null) }) }", "pass-through"],
      ["{}", "shared"], ["null", "shared"], ["function () {}", "shared"], ["[]", "shared"],
    ]) {
      const tab = await world.open();
      const got = await tab.evaluate(async (registry) => {
        globalThis[Symbol.for("forebay")] = new Function(`return ${registry}`)();
        const { configure, connect, ready } = await import("/pkg/index.js");
        configure({ memory: 1_000_000 });
        const [one, two] = [connect({ app: "a" }), connect({ app: "b" })];
        one.identify("ann");
        const mode = await ready();
        return [mode, (await one.json("/api/a")) > 0, (await (await two.fetch("/api/a")).json()) > 0, one.report().mode];
      }, registry);
      assert.deepEqual(got, [mode, true, true, mode], registry);
      assert.deepEqual(tab.errors, [], registry);
      await tab.close();
    }
  });

  test("members that a page has put on every object are nobody's options, and cost no data", async () => {
    world.server.on("/api/*", ({ hit }) => ({ json: { hit }, headers: FRESH }));
    world.server.on("/graphql", ({ body }) => {
      const { operationName, query } = JSON.parse(String(body) || "{}");
      return operationName || !query ? { json: { errors: [{ message: "not as it was asked" }] } } : { json: { data: { v: 1 } } };
    });
    const members = {
      json: 1, value: 1, deadline: 5, endpoint: "/x", operationName: "Z", retries: 99, isOver: true, failed: true, data: 1, read: 1, plain: 1, forebay: 1,
      onResponse: 1, order: 1, tokens: "x", status: 500, error: 1, length: 7, done: true, store: false, name: "x", headersOf: 1, session: 9,
    };
    for (const when of ["before", "after"]) {
      const tab = await world.open();
      const got = await tab.evaluate(async (when, members) => {
        const pollute = () => void Object.assign(Object.prototype, members);
        if (when === "before") pollute();
        const { connect, ready } = await import("/pkg/index.js");
        const app = connect({ app: "a" });
        const soon = (what) => Promise.race([what, new Promise((late) => setTimeout(late, 3_000, "late"))]).catch(String);
        const early = [soon(app.json("/api/early")), soon(app.query("{ v }"))];
        await Promise.all(early);
        await ready();
        if (when === "after") pollute();
        const told = soon(new Promise((told) => app.watch("/api/watched", ({ data, error }) => told(error ? String(error) : data))));
        const all = [
          ...early, told, soon(app.json("/api/a")), soon(app.json("/api/b", {})), soon(app.fetch("/api/c").then((response) => response.json())),
          soon(app.query("{ v }")), soon(app.query("{ v v }", {}, {})), soon(app.mutate("mutation { v }")),
        ];
        return (await Promise.all(all)).map((one) => (Object.hasOwn(Object(one), "hit") || Object.hasOwn(Object(one), "v") ? "data" : String(one)));
      }, when, members);
      assert.deepEqual(got, Array(9).fill("data"), when);
      await tab.close();
    }
  });

  test("what pages do to the language's own objects costs nothing", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: { hit }, headers: FRESH }));
    const patches = {
      "members of Object.prototype": `for (const name of ["is", "doubt", "log", "person", "hello", "storage", "disk", "h", "b", "arrived", "v1", "foo", "message"]) Object.prototype[name] ??= function () {}`,
      "methods of arrays": `Array.prototype.last = function () { return this.at(-1) }; Array.prototype.is = () => true`,
      "toJSON, as an old library has it": `Array.prototype.toJSON = undefined; Object.prototype.toQueryString = () => ""`,
      "another Promise.prototype.then": `const { then } = Promise.prototype; Promise.prototype.then = function (...a) { return then.apply(this, a) }`,
      "a Promise that is wrapped": `globalThis.Promise = class extends Promise {}`,
      "another Map": `globalThis.Map = class extends Map { get(key) { return super.get(key) } }`,
      "another JSON.parse": `const { parse, stringify } = JSON; JSON.parse = (text, f) => parse(text, f); JSON.stringify = (...a) => stringify(...a)`,
    };
    for (const [what, patch] of Object.entries(patches)) {
      const tab = await world.open();
      const got = await tab.evaluate(async (patch) => {
        new Function(patch)();
        const { connect, ready } = await import("/pkg/index.js");
        const app = connect({ app: "a" });
        app.identify("ann");
        const mode = await ready();
        const values = [await app.json("/api/a"), await app.json("/api/a"), await (await app.fetch("/api/a")).json()].map(({ hit }) => hit);
        app.invalidate({ urls: ["/api/a"] });
        values.push((await app.json("/api/a", {})).hit);
        return [mode, ...values.map((hit) => hit - values[0])];
      }, patch);
      assert.deepEqual(got, ["shared", 0, 0, 0, 1], what);
      await atRest(tab);
      assert.deepEqual(tab.errors, [], what);
      // And it lies on disk for the next page.
      const next = await world.open();
      const again = await next.evaluate(async (patch) => {
        new Function(patch)();
        const { connect, ready } = await import("/pkg/index.js");
        const app = connect({ app: "a" });
        app.identify("ann");
        await ready();
        await app.json("/api/a");
        return app.report().counts.sent;
      }, patch);
      assert.equal(again, 0, what);
      for (const one of [tab, next]) await one.evaluate(() => 0).then(() => one.close());
    }
  });

  test("another tab that hears nothing but noise still hears of another person", async () => {
    world.server.on("/api/me", ({ headers }) => ({ json: headers.cookie ?? "nobody", headers: FRESH }));
    const [one, two] = [await open(), await open()];
    await one.evaluate(() => (document.cookie = "who=ann"));
    assert.equal(await ask(one, "/api/me"), "who=ann");
    await two.evaluate(() => {
      for (let n = 0; n < 200; n += 1) channel.postMessage({ is: "person", person: [n, "x", "0".repeat(63), null][n % 4] });
      document.cookie = "who=bob";
      app.identify("bob");
    });
    await until(async () => (await ask(one, "/api/me")) === "who=bob", "the tab asks the server");
    assert.deepEqual(one.errors, []);
  });
});
