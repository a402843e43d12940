// Forebay under Angular's HttpClient: with and without the interceptor an application sees the same.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inEachBrowser } from "../page/harness.mjs";
import { buildPages } from "./pages.mjs";

before(buildPages);

inEachBrowser((world) => {
  for (const version of ["newest", "lowest"]) {
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
