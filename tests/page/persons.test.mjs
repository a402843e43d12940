// What was asked as one person is sent as that person or fails with `identity-changed`; it is never sent, answered or kept as
// the next one's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "private, max-age=600" };
const PACKAGE = new URL("../../pkg/", import.meta.url);
/** A gate: `opened` resolves when the test calls `open`. */
const gate = () => {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, opened };
};

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  const who = ({ headers }) => headers.authorization?.replace("Bearer ", "") ?? /who=(\w+)/.exec(headers.cookie)?.[1] ?? "nobody";
  /** Answers with whoever asks, and by GraphQL too. */
  const serve = (headers = FRESH) => {
    server.on("/api/*", (seen) => ({ json: { who: who(seen) }, headers }));
    server.on("/graphql", (seen) => ({ json: { data: { who: who(seen) } } }));
  };
  /** A page with an app; its broker is there unless told otherwise. */
  const open = async ({ wait = true, path } = {}) => {
    const tab = await world.open(path);
    await tab.evaluate(async (wait) => {
      const forebay = await import("/pkg/index.js");
      Object.assign(globalThis, forebay, { app: forebay.connect({ app: "a" }), other: forebay.connect({ app: "b" }) });
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      globalThis.as = (token) => ({ headers: { authorization: "Bearer " + token } });
      globalThis.alike = { tokens: "interchangeable" };
      /** What a call ends with: its value, or its error's code. */
      globalThis.end = (call) => Promise.resolve(call).then((value) => value?.who ?? value, (error) => error.code ?? error.name);
      globalThis.be = (person) => ((document.cookie = "who=" + person), app.identify(person));
      if (wait) await ready();
    }, wait);
    return tab;
  };
  /** The file is sent when the test says so. */
  const hold = (file) => {
    const { open, opened } = gate();
    server.on("/pkg/" + file, async () => {
      await opened;
      return { body: readFileSync(new URL(file, PACKAGE)), headers: { "content-type": file.endsWith("wasm") ? "application/wasm" : "text/javascript" } };
    });
    return open;
  };

  test("a wait that an app's callers share ends with the person", async () => {
    for (const next of ["u2", null]) {
      const { open: answer, opened } = gate();
      server.reset();
      server.on("/api/me", async (seen) => {
        const json = { who: who(seen) };
        if (json.who === "u1") await opened;
        return { json, headers: FRESH };
      });
      const tab = await open();
      await tab.evaluate(() => {
        be("u1");
        globalThis.one = end(app.json("/api/me"));
      });
      await until(() => server.requests("/api/me").some((seen) => who(seen) === "u1"), "the first is asked");
      const second = await tab.evaluate((next) => ((document.cookie = "who=" + next), app.identify(next), end(app.json("/api/me"))), next);
      answer();
      assert.deepEqual([await tab.evaluate(() => one), second], ["u1", String(next)]);
      assert.equal(await tab.evaluate(() => end(app.json("/api/me"))), String(next));
    }
  });

  for (const [kind, watch, ask] of [
    ["a URL", 'app.watch("/api/who", as("u1"), tell)', 'app.json("/api/who", as("u2"))'],
    ["a query", 'app.watch({ query: "{ who }", ...as("u1") }, tell)', 'app.query("{ who }", {}, as("u2"))'],
  ]) {
    test(`what watches ${kind} with a person's token ends with that person, and nobody is given what it got`, async () => {
      serve();
      const tab = await open();
      const result = await tab.evaluate(async (watch, ask) => {
        const told = [];
        globalThis.tell = ({ data, error }) => told.push(error?.code ?? data.who);
        app.identify("u1", alike);
        const watching = eval(watch);
        while (!told.length) await sleep(10);
        app.identify("u2", alike);
        while (told.length < 2) await sleep(10);
        const answer = await end(eval(ask));
        watching.refresh();
        configure({ rules: [] });
        await sleep(100);
        return { told, answer, again: await end(eval(ask)) };
      }, watch, ask);
      assert.deepEqual(result, { told: ["u1", "identity-changed"], answer: "u2", again: "u2" });
      const next = await open();
      assert.equal(await next.evaluate((ask) => (app.identify("u2", alike), end(eval(ask))), ask), "u2", "also from disk");
    });
  }

  test("what watched with a token before anybody was named goes on, and is nobody else's", async () => {
    serve();
    const tab = await open();
    const result = await tab.evaluate(async () => {
      const told = [];
      app.watch("/api/who", as("t1"), ({ data, error }) => told.push(error?.code ?? data.who));
      app.watch({ query: "{ who }", ...as("t1") }, ({ data, error }) => told.push(error?.code ?? data.who));
      app.identify("u2", alike);
      while (told.length < 2) await sleep(10);
      return { told, url: await end(app.json("/api/who", as("t2"))), query: await end(app.query("{ who }", {}, as("t2"))) };
    });
    assert.deepEqual(new Set(result.told), new Set(["t1"]));
    assert.deepEqual([result.url, result.query], ["t2", "t2"]);
  });

  for (const isNamed of [true, false]) {
    test(`what watches with a token ${isNamed ? "of the person before" : "of before anybody was named"} is nobody else's, though it was asked before the core came`, async () => {
      const { open: answer, opened } = gate();
      serve();
      server.on("/api/who", async (seen) => {
        if (seen.hit === 1) await opened;
        return { json: { who: who(seen) }, headers: FRESH };
      });
      const release = hold("forebay.wasm");
      const tab = await open({ wait: false });
      await tab.evaluate((isNamed) => {
        if (isNamed) app.identify("u1", alike);
        globalThis.told = [];
        app.watch("/api/who", as("t1"), ({ data, error }) => told.push(error?.code ?? data.who));
      }, isNamed);
      await until(() => server.hits("/api/who") === 1, "it is asked for");
      await tab.evaluate(() => app.identify("u2", alike));
      answer();
      await tab.evaluate(() => sleep(100));
      release();
      const seen = await tab.evaluate(async () => {
        await ready();
        while (!told.length) await sleep(10);
        const next = await end(app.json("/api/who", as("t2")));
        await sleep(100);
        return { next, told: [...new Set(told)] };
      });
      assert.deepEqual(seen, { next: "t2", told: [isNamed ? "identity-changed" : "t1"] });
      const tokens = server.requests("/api/who").map(({ headers }) => headers.authorization);
      assert.deepEqual(tokens.slice(1), isNamed ? ["Bearer t2"] : ["Bearer t1", "Bearer t2"]);
    });
  }

  test("a query that waits for its part belongs to the person who asked, and a mutation is not executed as the next", async () => {
    serve();
    const release = hold("graphql.wasm");
    const tab = await open();
    const result = tab.evaluate(async () => {
      app.identify("u1", alike);
      const asked = [app.query("{ who }", {}, as("u1")), app.mutate("mutation { do }", {}, as("u1")), other.query("{ who }")].map(end);
      const watched = new Promise((told) => app.watch({ query: "{ who }", ...as("u1") }, ({ data, error }) => told(error?.code ?? data.who)));
      await sleep(50);
      document.cookie = "who=u2";
      app.identify("u2", alike);
      const next = end(app.query("{ who }", {}, as("u2")));
      globalThis.isNext = true;
      return Promise.all([...asked, watched, next]);
    });
    await sleepUntilAsked("/pkg/graphql.wasm");
    await until(() => tab.evaluate(() => globalThis.isNext), "the next person is named");
    release();
    assert.deepEqual(await result, ["identity-changed", "identity-changed", "identity-changed", "identity-changed", "u2"]);
    assert.equal(server.hits("/graphql"), 1);
  });
  const sleepUntilAsked = (path) => until(() => server.hits(path) > 0, path + " is asked for");

  test("what was asked in the same task as the change fails, by every door", async () => {
    serve();
    const tab = await open();
    await tab.evaluate(async () => {
      be("u1");
      await app.query("{ who }"); // its part is there
    });
    const before = server.requests().length;
    const ends = await tab.evaluate(() => {
      const calls = [
        app.json("/api/me"), app.fetch("/api/other"), app.json("/api/me?2", { cache: "reload" }), other.json("/api/me"),
        app.query("{ who }"), other.query("{ who aka: who }"), app.mutate("mutation { do }"), app.mutate("mutation { do it }"),
      ].map(end);
      be("u2");
      return Promise.all(calls);
    });
    assert.deepEqual(new Set(ends), new Set(["identity-changed"]), ends.join());
    assert.equal(server.requests().length, before, "nothing was sent");
    assert.equal(await tab.evaluate(() => end(app.json("/api/me"))), "u2");
  });

  test("before anybody is named, what waits is sent as it is, and kept for nobody", async () => {
    serve();
    const release = hold("graphql.wasm");
    const tab = await open();
    const result = tab.evaluate(async () => {
      document.cookie = "who=u1";
      const asked = [app.query("{ who }", {}, as("t1")), app.mutate("mutation { do }")].map(end);
      app.identify("u1", alike);
      return [...(await Promise.all(asked)), await end(app.query("{ who }", {}, as("t2")))];
    });
    await sleepUntilAsked("/pkg/graphql.wasm");
    release();
    assert.deepEqual(await result, ["t1", "identity-changed", "t2"]);
  });

  /** Why requests pass through, and how that comes about on the page that is opened then. */
  const PASSING = {
    "there is no core": (tab) => tab.evaluate(() => ready()),
    "it is off": (tab) => tab.evaluate(() => (configure({ disabled: true }), ready())),
    "it is switched off": (tab) => tab.evaluate(async () => (await ready(), configure({ disabled: true }))),
  };
  /** A page of that kind, or one that shares. */
  const opened = async (passing) => {
    if (passing === "there is no core") server.on("/pkg/forebay.wasm", { status: 404 });
    const tab = await open({ wait: false });
    await (PASSING[passing] ?? PASSING["there is no core"])(tab);
    return tab;
  };

  for (const passing of Object.keys(PASSING)) {
    test(`where ${passing}, what was watched with a token is not read for the next person; what nobody had named goes on`, async () => {
      serve();
      const tab = await opened(passing);
      const told = await tab.evaluate(async () => {
        const told = [[], [], [], []];
        const watch = (at, ...what) => app.watch(...what, ({ data, error }) => told[at].push(error?.code ?? data.who));
        const until = async (holds) => { while (!holds()) await sleep(10); };
        watch(0, "/api/who", as("t0"));
        await until(() => told[0].length);
        app.identify("u1", alike);
        watch(1, "/api/who", as("t1"));
        watch(2, { query: "{ who }", ...as("t1") });
        watch(3, "/api/me", { headers: { accept: "application/json" } });
        await until(() => told.every((one) => one.length > 0) && told[0].length > 1);
        app.identify("u2", alike);
        await until(() => told[1].includes("identity-changed") && told[2].includes("identity-changed"));
        await until(() => told[3].length > 1);
        await sleep(100);
        return told;
      });
      // What says only what it wants is whoever's the page is.
      assert.deepEqual(new Set(told.pop()), new Set(["nobody"]));
      assert.deepEqual(told.slice(1), [["t1", "identity-changed"], ["t1", "identity-changed"]]);
      assert.deepEqual(new Set(told[0].slice(0, 2)), new Set(["t0"]));
    });
  }

  for (const passing of [undefined, ...Object.keys(PASSING)]) {
    test(`a mutation that waits behind another is not executed as the next person${passing ? `, where ${passing}` : ""}`, async () => {
      const { open: answer, opened: answered } = gate();
      server.on("/graphql", async (seen) => {
        if (String(seen.body).includes("slow")) await answered;
        return { json: { data: { who: who(seen) } } };
      });
      const tab = await opened(passing);
      await tab.evaluate(() => {
        be("u1");
        globalThis.calls = [app.mutate("mutation { slow }"), app.mutate("mutation { now }")].map(end);
      });
      await sleepUntilAsked("/graphql");
      await tab.evaluate(() => be("u2"));
      answer();
      assert.deepEqual(await tab.evaluate(() => Promise.all(calls)), ["u1", "identity-changed"]);
      assert.equal(server.hits("/graphql"), 1);
    });
  }

  test("the former person's validators are not sent for the next, whose answer it would become", async () => {
    server.on("/api/me", (seen) => {
      const headers = { etag: '"v3"', "cache-control": "private, no-cache" };
      return seen.headers["if-none-match"] === '"v3"' ? { status: 304, headers } : { json: { who: who(seen) }, headers };
    });
    const tab = await open();
    const seen = await tab.evaluate(async () => {
      be("u1");
      const first = await end(app.json("/api/me"));
      be("u2");
      return [first, await end(app.json("/api/me")), await end(app.json("/api/me"))];
    });
    assert.deepEqual(seen, ["u1", "u2", "u2"]);
    // As early as that, and from the core, in the next page; and by token.
    for (const wait of [false, true]) {
      const next = await open({ wait });
      assert.equal(await next.evaluate(() => (be("u3"), end(app.json("/api/me")))), "u3", `from the core: ${wait}`);
      assert.equal(await next.evaluate(() => end(app.json("/api/me", as("t1")))), "t1");
      assert.equal(await next.evaluate(() => end(app.json("/api/me", as("t2")))), "t2");
    }
  });

  test("what is stored is asked about by its own validators", async () => {
    server.on("/api/list", ({ headers }) => {
      const validators = { etag: '"1"', "cache-control": "private, no-cache" };
      return headers["if-none-match"] ? { status: 304, headers: validators } : { json: { who: "list" }, headers: validators };
    });
    const tab = await open();
    const seen = await tab.evaluate(async () => (be("u1"), [await end(app.json("/api/list")), await end(app.json("/api/list"))]));
    assert.deepEqual(seen, ["list", "list"]);
    assert.deepEqual(server.requests("/api/list").map(({ headers }) => headers["if-none-match"]), [undefined, '"1"']);
  });

  test("an early request does not give the former person's kept answer to the one who is named", async () => {
    serve();
    const first = await open();
    await first.evaluate(async () => (be("u1"), await app.json("/api/me")));
    const release = hold("forebay.wasm");
    const tab = await open({ wait: false });
    await tab.evaluate(() => localStorage.removeItem("forebay"));
    await tab.reload();
    await tab.evaluate(async () => {
      document.cookie = "who=u2";
      const { connect, ready } = await import("/pkg/index.js");
      Object.assign(globalThis, { app: connect({ app: "a" }), ready });
      app.identify("u2");
      globalThis.early = [(await app.json("/api/me")).who, (await app.json("/api/me")).who];
    });
    release();
    assert.deepEqual(await tab.evaluate(async () => (await ready(), [...early, (await app.json("/api/me")).who])), ["u2", "u2", "u2"]);
    assert.equal(server.requests("/api/me").length, 2, "one for each person");
  });

  test("a background request that browsers hold back is given up with its person, whoever has joined it", async () => {
    const { open: answer, opened } = gate();
    server.on("/api/busy*", async () => (await opened, { json: 1 }));
    server.on("/api/me", (seen) => ({ json: { who: who(seen) }, headers: FRESH }));
    const tab = await open();
    await tab.evaluate(() => {
      be("u1");
      for (let n = 0; n < 6; n++) fetch("/api/busy" + n);
    });
    await until(() => server.requests().filter(({ path }) => path.startsWith("/api/busy")).length === 6, "all connections are busy");
    await tab.evaluate(async () => {
      app.prefetch("/api/me");
      await sleep(50);
      globalThis.one = end(app.json("/api/me"));
      await sleep(50);
      be("u2");
      globalThis.two = end(app.json("/api/me"));
    });
    answer();
    assert.deepEqual(await tab.evaluate(() => Promise.all([one, two])), ["identity-changed", "u2"]);
  });

  test("a read that fails after the change does not show again what the former person was shown", async () => {
    server.on("/api/me", (seen) => (who(seen) === "u1" ? { json: { who: "u1" } } : { status: 404 }));
    const tab = await open();
    const told = await tab.evaluate(async () => {
      const told = [];
      be("u1");
      app.watch("/api/me", ({ data, error }) => told.push([data?.who ?? null, error?.code ?? null]));
      while (!told.length) await sleep(10);
      be("u2");
      while (told.length < 2) await sleep(10);
      return told;
    });
    assert.deepEqual(told, [["u1", null], [null, "http-status"]]);
  });

  test("tabs whose hosts speak one after the other keep nothing of what was sent between", async () => {
    serve();
    const tabs = [await open(), await open(), await open()];
    for (const tab of tabs) await tab.evaluate(async () => (be("u1"), await app.json("/api/warm")));
    const [one, two, three] = tabs;
    await one.evaluate(() => be("u2"));
    for (const tab of [two, three]) await until(() => tab.warnings.some((warning) => warning.includes("Another tab")), "the others have heard");
    // Not told by their hosts yet: whatever they send is the new person's, and is kept for nobody.
    for (const tab of [two, three]) assert.equal(await tab.evaluate(() => end(app.json("/api/me"))), "u2");
    await two.evaluate(() => app.identify("u2"));
    assert.equal(await two.evaluate(() => end(app.json("/api/me"))), "u2");
    // And the last host says that it is the former person after all: nothing of the other is there.
    await three.evaluate(() => be("u1"));
    assert.equal(await three.evaluate(() => end(app.json("/api/me"))), "u1");
  });

  test("a Request with a body keeps it, and is nobody else's", async () => {
    server.on("/api/*", ({ body, method }) => ({ json: { who: method + " " + body }, headers: FRESH }));
    const tab = await open();
    const ends = await tab.evaluate(async () => {
      configure({ rules: [{ match: "/api/search", coalescePost: true }] });
      const json = (response) => response.json();
      const request = (method, body) => new Request("/api/search", { method, body, headers: { "content-type": "application/json" } });
      return Promise.all(["POST", "QUERY"].flatMap((method) => ["1", "2"].map((body) => end(app.fetch(request(method, body)).then(json)))));
    });
    assert.deepEqual(ends, ["POST 1", "POST 2", "QUERY 1", "QUERY 2"]);
  });

  test("a relative URL means what it meant when it was asked", async () => {
    server.page("/one/page.html", "");
    server.on("/one/*", { json: { who: "one" } });
    server.on("/two/*", { json: { who: "two" } });
    const tab = await open({ path: "/one/page.html" });
    const told = await tab.evaluate(async () => {
      const told = [];
      app.watch("data", ({ data, error }) => told.push(data?.who ?? error.message));
      while (told.length < 1) await sleep(10);
      history.pushState(null, "", "/two/page.html");
      configure({ rules: [] });
      while (told.length < 2) await sleep(10);
      app.identify("u1");
      while (told.length < 3) await sleep(10);
      return told;
    });
    assert.deepEqual(new Set(told), new Set(["one"]));
    assert.equal(server.hits("/two/data"), 0);
    // Before the broker is there: what waits for it, and what is handed over.
    const release = hold("forebay.wasm");
    const early = await open({ path: "/one/page.html", wait: false });
    await early.evaluate(() => {
      history.replaceState(null, "", "/one/page.html");
      globalThis.told = [];
      app.watch("early", ({ data }) => told.push(data?.who));
      app.prefetch("ahead");
      app.invalidate({ urls: ["early"] });
      history.pushState(null, "", "/two/page.html");
    });
    release();
    await early.evaluate(() => ready());
    await until(() => server.hits("/one/ahead") > 0, "it is fetched ahead");
    assert.deepEqual(await early.evaluate(() => [...new Set(told)]), ["one"]);
    assert.equal(server.requests().filter(({ path }) => /^\/two\/(early|ahead)/.test(path)).length, 0);
  });
});
