// What outlives a page, and what the tabs of an origin share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=600" };

inEachBrowser((world) => {
  /** A tab with an app of this person; `undefined`: the host says nothing. */
  const open = async (person, options) => {
    const tab = await world.open();
    await tab.evaluate(
      async (person, options) => {
        const { configure, connect, ready } = await import("/pkg/index.js");
        if (options) configure(options);
        globalThis.app = connect({ app: "a" });
        globalThis.outcomes = [];
        app.on("answer", ({ outcome }) => outcomes.push(outcome));
        if (person !== undefined) app.identify(person);
        globalThis.mode = await ready();
      },
      person, options,
    );
    return tab;
  };
  const ask = (tab, url) => tab.evaluate((url) => app.json(url), url);
  const outcomes = (tab) => tab.evaluate(() => outcomes);
  /** Rows are written when nothing else is to be done. */
  const written = (tab) => tab.evaluate(() => new Promise((later) => setTimeout(later, 1_500)));

  test("an answer outlives the page", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: { hit }, headers: FRESH }));
    const one = await open("ann");
    assert.deepEqual(await ask(one, "/api/a"), { hit: 1 });
    await written(one);
    await one.close();
    const two = await open("ann");
    assert.deepEqual(await ask(two, "/api/a"), { hit: 1 });
    assert.deepEqual(await outcomes(two), ["persisted"]);
    assert.equal(world.server.hits("/api/a"), 1);
    assert.equal(await two.evaluate(() => app.report().counts.sent), 0);
    assert.deepEqual([...one.errors, ...two.errors], []);
  });
});
