// What a host shell declares: each mistake is named by its place, and does not cost what is right.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser } from "./harness.mjs";

/** Runs in the page: `source` sees the package's exports. */
function run(tab, source) {
  return tab.evaluate(async (source) => {
    const forebay = await import("/pkg/index.js");
    const AsyncFunction = (async () => {}).constructor;
    return new AsyncFunction(...Object.keys(forebay), source)(...Object.values(forebay));
  }, source);
}

inEachBrowser((world) => {
  for (const when of ["before the core is there", "later"]) test(`the host's options are checked, each by its name: ${when}`, async () => {
    world.server.on("/api/*", ({ hit }) => ({ json: hit }));
    const tab = await world.open();
    const got = await run(tab, `
      const app = connect({ app: "one" });
      if (${when === "later"}) await ready();
      const loop = { match: "/x" };
      loop.tags = [loop];
      const circular = {};
      circular.rules = [circular];
      const wrong = [
        { memory: "1" }, { memroy: 1 }, { rules: {} }, { rules: [{}] }, { rules: [{ match: "/a" }, { ttl: 3 }] }, { rules: [{ match: "api" }] },
        { rules: [{ match: "/a", ttl: -1 }] }, { rules: [{ match: "/a", colour: 1 }] }, { rules: [{ match: "/a", tags: [7] }] },
        { rules: [{ match: "/a", queryOrder: "any" }] }, { rules: [{ match: "/a", store: 1 }] }, { significantHeaders: "x" },
        { graphql: { url: "x" } }, { graphql: 3 }, { manifest: { paths: {} } }, { manifest: 7 }, { manifest: { documents: "{ a }" } },
        { rules: [loop] }, circular, null, 7, { rules: null },
        { ignoreHeaders: "x-a" }, { rules: [{ match: "/a", ignoreHeaders: [1] }] }, { rules: [{ match: "/a", noStore: "shared" }] },
        { rules: [{ match: "/a", ttl: 1 }, { match: "/a", noStore: "keep" }] }, { manifest: { types: { Status: { values: "OPEN" } } } },
        { manifest: { types: { Status: { names: [] } } } },
      ].map((options) => { try { configure(options); return "accepted"; } catch ({ code, message }) { return code + " " + message; } });
      try { configure({ rules: [{ match: "/api/r", ttl: 60 }, { match: "/api/r", ttl: "soon" }], memory: -1 }); } catch ({ message }) { wrong.push(message); }
      await ready();
      await app.json("/api/r");
      await app.json("/api/r");
      configure({
        memory: 1e6, significantHeaders: ["x-tenant"], credentialHeaders: ["x-key"], ignoreHeaders: ["x-app"], graphql: { endpoint: "/api/g" },
        rules: [{ match: "/api/t/*", ttl: 60, tags: ["t"], queryOrder: "ignored", ignoreParams: ["utm"], store: true, pin: true, numbers: "value", ignoreHeaders: ["x-b"], noStore: "share" }],
        manifest: { routes: { "/p/:id": [{ url: "/api/t/:id", headers: { "x-tenant": "1" } }] } },
      });
      app.route("/p/7");
      const planned = await app.json("/api/t/7", { headers: { "X-Tenant": "1" } });
      await app.json("/api/t/1?b=1&a=2&utm=3");
      await app.json("/api/t/1?a=2&b=1");
      const explained = await app.explain("/api/t/1?a=2&b=1");
      app.invalidate({ tags: ["t"] });
      const missed = await app.explain("/api/t/1?a=2&b=1");
      return { wrong, planned, explained, missed: missed.outcome, report: app.report() };
    `);
    const places = [
      /memory must be a number/, /unknown option memroy/, /rules must be a list/, /rules\[0\] needs/, /rules\[1\] needs/, /rules\[0\]\.match must begin/,
      /rules\[0\]\.ttl/, /unknown option rules\[0\]\.colour/, /rules\[0\]\.tags\[0\] must be a string/, /queryOrder/, /store/, /significantHeaders/,
      /unknown option graphql\.url/, /graphql must/, /unknown option manifest\.paths/, /manifest must be an object/, /manifest\.documents must be a list/,
      /rules\[0\]\.tags\[0\] must be a string/, /unknown option rules\[0\]\.rules/, /an object/, /an object/, /rules must be a list/,
      /ignoreHeaders must be a list/, /rules\[0\]\.ignoreHeaders\[0\] must be the name of a header/, /rules\[0\]\.noStore must be obey or share or keep/,
      /rules\[1\]\.noStore "keep" needs "ttl"/, /manifest\.types\.Status\.values must be a list/, /unknown option manifest\.types\.Status\.names/,
    ];
    assert.match(got.wrong.pop(), /^configure\(\): rules\[1\]\.ttl must be a number from 0, not string soon; memory must be .* All else holds\.$/);
    got.wrong.forEach((message, at) => {
      assert.match(message, /^invalid-option /);
      assert.match(message, places[at]);
    });
    assert.equal(world.server.hits("/api/r"), 1, "a wrong rule beside it costs a right one nothing");
    assert.equal(world.server.hits("/api/t/7"), 1, "the route's request was joined");
    assert.equal(world.server.hits("/api/t/1"), 1);
    assert.equal(got.explained.outcome, "fresh");
    assert.match(got.explained.fingerprint, /^[0-9a-f]{64}$/);
    assert.ok(got.explained.because.length > 10);
    assert.deepEqual(got.explained.entry.tags, ["t"]);
    assert.ok(got.explained.entry.freshFor > 50_000 && got.explained.entry.bytes > 0);
    assert.ok(got.explained.parts.some(({ name, value }) => name === "url" && value.endsWith("/api/t/1?a=2&b=1")), JSON.stringify(got.explained.parts));
    assert.equal(got.missed, "missed");
    assert.equal(got.report.cache.budget, 1e6);
    assert.deepEqual(tab.errors, []);
  });

  test("several teams' rules stand one behind the other, and a clash is named", async () => {
    world.server.on("/api/*", ({ hit }) => ({ json: hit }));
    const tab = await world.open();
    const got = await run(tab, `
      const app = connect({ app: "one" });
      const warned = [];
      app.on("warning", ({ code, message }) => warned.push(code + " " + message));
      configure({ rules: [{ match: "/api/a", ttl: 60 }], graphql: { endpoint: "/g" }, memory: 5e6 });
      configure({ rules: [{ match: "/api/b", ttl: 60 }, { match: "/api/a", ttl: 60 }], graphql: { persisted: true }, memory: 6e6 });
      await ready();
      configure({ rules: [{ match: "/api/c", ttl: 60 }] });
      for (const name of "aabbcc") await app.json("/api/" + name);
      const before = [...warned];
      configure({ rules: [{ match: "/api/a", store: false }] });
      await app.json("/api/a");
      const { v1 } = globalThis[Symbol.for("forebay")];
      return { before, warned, budget: app.report().cache.budget, graphql: v1.host.graphql, rules: v1.host.rules.length };
    `);
    assert.deepEqual(["a", "b", "c"].map((name) => world.server.hits(`/api/${name}`)), [1, 1, 1]);
    assert.deepEqual(got.before, []);
    assert.equal(got.warned.length, 1);
    assert.match(got.warned[0], /^invalid-option .*two rules.*\/api\/a.*first/);
    assert.equal(got.budget, 6e6);
    assert.deepEqual(got.graphql, { endpoint: "/g", persisted: true });
    assert.equal(got.rules, 4);
    assert.deepEqual(tab.errors, []);
  });

  for (const when of ["before the core is there", "later", "in pass-through"]) test(`options of calls are checked at once: ${when}`, async () => {
    world.server.on("/api/*", ({ hit }) => ({ json: hit }));
    world.server.on("/graphql", { json: { data: { a: 1 } } });
    if (when === "in pass-through") world.server.on("/pkg/forebay.wasm", { status: 404 });
    const tab = await world.open();
    const got = await run(tab, `
      const app = connect({ app: "one" });
      if (${when !== "before the core is there"}) await ready();
      const later = {
        fetch: () => app.fetch("/api/a", { forebay: { dedline: 1 } }), json: () => app.json("/api/a", { forebay: { priority: "urgent" } }),
        typo: () => app.json("/api/a", { hedaers: {} }), both: () => app.json("/api/a", { json: 1, body: "1" }),
        query: () => app.query("{ a }", {}, { deadlin: 1 }), number: () => app.query("{ a }", {}, { deadline: "1" }),
        mutate: () => app.mutate("mutation { a }", {}, { invalidates: "Visit" }), explain: () => app.explain("/api/a", { forebay: 7 }),
        mode: () => app.json("/api/a", { mode: "zz" }), variables: () => app.query("{ a }", 5), endpoint: () => app.query("{ a }", {}, { endpoint: 5 }),
        order: () => app.mutate("mutation { a }", {}, { order: 5 }),
      };
      const now = {
        on: () => app.on("awnser", () => {}), listener: () => app.on("answer"), watch: () => app.watch("/api/a", { forebay: { retries: 1.5 } }, () => {}),
        watched: () => app.watch({ query: "{ a }", varibles: {} }, () => {}), none: () => app.watch("/api/a"), peek: () => app.peek("/api/a", { cash: 1 }),
        prefetch: () => app.prefetch("/api/a", { forebay: { retries: 11 } }), identify: () => app.identify("u", { token: "distinct" }),
        id: () => app.identify(7), invalidate: () => app.invalidate({ tag: ["x"] }), nothing: () => app.invalidate({ tags: [] }), route: () => app.route(7),
        connect: () => connect({ app: "x", name: "y" }), cache: () => app.watch("/api/a", { cache: "zz" }, () => {}),
        redirect: () => app.prefetch("/api/a", { redirect: "zz" }), credentials: () => app.peek("/api/a", { credentials: "zz" }),
        values: () => app.watch({ query: "{ a }", variables: 5 }, () => {}), header: () => configure({ significantHeaders: ["a b"] }),
      };
      const said = {};
      for (const name in later) {
        let promise;
        try { promise = later[name](); } catch (error) { said[name] = "thrown"; continue; }
        said[name] = await promise.then(() => "nothing", ({ code, message }) => code + " " + message);
      }
      for (const name in now) try { now[name](); said[name] = "nothing"; } catch ({ code, message }) { said[name] = code + " " + message; }
      app.watch("/api/a", { cache: "only-if-cached" }, () => {}).stop();
      const fine = [await app.fetch("/api/a", { hedaers: 1, ofTomorrow: "x" }).then(({ status }) => status), await app.fetch("/api/a", null).then(({ status }) => status)];
      return { said, fine };
    `);
    for (const [name, said] of Object.entries(got.said)) assert.match(said, /^invalid-option .*(must (be|have)|unknown option|unknown event|needs|not both)/, `${name}: ${said}`);
    assert.equal(Object.keys(got.said).length, 30);
    assert.deepEqual(got.fine, [200, 200]);
    assert.equal(world.server.hits("/graphql"), 0);
  });
});
