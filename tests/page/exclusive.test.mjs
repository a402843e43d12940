// Work that must not be done twice at once: over the apps of a page, over tabs, and when tabs die.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

inEachBrowser((world) => {
  /** A tab with an app; there, `renew()` asks the server once, and `before` runs first. */
  const open = async (before = () => {}) => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect } = await import("/pkg/index.js");
      globalThis.connect = (name) => connect({ app: name });
      globalThis.app = globalThis.connect("a");
      globalThis.renew = async (made = (token) => ({ token })) => made(await (await fetch("/api/renew", { method: "POST" })).json());
    });
    await tab.evaluate(before);
    return tab;
  };
  const renewals = () => world.server.hits("/api/renew");
  const serve = (delay = 1_000) => world.server.on("/api/renew", ({ hit }) => ({ json: hit, delay }));
  /** Begins in one tab, and goes on once its work is with the server; in an object, lest `await` wait for its end. */
  const begin = async (tab, inside = () => app.exclusive("token", () => renew())) => {
    const already = renewals();
    const result = tab.evaluate(inside);
    result.catch(() => {});
    await until(() => renewals() > already, "the work had begun");
    return { promise: result };
  };

  test("apps of one page share one run and its very value; the next call runs anew", async () => {
    serve(50);
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const b = connect("b");
      const [x, y] = await Promise.all([app.exclusive("token", () => renew()), b.exclusive("token", () => renew())]);
      const other = await Promise.all([b.exclusive("token", () => renew()), b.exclusive("another", () => renew())]);
      return { same: x === y, first: x.token, others: other.map(({ token }) => token).sort() };
    });
    assert.deepEqual(found, { same: true, first: 1, others: [2, 3] });
  });

  test("a failure is everybody's, and ends with its run", async () => {
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const fail = () => { throw new TypeError("no way"); };
      const both = await Promise.allSettled([app.exclusive("token", fail), app.exclusive("token", () => 1)]);
      const told = (call) => call.then(() => "nothing", ({ code, message }) => `${code}: ${message}`);
      return [...both.map(({ reason }) => `${reason.name}: ${reason.message}`), await app.exclusive("token", () => 2), await told(app.exclusive("token"))];
    });
    assert.deepEqual(found.slice(0, 3), ["TypeError: no way", "TypeError: no way", 2]);
    assert.match(found[3], /^invalid-option: exclusive\(\) needs a name and a function/);
  });

  test("tabs share one run", async () => {
    serve();
    const tabs = await Promise.all([1, 2, 3].map(() => open()));
    const { promise } = await begin(tabs[0]);
    const others = tabs.slice(1).map((tab) => tab.evaluate(() => app.exclusive("token", () => renew())));
    assert.deepEqual(await Promise.all([promise, ...others]), [{ token: 1 }, { token: 1 }, { token: 1 }]);
    assert.equal(renewals(), 1);
  });

  test("tabs that begin at the same moment run once", async () => {
    serve(1_000);
    const tabs = await Promise.all([1, 2, 3, 4].map(() => open()));
    const tokens = await Promise.all(tabs.map((tab) => tab.evaluate(async () => (await app.exclusive("token", () => renew())).token)));
    assert.deepEqual(tokens, [1, 1, 1, 1]);
  });

  test("a failure reaches other tabs", async () => {
    serve();
    const [one, two] = [await open(), await open()];
    const { promise } = await begin(one, () => app.exclusive("token", () => renew(() => { throw new RangeError("expired"); })).catch(String));
    const other = two.evaluate(() => app.exclusive("token", () => renew()).catch(String));
    assert.deepEqual(await Promise.all([promise, other]), ["RangeError: expired", "RangeError: expired"]);
    assert.equal(renewals(), 1);
  });

  test("if the tab that runs it closes, one of those that wait runs it", async () => {
    world.server.on("/api/renew", ({ hit }) => (hit === 1 ? { hang: "head" } : { json: hit, delay: 200 }));
    const tabs = await Promise.all([1, 2, 3].map(() => open()));
    await begin(tabs[0]);
    const others = tabs.slice(1).map((tab) => tab.evaluate(() => app.exclusive("token", () => renew())));
    await new Promise((done) => setTimeout(done, 200));
    await tabs[0].close();
    assert.deepEqual(await Promise.all(others), [{ token: 2 }, { token: 2 }]);
    assert.equal(renewals(), 2);
  });

  test("what cannot be copied stays in its page; the others run their own", async () => {
    serve();
    const [one, two] = [await open(), await open()];
    const { promise } = await begin(one, async () => typeof (await app.exclusive("token", () => renew((token) => () => token))));
    assert.deepEqual(await Promise.all([promise, two.evaluate(() => app.exclusive("token", () => renew()))]), ["function", { token: 2 }]);
  });

  test("nobody gets another person's", async () => {
    serve();
    const as = (id) => open(id === "ann" ? () => app.identify("ann") : () => app.identify("bob"));
    const [ann, bob, alsoAnn] = [await as("ann"), await as("bob"), await as("ann")];
    const { promise } = await begin(ann);
    const others = [bob, alsoAnn].map((tab) => tab.evaluate(() => app.exclusive("token", () => renew())));
    assert.deepEqual(await Promise.all([promise, ...others]), [{ token: 1 }, { token: 2 }, { token: 1 }]);
    // The person changes in the page.
    const again = await begin(ann);
    const changed = await ann.evaluate(() => (app.identify(null), app.exclusive("token", () => renew())));
    assert.deepEqual([(await again.promise).token, changed.token], [3, 4]);
  });

  test("work goes on with the names that it holds; crosswise is an error; and nobody waits for ever for what never ends", async () => {
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const b = connect("b");
      const said = (call) => call.then((value) => value, ({ code, message }) => `${code}: ${message}`);
      const never = () => new Promise(() => {});
      const again = await app.exclusive("one", ({ exclusive }) => exclusive("one", ({ exclusive }) => exclusive("two", () => exclusive("one", () => "held"))));
      // Each holds one name and asks for the other's, when both have begun.
      let begun = 0;
      let both;
      const ready = new Promise((resolve) => (both = resolve));
      const cross = (first, second) => app.exclusive(first, async ({ exclusive }) => {
        if ((begun += 1) === 2) both();
        await ready;
        return exclusive(second, () => "never");
      });
      const crosswise = await Promise.all([said(cross("x", "y")), said(cross("y", "x"))]);
      // Without what it was given a call waits, at most so long.
      const within = await said(app.exclusive("alone", () => b.exclusive("alone", () => 1, { timeout: 100 })));
      const stuck = app.exclusive("stuck", never);
      await new Promise((over) => setTimeout(over, 50));
      const late = await said(b.exclusive("stuck", () => 1, { timeout: 100 }));
      const give = new AbortController();
      const given = b.exclusive("stuck", () => 1, { signal: give.signal }).catch(({ name }) => name);
      give.abort();
      // Whose work nobody waits for any more hears of it.
      const left = new AbortController();
      let heard;
      const work = new Promise((done) => app.exclusive("left", ({ signal }) => new Promise(() => signal.addEventListener("abort", () => done((heard = true)))), { signal: left.signal }).catch(() => {}));
      await new Promise((over) => setTimeout(over, 50));
      left.abort();
      await work;
      const wrong = await said(app.exclusive("x", () => 1, { timeout: 0 }));
      return { again, crosswise, within, late, given: await given, heard, wrong };
    });
    assert.equal(found.again, "held");
    // One of them is told; the other's then goes on to its own end.
    const told = found.crosswise.filter((text) => /^deadlock: .*"x".*"y"|^deadlock: .*"y".*"x"/.test(text));
    assert.ok(told.length >= 1, found.crosswise.join("; "));
    assert.match(found.within, /^deadline: exclusive\("alone"\): "a" of this page has held it for more than 100 ms/);
    assert.match(found.late, /^deadline: exclusive\("stuck"\): "a" of this page/);
    assert.deepEqual([found.given, found.heard], ["AbortError", true]);
    assert.match(found.wrong, /^invalid-option: exclusive\(\): timeout/);
  });

  test("who waits for another tab's work gives up in time, and the name is free when that tab is gone", async () => {
    const [one, two] = [await open(), await open()];
    await one.evaluate(() => new Promise((begun) => void app.exclusive("long", () => (begun(), new Promise(() => {})))));
    assert.match(await two.evaluate(() => app.exclusive("long", () => 1, { timeout: 200 }).catch(({ code, message }) => `${code}: ${message}`)), /^deadline: exclusive\("long"\): another tab/);
    await one.close();
    assert.equal(await two.evaluate(() => app.exclusive("long", () => "mine")), "mine");
  });

  test("if that part cannot be loaded, the work is done all the same", async () => {
    serve(0);
    world.server.on("/pkg/exclusive.js", { status: 404 });
    const tab = await open();
    assert.deepEqual(await tab.evaluate(() => app.exclusive("token", () => renew())), { token: 1 });
  });

  test("it needs neither the core nor locks", async () => {
    serve(100);
    world.server.on("/pkg/forebay.wasm", { status: 404 });
    const bare = () => Object.defineProperty(navigator, "locks", { value: undefined });
    const tab = await open(bare);
    const both = await tab.evaluate(() => Promise.all(["a", "b"].map(async (name) => (await connect(name).exclusive("token", () => renew())).token)));
    assert.deepEqual(both, [1, 1]);
    assert.deepEqual(tab.errors, []);
  });
});
