// What protects people on their own disk: the options that say what may lie there, epochs, clocks, and what survives a kill.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atRest, inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=600" };

inEachBrowser((world) => {
  /** A tab with an app of this person, who has been shown what the disk knows. */
  const open = async (person, options, path) => {
    const tab = await world.open(path);
    await tab.evaluate(async (person, options) => {
      globalThis.forebay = await import("/pkg/index.js");
      if (options) forebay.configure(options);
      globalThis.app = forebay.connect({ app: "a" });
      globalThis.outcomes = [];
      app.on("answer", ({ outcome }) => outcomes.push(outcome));
      if (person !== undefined) app.identify(person);
      await forebay.ready();
    }, person, options);
    return tab;
  };
  const ask = (tab, url) => tab.evaluate((url) => app.json(url), url);
  const last = (tab) => tab.evaluate(() => outcomes.at(-1));
  /** All that lies in the database and in `localStorage`, as far as it is legible. */
  const legible = (tab) => tab.evaluate(() => new Promise((resolve) => {
    const opening = indexedDB.open("forebay");
    opening.onsuccess = async () => {
      const db = opening.result;
      const all = [Object.entries(localStorage)];
      const show = (_, value) => (value instanceof ArrayBuffer ? new TextDecoder("latin1").decode(value) : ArrayBuffer.isView(value) ? new TextDecoder("latin1").decode(value) : value);
      const rows = {};
      for (const name of db.objectStoreNames) {
        const store = db.transaction([name]).objectStore(name);
        const read = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
        const [keys, values] = await Promise.all([read(store.getAllKeys()), read(store.getAll())]);
        rows[name] = keys.length;
        all.push(keys, values);
      }
      db.close();
      resolve({ text: JSON.stringify(all, show), rows });
    };
  }));
  const rows = async (tab) => (await legible(tab)).rows.bodies ?? 0;
  const kept = (tab, number) => until(async () => (await rows(tab)) === number, `${number} rows lie on disk`, 8_000).catch(async (error) => { throw new Error(`${error.message}: ${JSON.stringify((await legible(tab)).rows)}`); });
  const configure = (tab, options) => tab.evaluate((options) => {
    try {
      forebay.configure(options);
    } catch ({ code, message }) {
      return [code, message];
    }
  }, options);

  test("what is wrong in the storage options is refused at once, with or without the broker, and keeps everything off the disk until it is right", async () => {
    world.server.on("/api/*", ({ hit }) => ({ json: hit, headers: FRESH }));
    const tab = await world.open();
    const wrong = [{ dsk: false }, { disk: "no" }, { disk: null }, { encrypt: 1 }, { bytes: "9" }, { bytes: -1 }, false, null, "no"];
    const refusals = (tab) => tab.evaluate(async (wrong) => {
      const { configure, connect, ready } = await import("/pkg/index.js");
      Object.assign(globalThis, { forebay: { configure, ready }, connect });
      return wrong.map((storage) => {
        try {
          configure({ storage });
          return "taken";
        } catch ({ code, message }) {
          return `${code} ${/storage/.test(message)}`;
        }
      });
    }, wrong);
    assert.deepEqual(await refusals(tab), wrong.map(() => "invalid-option true"));
    await tab.evaluate(() => ((globalThis.app = connect({ app: "a" })), app.identify("ann"), forebay.ready()));
    assert.deepEqual(await refusals(tab), wrong.map(() => "invalid-option true"));
    await ask(tab, "/api/a");
    await atRest(tab); // it would be written by now
    assert.deepEqual(await tab.evaluate(() => indexedDB.databases()), []);
    await configure(tab, { storage: { disk: true } });
    await until(() => tab.evaluate(async () => (await indexedDB.databases()).length === 1), "there is a disk");
    await new Promise((over) => setTimeout(over, 500));
    await ask(tab, "/api/b");
    await kept(tab, 1);
  });

  test("options that another copy let pass and that are wrong mean no disk", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      globalThis.app = connect({ app: "a" });
      globalThis[Symbol.for("forebay")].v1.host.storage = { disk: "no" };
      app.identify("ann");
      await ready();
      await app.json("/api/a");
    });
    await atRest(tab);
    assert.deepEqual(await tab.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), []);
  });

  test("of several calls the last that names an option holds", async () => {
    const secret = "a secret of hers";
    world.server.on("/api/a", { json: secret, headers: FRESH });
    const tab = await world.open();
    await tab.evaluate(async () => {
      globalThis.forebay = await import("/pkg/index.js");
      forebay.configure({ storage: { encrypt: true } });
      forebay.configure({ storage: { bytes: 1_000_000, encrypt: undefined } });
      globalThis.app = forebay.connect({ app: "a" });
      app.identify("ann");
      await forebay.ready();
    });
    await ask(tab, "/api/a");
    await kept(tab, 1);
    assert.doesNotMatch((await legible(tab)).text, /secret/);
  });

  test("a late `disk: false` stops, and erases what lies there; a later `true` begins anew", async () => {
    world.server.on("/api/:n", { json: 0 });
    for (const n of ["a", "b", "c"]) world.server.on(`/api/${n}`, ({ hit }) => ({ json: hit, headers: FRESH }));
    const tab = await open("ann");
    await ask(tab, "/api/a");
    await kept(tab, 1);
    assert.equal(await configure(tab, { storage: { disk: false } }), undefined);
    await kept(tab, 0);
    await ask(tab, "/api/b");
    await atRest(tab);
    assert.equal(await rows(tab), 0);
    assert.deepEqual(await tab.evaluate(() => Object.keys(localStorage)), []);
    await configure(tab, { storage: { disk: true } });
    await ask(tab, "/api/c");
    await kept(tab, 1);
    assert.deepEqual(tab.errors, []);
  });

  test("`disk: false` from the beginning erases what earlier pages have left", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const one = await open("ann");
    await ask(one, "/api/a");
    await kept(one, 1);
    await one.close();
    const two = await open("ann", { storage: { disk: false } });
    await kept(two, 0);
    assert.equal(await ask(two, "/api/a") > 0, true);
  });

  test("a late `encrypt: true` erases what lies in clear, and encrypts from then on", async () => {
    world.server.on("/api/a", { json: "a secret of hers", headers: FRESH });
    world.server.on("/api/b", { json: "another secret", headers: FRESH });
    const one = await open("ann");
    await ask(one, "/api/a");
    await kept(one, 1);
    assert.match((await legible(one)).text, /secret/);
    await configure(one, { storage: { encrypt: true } });
    await kept(one, 0);
    await ask(one, "/api/b");
    await kept(one, 1);
    assert.doesNotMatch((await legible(one)).text, /secret/);
    await one.close();
    const two = await open("ann", { storage: { encrypt: true } });
    assert.equal(await ask(two, "/api/b"), "another secret");
    assert.equal(await last(two), "persisted");
  });

  test("what an earlier page has left in clear is gone when the next one encrypts, before anybody is named", async () => {
    world.server.on("/api/a", { json: "a secret of hers", headers: FRESH });
    const one = await open("ann");
    await ask(one, "/api/a");
    await kept(one, 1);
    await one.close();
    const two = await open(undefined, { storage: { encrypt: true } });
    await kept(two, 0);
  });

  test("nothing that names a resource or a person lies in clear, also when the person has gone", async () => {
    world.server.on("/api/patients/17", ({ method }) => (method === "GET" ? { json: 1, headers: FRESH } : {}));
    for (const encrypt of [true, false]) {
      const tab = await open("ann.miller", { storage: { encrypt } });
      await ask(tab, "/api/patients/17");
      await tab.evaluate(async () => {
        await app.fetch("/api/patients/17", { method: "POST" });
        app.invalidate({ urls: ["/api/patients/*"], tags: ["Patient:17"] });
      });
      await tab.evaluate(() => new Promise((later) => setTimeout(later, 500)));
      if (!encrypt) await tab.evaluate(() => app.identify(null));
      await until(async () => encrypt || (await rows(tab)) === 0, "what was hers is gone");
      const { text, rows: lines } = await legible(tab);
      assert.ok(lines.state > 0);
      assert.doesNotMatch(text, /patient|ann\.|miller/i);
      await tab.close();
    }
  });

  test("the calendar has gone on while the page's clock stood still: nothing is fresh, in memory or published", async () => {
    const later = 8 * 3_600_000;
    // The server has not slept.
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: { "cache-control": "max-age=60", date: new Date(Date.now() + (hit - 1) * later).toUTCString() } }));
    const tab = await open("ann");
    const got = await tab.evaluate(async () => {
      const first = [await app.json("/api/a"), await app.json("/api/a"), app.peek("/api/a")];
      const now = Date.now;
      Date.now = () => now() + 8 * 3_600_000;
      const peeked = app.peek("/api/a") ?? null;
      return [...first, peeked, await app.json("/api/a"), await app.json("/api/a")];
    });
    assert.deepEqual(got, [1, 1, 1, null, 2, 2]);
  });

  test("a calendar that is set back makes nothing younger, and no page useless", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: { "cache-control": "max-age=1" } }));
    world.server.on("/api/b", ({ hit }) => ({ json: hit, headers: FRESH }));
    const tab = await open("ann");
    const got = await tab.evaluate(async () => {
      const first = await app.json("/api/a");
      const now = Date.now;
      Date.now = () => now() - 3_600_000;
      await new Promise((later) => setTimeout(later, 1_100));
      return [first, await app.json("/api/a"), await app.json("/api/b"), await app.json("/api/b")];
    });
    assert.deepEqual(got, [1, 2, 1, 1]);
  });

  test("what was kept in another epoch is never given out, and goes when no tab has it any more", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const one = await open("ann", { epoch: "1" });
    assert.equal(await ask(one, "/api/a"), 1);
    await kept(one, 1);
    const two = await open("ann", { manifest: { schema: "2" } });
    assert.equal(await ask(two, "/api/a"), 2);
    // Both live side by side, and neither doubts whose page it is.
    await kept(two, 2);
    assert.deepEqual([one.warnings, two.warnings], [[], []]);
    const again = await open("ann", { epoch: "1" });
    assert.deepEqual([await ask(again, "/api/a"), await last(again)], [1, "persisted"]);
    await one.close();
    await again.close();
    const three = await open("ann", { epoch: "2", manifest: { schema: "9" } });
    assert.deepEqual([await ask(three, "/api/a"), await last(three)], [2, "persisted"]);
    await kept(three, 1);
  });

  test("nobody's old epochs go as well", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: { "cache-control": "public, max-age=600" } }));
    const one = await open(undefined, { epoch: "1" });
    await ask(one, "/api/a");
    await kept(one, 1);
    await one.close();
    const two = await open(undefined, { epoch: "2" });
    await kept(two, 0);
    await ask(two, "/api/a");
    // By the browser's own cache perhaps, as by plain fetch.
    assert.equal(await last(two), "missed");
  });

  test("an epoch that changes in a running page is a change of person for what is kept, and nobody's call fails", async () => {
    let answer;
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    world.server.on("/api/slow", async ({ hit }) => (hit === 1 && (await new Promise((go) => (answer = go))), { json: hit, headers: FRESH }));
    const tab = await open("ann", { epoch: "1" });
    await ask(tab, "/api/a");
    const slow = ask(tab, "/api/slow");
    await until(() => world.server.hits("/api/slow") === 1, "it was asked");
    assert.equal(await configure(tab, { epoch: "2" }), undefined);
    assert.equal(await tab.evaluate(() => app.peek("/api/a") === undefined), true);
    assert.equal(await ask(tab, "/api/a"), 2);
    assert.equal(await ask(tab, "/api/slow"), 2);
    answer();
    assert.equal(await slow, 1);
    assert.equal(await ask(tab, "/api/slow"), 2);
    assert.deepEqual(tab.errors, []);
  });

  test("what was written or declared out of date before a kill does not come back from disk", async () => {
    for (const how of ["write", "invalidate"]) {
      let version = 1;
      world.server.on(`/api/${how}`, ({ method }) => (method === "GET" ? { json: version, headers: FRESH } : ((version = 2), {})));
      const one = await open("ann");
      assert.equal(await ask(one, `/api/${how}`), 1);
      await until(async () => (await rows(one)) > 0, "it lies on disk");
      await one.evaluate(async (how) => {
        if (how === "write") await app.fetch("/api/write", { method: "POST" });
        else app.invalidate({ urls: ["/api/invalidate"] });
      }, how);
      version = 2;
      await one.close();
      const two = await open("ann");
      assert.equal(await ask(two, `/api/${how}`), 2, how);
      await two.close();
    }
  });

  test("a mark that a killed page has left makes all rows doubtful, once", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const one = await open("ann");
    await ask(one, "/api/a");
    await kept(one, 1);
    await one.evaluate(() => (localStorage["forebay 7"] = 1));
    await one.close();
    const two = await open("ann");
    assert.equal(await ask(two, "/api/a"), 2);
    await atRest(two);
    assert.deepEqual(await two.evaluate(() => Object.keys(localStorage)), ["forebay"]);
    await two.close();
    const three = await open("ann");
    assert.deepEqual([await ask(three, "/api/a"), await last(three)], [2, "persisted"]);
  });
});
