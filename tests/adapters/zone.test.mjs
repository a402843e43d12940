// Under zone.js, which Angular brings: it looks for promises that nobody handles before the browser has carried out its own
// microtasks, and tells the application's error handler. What a caller handles is never reported there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser } from "../page/harness.mjs";

const ZONE = "/tests/adapters/angular-lowest/node_modules/zone.js/bundles/zone.umd.js";

/** Calls that fail at once, each by a function that awaits it as engines do. */
function failAtOnce() {
  const given = AbortSignal.abort();
  const calls = {
    "the browser's own fetch, given up before": () => fetch("/api/a", { signal: AbortSignal.abort() }),
    "fetch, given up before": () => app.fetch("/api/a", { signal: given }),
    "fetch, POST, given up before": () => app.fetch("/api/a", { method: "POST", body: "x", signal: given }),
    "fetch of what is not stored": () => app.fetch("/api/none", { cache: "only-if-cached", mode: "same-origin" }),
    "fetch of no URL": () => app.fetch("http://["),
    "json, given up before": () => app.json("/api/a", { signal: given }),
    "json of what is not stored": () => app.json("/api/none", { cache: "only-if-cached" }),
    "json with an option that is none": () => app.json("/api/a", { forebay: { nothing: 1 } }),
    "json of what cannot be written": () => app.json("/api/a", { json: { a: new Map() } }),
    "query, given up before": () => app.query("{ a }", {}, { signal: given }),
    "query with an option that is none": () => app.query("{ a }", {}, { nothing: 1 }),
    "query of no document": () => app.query("{"),
    "mutate, given up before": () => app.mutate("mutation { a }", {}, { signal: given }),
    "exclusive, given up before": () => app.exclusive("work", () => 1, { signal: given }),
    "exclusive whose work throws": () => app.exclusive("work", () => { throw new Error("planted"); }),
    "explain of no URL": () => app.explain("http://["),
    "a change of person": async () => {
      const asked = app.json("/api/person");
      app.identify("somebody else " + Math.random());
      return asked;
    },
  };
  return calls;
}

inEachBrowser((world) => {
  for (const state of ["before the broker is there", "shared", "passing through", "shared, with all that is on disk known"]) {
    test(`what a caller handles is not told to zone.js (${state})`, async () => {
      world.server.on("/api/*", { json: 1, delay: 20 });
      world.server.on("/graphql", { json: { data: { a: 1 } }, delay: 20 });
      if (state === "passing through") world.server.on("/pkg/forebay.wasm", { status: 404 });
      const tab = await world.open();
      await tab.addScriptTag({ url: ZONE });
      const { wrong, outcomes } = await tab.evaluate(async (state, failAtOnce) => {
        const { connect, ready } = await import("/pkg/index.js");
        globalThis.app = connect({ app: "a" });
        if (state !== "before the broker is there") {
          await ready();
          await app.query("{ a }").catch(() => {});
        }
        if (state.endsWith("known")) {
          app.identify("ann");
          await app.json("/api/a");
          await new Promise((later) => setTimeout(later, 300));
        }
        const calls = new Function(`return (${failAtOnce})()`)();
        const wrong = [];
        const outcomes = {};
        for (const [name, call] of Object.entries(calls)) {
          await new Promise((over) => {
            const zone = Zone.current.fork({ name, onHandleError: (_, __, ___, error) => (wrong.push(`${name}: ${error.message}`), false) });
            // A task of the zone's own, as events and timers are.
            zone.run(() => setTimeout(() => {
              (async () => {
                try {
                  await call();
                  outcomes[name] = "answered";
                } catch (error) {
                  outcomes[name] = error.name;
                }
                setTimeout(over, 30);
              })();
            }));
          });
        }
        return { wrong, outcomes };
      }, state, String(failAtOnce));
      assert.deepEqual(wrong, []);
      const failed = Object.values(outcomes).filter((outcome) => outcome !== "answered").length;
      assert.ok(failed >= Object.keys(outcomes).length - 2, JSON.stringify(outcomes));
      assert.deepEqual(tab.errors, []);
    });
  }
});
