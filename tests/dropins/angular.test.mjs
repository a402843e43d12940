// Forebay under Angular's HttpClient: with and without the interceptor an application sees the same.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inEachBrowser, versionsIn } from "../page/harness.mjs";
import { buildPages } from "./pages.mjs";

before(buildPages);

inEachBrowser((world) => {
  /** What an application can ask for, one by one. The lowest version knows less, and hands on less. */
  const OPTIONS = {
    nothing: {}, headers: { headers: { "x-a": "1" } }, params: { params: { b: "1 2", c: ["x", "y"] } }, text: { responseType: "text" }, withCredentials: { withCredentials: true },
    ...Object.fromEntries(["include", "omit", "same-origin"].map((credentials) => [`credentials ${credentials}`, { credentials }])),
    ...Object.fromEntries(["no-store", "reload", "no-cache", "force-cache", "default"].map((cache) => [`cache ${cache}`, { cache }])),
    ...Object.fromEntries(["high", "low", "auto"].map((priority) => [`priority ${priority}`, { priority }])),
    ...Object.fromEntries(["cors", "same-origin"].map((mode) => [`mode ${mode}`, { mode }])),
    ...Object.fromEntries(["error", "follow"].map((redirect) => [`redirect ${redirect}`, { redirect }])),
    ...Object.fromEntries(["no-referrer", "origin", "unsafe-url"].map((referrerPolicy) => [`referrerPolicy ${referrerPolicy}`, { referrerPolicy }])),
    referrer: { referrer: "/elsewhere" }, "no referrer": { referrer: "" }, keepalive: { keepalive: true }, timeout: { timeout: 20_000 }, events: { observe: "events" }, response: { observe: "response" },
    integrity: { integrity: "sha256-AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=" }, "another integrity": { integrity: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
  };

  for (const version of versionsIn(world.engine)) {
    test(`HttpClient (${version}): every option reaches the network as it does without, and shows the same`, async () => {
      const found = [];
      for (const isShared of [false, true]) {
        world.server.reset();
        world.server.on("/api/a", { body: '{"a":1}', headers: { "content-type": "application/json" } });
        world.server.on("/api/slow", { hang: "head" });
        const tab = await world.open();
        found.push(JSON.parse(await tab.evaluate(async (isShared, version, options) => {
          const sent = [];
          // Of Angular alone what reaches the network; over Forebay what reaches `app.fetch`, which hands on what `fetch` is told.
          const seen = (input, init) => {
            const { url, method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, headers } = new Request(input, init);
            sent.push([url, method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, init?.priority ?? "auto", [...headers]]);
          };
          const native = fetch;
          if (!isShared) globalThis.fetch = (input, init) => (seen(input, init), native(input, init));
          const { connect, ready } = await import("/pkg/index.js");
          const connected = connect({ app: "angular" });
          await ready();
          const app = { fetch: (input, init) => (seen(input, init), connected.fetch(input, init)) };
          const { client } = await import(`/tests/dropins/build/angular-${version}.js`);
          sent.length = 0;
          const { http } = await client(isShared ? app : undefined, true);
          const shown = (url, options) => new Promise((resolve) => {
            const told = [];
            http.get(url, options).subscribe({
              next: (value) => told.push(value?.headers ? [value.type, value.status, value.body, value.url, value.redirected, value.responseType] : value),
              error: ({ name, status, url, error }) => resolve([...told, name, status, status && url, error?.name]),
              complete: () => resolve(told),
            });
          });
          const rows = {};
          for (const [name, given] of Object.entries(options)) {
            const told = await shown("/api/a?" + encodeURIComponent(name), given);
            rows[name] = { told, sent: sent.splice(0) };
          }
          rows.late = { told: await (version === "newest" ? shown("/api/slow", { timeout: 50 }) : []) };
          return JSON.stringify(rows);
        }, isShared, version, OPTIONS)));
        await tab.close();
      }
      const [alone, shared] = found;
      const differing = Object.keys(alone).filter((name) => JSON.stringify(alone[name]) !== JSON.stringify(shared[name]));
      assert.deepEqual(Object.fromEntries(differing.map((name) => [name, shared[name]])), Object.fromEntries(differing.map((name) => [name, alone[name]])));
    });

    test(`HttpClient (${version}): values, heads, failures, writes and cancelling are as without; reads are shared`, async () => {
      const found = [];
      for (const isShared of [false, true]) {
        world.server.reset();
        world.server.on("GET /api/good", ({ headers }) => ({ json: { who: headers["x-who"] }, headers: { "x-made": "1" }, delay: 100 }));
        world.server.on("POST /api/good", ({ body }) => ({ json: JSON.parse(body) }));
        world.server.on("/api/text", { body: "plain", headers: { "content-type": "text/plain" } });
        world.server.on("/api/guarded", { body: ")]}',\n[1]", headers: { "content-type": "application/json" } });
        world.server.on("/api/empty", { status: 204 });
        world.server.on("/api/broken", { body: "{", headers: { "content-type": "application/json" } });
        world.server.on("/api/problem", { status: 422, json: { detail: "the name is missing" } });
        world.server.on("/api/busy", { status: 503, body: "later" });
        world.server.on("/api/gone", { truncate: 1, json: "long enough" });
        world.server.on("/api/slow", { hang: "head" });
        const tab = await world.open();
        const seen = await tab.evaluate(async (isShared, version) => {
          const { connect, ready } = await import("/pkg/index.js");
          await ready();
          const app = connect({ app: "angular" });
          const { client } = await import(`/tests/dropins/build/angular-${version}.js`);
          const { http } = await client(isShared ? app : undefined);
          const once = (what) => new Promise((resolve) => what.subscribe({
            next: (value) => resolve(value?.headers ? [value.status, value.body, value.headers.get("X-Made"), value.url, value.ok, value.type] : value),
            // Angular's own two backends differ in what they say of no answer, and of one that is not JSON.
            error: ({ name, status, statusText, url, ok, error }) => resolve([name, status, statusText, status && url, ok, status % 200 ? error : "…"]),
          }));
          const get = (name, options) => once(http.get("/api/" + name, options));
          const out = { good: await get("good", { params: { b: "1 2" }, observe: "response" }) };
          for (const name of ["guarded", "empty", "broken", "problem", "busy", "gone"]) out[name] = await get(name);
          out.text = await get("text", { responseType: "text" });
          out.blob = (await get("text", { responseType: "blob" })).size;
          out.posted = await once(http.post("/api/good", { a: 1 }));
          // Who leaves takes nobody along.
          const values = [];
          const leaving = http.get("/api/good?same").subscribe((value) => values.push(value));
          const rest = [get("good?same"), get("good?sam%65#x")];
          leaving.unsubscribe();
          out.rest = await Promise.all(rest);
          http.get("/api/slow").subscribe({ next: () => values.push("next"), error: () => values.push("error"), complete: () => values.push("complete") }).unsubscribe();
          await new Promise((later) => setTimeout(later, 50));
          out.left = values;
          return JSON.stringify(out);
        }, isShared, version);
        found.push({ seen: JSON.parse(seen), hits: world.server.requests("/api/good").filter(({ search }) => /same|sam%65/.test(search)).length });
        await tab.close();
      }
      const [alone, shared] = found;
      assert.deepEqual(shared.seen, alone.seen);
      assert.deepEqual(shared.seen.rest, [{ who: "ann" }, { who: "ann" }]);
      assert.equal(shared.hits, 1);
      assert.ok(alone.hits >= 2);
    });
  }
});
