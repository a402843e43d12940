// Pass-through keeps its contracts: by want of a core, by somebody's will, for an app or the page; and it can end.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { atRest, inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=60" };
const PACKAGE = new URL("../../pkg/", import.meta.url);

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  /** Opens a page with two apps and the package; `options` are the host's. */
  const open = async (options, before = () => {}) => {
    const tab = await world.open();
    await tab.evaluate(before);
    await tab.evaluate(async (options) => {
      const forebay = await import("/pkg/index.js");
      if (options) forebay.configure(options);
      const [a, b] = ["a", "b"].map((app) => forebay.connect({ app }));
      const modes = [];
      a.on("mode", ({ mode, reason }) => modes.push(reason ? `${mode}: ${reason}` : mode));
      const until = async (holds) => { while (!(await holds())) await new Promise((over) => setTimeout(over, 10)); };
      /** What a watch was told. */
      const watching = (app, ...what) => {
        const told = [];
        return Object.assign(told, app.watch(...what, ({ data, error }) => told.push(error ? String(error) : data)));
      };
      Object.assign(globalThis, { forebay, a, b, modes, until, watching });
    }, options);
    return tab;
  };
  const gets = (path) => server.requests(path).filter(({ method }) => method === "GET").length;
  /** A resource that a POST makes newer. */
  const versions = (path) => {
    let version = 1;
    server.on(`GET ${path}`, () => ({ json: version, headers: FRESH }));
    server.on(`POST ${path}`, () => ({ json: (version += 1) }));
  };
  const file = (name) => ({ body: readFileSync(new URL(name, PACKAGE)), headers: { "content-type": name.endsWith("wasm") ? "application/wasm" : "text/javascript" } });

  test("without a core the page's own fetch keeps time under install, too", async () => {
    versions("/api/x");
    server.on("/pkg/forebay.wasm", { status: 404 });
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const { install } = await import("/pkg/install.js");
      install(a, { match: ["/api/*"] });
      await forebay.ready();
      const read = async () => (await fetch("/api/x")).json();
      const seen = watching(b, "/api/x");
      await until(() => seen.length);
      const before = await read();
      await fetch("/api/x", { method: "POST" });
      await until(() => seen.at(-1) === 2);
      const after = await read();
      return [before, after, a.report().mode];
    });
    assert.deepEqual(found, [1, 2, "pass-through"]);
    await tab.close();
  });

  test("without a core a watch is read again after writes and invalidations, in all tabs; and what a disk still has is not given out later", async () => {
    versions("/api/x");
    const first = await open();
    await first.evaluate(async () => {
      await forebay.ready();
      a.identify("ann");
      await a.json("/api/x");
    });
    await atRest(first);
    await first.close();
    server.on("/pkg/forebay.wasm", { status: 404 });
    const [one, two] = [await open(), await open()];
    for (const tab of [one, two]) await tab.evaluate(async () => {
      await forebay.ready();
      globalThis.seen = watching(a, "/api/x");
      await until(() => seen.length);
    });
    assert.deepEqual(await one.evaluate(async () => {
      await b.fetch("/api/x", { method: "POST" });
      await until(() => seen.at(-1) === 2);
      const after = seen.length;
      b.invalidate({ urls: ["/api/other"] });
      a.invalidate({ tags: ["any"] });
      await until(() => seen.length > after);
      return [seen.at(-1), await b.json("/api/x"), modes.length];
    }), [2, 2, 1]);
    await two.evaluate(() => until(() => seen.at(-1) === 2));
    for (const tab of [one, two]) await tab.close();
    server.on("/pkg/forebay.wasm", file("forebay.wasm"));
    const later = await open(undefined, () => {});
    assert.equal(await later.evaluate(async () => {
      a.identify("ann");
      await forebay.ready();
      return a.json("/api/x");
    }), 2);
  });

  for (const how of ["a write", "an invalidation", "clear"]) test(`what was out of date before it passes through (${how}) is so in other tabs, too`, async () => {
    versions("/api/x");
    const other = await open();
    const read = () => other.evaluate(async () => (await forebay.ready(), a.json("/api/x")));
    assert.deepEqual([await read(), await read(), gets("/api/x")], [1, 1, 1]);
    server.on("/pkg/forebay.wasm", { hang: "head" });
    const tab = await open();
    await tab.evaluate(async (how) => {
      if (how === "a write") await a.fetch("/api/x", { method: "POST" });
      else await fetch("/api/x", { method: "POST" });
      if (how === "an invalidation") a.invalidate({ urls: ["/api/x"] });
      if (how === "clear") a.clear();
      if ((await forebay.ready()) !== "pass-through") throw new Error("there is a core");
    }, how);
    await until(async () => (await read()) === 2, "the other tab reads again");
    await Promise.all([tab.close(), other.close()]);
  });

  for (const how of ["nothing", "a write", "an invalidation", "clear"]) test(`what was out of date when a page ended before it had a core (${how}) does not come back from disk`, async () => {
    const profile = await world.anotherProfile();
    const begin = (tab) => tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      Object.assign(globalThis, { a: connect({ app: "a" }), ready });
      a.identify("ann");
    });
    versions("/api/x");
    const first = await world.open("/blank.html", { profile });
    await begin(first);
    assert.equal(await first.evaluate(async () => (await ready(), a.json("/api/x"))), 1);
    await atRest(first);
    await first.close();
    server.on("/pkg/forebay.wasm", { hang: "head" });
    const tab = await world.open("/blank.html", { profile });
    await begin(tab);
    await tab.evaluate(async (how) => {
      if (how === "a write") await a.fetch("/api/x", { method: "POST" });
      else if (how !== "nothing") await fetch("/api/x", { method: "POST" });
      if (how === "an invalidation") a.invalidate({ urls: ["/api/x"] });
      if (how === "clear") a.clear();
    }, how);
    await tab.close();
    server.on("/pkg/forebay.wasm", file("forebay.wasm"));
    const next = await world.open("/blank.html", { profile });
    await begin(next);
    assert.equal(await next.evaluate(async () => (await ready(), a.json("/api/x"))), how === "nothing" ? 1 : 2);
    if (how === "nothing") assert.equal(gets("/api/x"), 1);
    assert.deepEqual(await next.evaluate(() => Object.keys(localStorage).filter((name) => name !== "forebay")), [], "no mark is left");
    await next.close();
  });

  test("switched off and on while it runs: who waits goes out alone, watches go on, and nothing old is given out", async () => {
    versions("/api/x");
    server.on("/api/y", { json: 1, delay: 50 });
    let release;
    const held = new Promise((resolve) => (release = resolve));
    server.on("/api/slow", async ({ hit }) => (hit === 1 ? (await held, { json: 1 }) : { json: hit }));
    const tab = await open();
    const found = await tab.evaluate(async () => {
      await forebay.ready();
      const seen = watching(a, "/api/x");
      await until(() => seen.length);
      const waiting = a.json("/api/slow");
      await new Promise((over) => setTimeout(over, 100));
      forebay.disable("an incident");
      const waited = await waiting;
      const off = [await forebay.ready(), a.report().mode, a.report().reason];
      await until(() => seen.length > 1);
      const before = seen.length;
      await b.fetch("/api/x", { method: "POST" });
      await until(() => seen.length > before && seen.at(-1) === 2);
      forebay.enable();
      const on = [await forebay.ready(), a.report().mode];
      await fetch("/api/x", { method: "POST" }); // by somebody else
      const shared = await Promise.all([a.json("/api/y"), b.json("/api/y")]);
      const now = seen.length;
      a.invalidate({ urls: ["/api/x"] });
      await until(() => seen.length > now && seen.at(-1) === 3);
      return { waited, off, on, shared, modes };
    }).catch((error) => { throw error; }).finally(release);
    assert.deepEqual(found, {
      waited: 2, off: ["pass-through", "pass-through", "an incident"], on: ["shared", "shared"], shared: found.shared, modes: ["pass-through: an incident", "shared"],
    });
    assert.equal(gets("/api/y"), 1);
  });

  test("one app is switched off: it goes alone, the others share, and its writes are known to all", async () => {
    versions("/api/x");
    server.on("/api/y", { json: 1, delay: 50 });
    const tab = await open({ disabled: ["a"] });
    const told = await tab.evaluate(async () => {
      await forebay.ready();
      const seen = watching(b, "/api/x");
      const own = watching(a, "/api/x");
      await until(() => seen.length && own.length);
      await a.fetch("/api/x", { method: "POST" });
      await until(() => seen.at(-1) === 2 && own.at(-1) === 2);
      await Promise.all([a.json("/api/y"), b.json("/api/y"), b.json("/api/y")]);
      return [a.report().mode, modes];
    });
    assert.deepEqual(told, ["shared", []]);
    assert.equal(gets("/api/y"), 2);
  });

  test("a flag at a key keeps the core from being loaded; one at a URL switches off and on again", async () => {
    versions("/api/x");
    const off = await open({ flag: { key: "ops-off" } }, () => void (localStorage["ops-off"] = "bad core"));
    assert.deepEqual(await off.evaluate(async () => [await forebay.ready(), await a.json("/api/x"), a.report().reason]), ["pass-through", 1, "bad core"]);
    assert.equal(server.hits("/pkg/runtime.js"), 0);
    await off.evaluate(() => localStorage.removeItem("ops-off"));
    await off.close();
    let disabled = true;
    server.on("/ops.json", () => ({ json: { disabled }, headers: { "cache-control": "no-store" } }));
    const tab = await open({ flag: { url: "/ops.json" } });
    await tab.evaluate(() => until(() => modes.length === 1));
    disabled = false;
    assert.deepEqual(await tab.evaluate(async () => {
      document.dispatchEvent(new Event("visibilitychange"));
      await until(() => modes.length === 2);
      return [modes, await forebay.ready()];
    }), [["pass-through: It is switched off.", "shared"], "shared"]);
  });

  test("what was disabled before it began is not loaded, and is when it is enabled", async () => {
    server.on("/api/y", { json: 1, delay: 50 });
    const tab = await open({ disabled: true });
    assert.equal(await tab.evaluate(() => forebay.ready()), "pass-through");
    assert.equal(server.hits("/pkg/runtime.js"), 0);
    assert.deepEqual(await tab.evaluate(async () => {
      const seen = watching(a, "/api/y?watched");
      await until(() => seen.length);
      forebay.enable();
      const mode = await forebay.ready();
      await Promise.all([a.json("/api/y"), b.json("/api/y")]);
      const before = seen.length;
      b.invalidate({ urls: ["/api/y?watched"] });
      await until(() => seen.length > before);
      return mode;
    }), "shared");
    assert.equal(server.requests("/api/y").filter(({ search }) => !search).length, 1);
  });

  test("over the budget of its own errors it steps back, and says so", async () => {
    server.on("/pkg/depot.wasm", { status: 404 });
    server.on("/api/x", { json: 1 });
    const tab = await open({ errorBudget: 0 });
    const [mode, reason, errors, value] = await tab.evaluate(async () => [await forebay.ready(), a.report().reason, a.report().errors, await a.json("/api/x")]);
    assert.deepEqual([mode, errors, value], ["pass-through", 1, 1]);
    assert.match(reason, /^More than 0 errors of Forebay's own; the last: .*depot\.wasm/);
  });

  test("a core that comes late is used from then on", async () => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    server.on("/pkg/forebay.wasm", async () => (await held, file("forebay.wasm")));
    versions("/api/x");
    server.on("/api/y", { json: 1, delay: 50 });
    const tab = await open();
    assert.deepEqual(await tab.evaluate(async () => {
      globalThis.seen = watching(a, "/api/x");
      return [await forebay.ready(), a.report().mode];
    }), ["pass-through", "pass-through"]);
    await tab.evaluate(async () => {
      await b.fetch("/api/x", { method: "POST" });
      await until(() => seen.at(-1) === 2);
    });
    release();
    assert.deepEqual(await tab.evaluate(async () => {
      await until(async () => (await forebay.ready()) === "shared" && a.report().mode === "shared");
      await Promise.all([a.json("/api/y"), b.json("/api/y")]);
      await b.fetch("/api/x", { method: "POST" });
      await until(() => seen.at(-1) === 3);
      return a.report().mode;
    }), "shared");
    assert.equal(gets("/api/y"), 1);
  });

  test("a part that could not be loaded is had later", async () => {
    server.on("/graphql", { json: { data: { a: 1, b: 2 } }, delay: 50 });
    server.on("/pkg/graphql.js", { status: 503 });
    const tab = await open();
    assert.deepEqual(await tab.evaluate(async () => {
      await forebay.ready();
      return a.query("{ a b }");
    }), { a: 1, b: 2 });
    server.on("/pkg/graphql.js", file("graphql.js"));
    const shared = await tab.evaluate(async () => {
      await new Promise((over) => setTimeout(over, 1_200)); // not asked for again at once
      await a.query("{ a }");
      return Promise.all([a.query("{ a b }"), b.query("{ b a }")]);
    });
    assert.deepEqual(shared, [{ a: 1, b: 2 }, { b: 2, a: 1 }]);
    assert.ok(server.hits("/graphql") <= 3, `${server.hits("/graphql")} operations`);
  });

  test("a tab that reloads does not fail what another waits for", async () => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    server.on("/api/slow", async ({ hit }) => (hit === 1 ? (await held, { json: 1 }) : { json: hit, headers: FRESH }));
    const [one, two] = [await open(), await open()];
    for (const tab of [one, two]) await tab.evaluate(() => forebay.ready());
    await one.evaluate(() => void a.json("/api/slow").catch(() => {}));
    await until(() => server.hits("/api/slow") === 1, "the first tab has asked");
    const waiting = two.evaluate(() => a.fetch("/api/slow").then((response) => response.json()));
    await new Promise((over) => setTimeout(over, 300)); // so that it waits for the first
    await one.reload();
    assert.equal(await waiting, 2);
    release();
  });
});
