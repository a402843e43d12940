// What a host shell declares: each mistake is named by its place, and declarations hold together or not at all.
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
  test("the host's options are checked, each by its name, and hold together or not at all", async () => {
    world.server.on("/api/*", ({ hit }) => ({ json: hit }));
    const tab = await world.open();
    const got = await run(tab, `
      const app = connect({ app: "one" });
      await ready();
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
      try { configure({ rules: [{ match: "/api/r", ttl: 60 }], memory: -1 }); } catch {}
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
      /memory must be a number/, /memroy is not known/, /rules must be a list/, /rules\[0\] needs/, /rules\[1\] needs/, /rules\[0\]\.match must begin/,
      /rules\[0\]\.ttl/, /rules\[0\]\.colour is not known/, /rules\[0\]\.tags\[0\] must be a text/, /queryOrder/, /store/, /significantHeaders/,
      /graphql\.url/, /graphql must/, /manifest\.paths is not known/, /manifest must be an object/, /manifest\.documents must be a list/,
      /rules\[0\]\.tags\[0\] must be a text/, /rules\[0\]\.rules is not known/, /an object/, /an object/, /rules must be a list/,
      /ignoreHeaders must be a list/, /rules\[0\]\.ignoreHeaders\[0\] must be a text/, /rules\[0\]\.noStore must be "obey"/,
      /rules\[1\]\.noStore "keep" needs "ttl"/, /manifest\.types\.Status\.values must be a list/, /manifest\.types\.Status\.names is not known/,
    ];
    got.wrong.forEach((message, at) => {
      assert.match(message, /^invalid-option /);
      assert.match(message, places[at]);
    });
    assert.equal(world.server.hits("/api/r"), 2, "nothing of wrong options holds");
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
});
