// What one tab makes out of date is so in all tabs of the origin.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=600" };

inEachBrowser((world) => {
  /** A tab with an app that watches `/api/visits`; `seen` has what it was told. */
  const open = async () => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      globalThis.app = connect({ app: "a" });
      globalThis.seen = [];
      app.watch("/api/visits", ({ data }) => seen.push(data));
      await ready();
    });
    await sees(tab, (seen) => seen.length > 0);
    return tab;
  };
  const sees = (tab, condition) => until(async () => condition(await tab.evaluate(() => seen)), "the component was told", 10_000);
  const serve = () => {
    let visits = 1;
    world.server.on("/api/visits", ({ method }) => (method === "GET" ? { json: visits, headers: FRESH } : { json: (visits += 1) }));
    world.server.on("/api/other", ({ hit }) => ({ json: hit, headers: FRESH }));
  };

  test("a write is known in all tabs, and costs them nothing else", async () => {
    serve();
    const [one, two] = [await open(), await open()];
    for (const tab of [one, two]) await tab.evaluate(() => app.json("/api/other"));
    const others = world.server.hits("/api/other");
    await one.evaluate(() => app.fetch("/api/visits", { method: "POST", body: "…" }));
    for (const tab of [one, two]) await sees(tab, (seen) => seen.at(-1) === 2);
    assert.equal(await two.evaluate(() => app.json("/api/visits")), 2);
    await two.evaluate(() => app.json("/api/other"));
    assert.equal(world.server.hits("/api/other"), others);
    assert.deepEqual([...one.errors, ...two.errors], []);
  });

  test("an invalidation by pattern is known in all tabs, and the browser's cache does not answer for the server", async () => {
    serve();
    const [one, two] = [await open(), await open()];
    await fetch(world.server.url("/api/visits"), { method: "PUT" }); // by somebody else
    await one.evaluate(() => app.invalidate({ urls: ["/api/v*"] }));
    for (const tab of [one, two]) await sees(tab, (seen) => seen.at(-1) === 2);
  });

  test("another profile is not told", async () => {
    serve();
    const one = await open();
    const stranger = await world.open("/blank.html", { profile: await world.anotherProfile() });
    await stranger.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      globalThis.app = connect({ app: "a" });
      await ready();
      await app.json("/api/visits");
    });
    await one.evaluate(() => app.fetch("/api/visits", { method: "POST", body: "…" }));
    await sees(one, (seen) => seen.at(-1) === 2);
    assert.equal(await stranger.evaluate(() => app.json("/api/visits")), 1);
  });

  test("a page to which people go back reads again what it missed", async () => {
    serve();
    const [one, two] = [await open(), await open()];
    const say = (tab, event) => tab.evaluate((event) => dispatchEvent(new PageTransitionEvent(event, { persisted: true })), event);
    await say(two, "pagehide");
    await one.evaluate(() => app.fetch("/api/visits", { method: "POST", body: "…" }));
    await sees(one, (seen) => seen.at(-1) === 2);
    // It goes on by itself, and nothing of it breaks.
    assert.equal(await two.evaluate(() => app.json("/api/visits")), 1);
    await two.evaluate(() => app.invalidate({ tags: ["none"] }));
    await say(two, "pageshow");
    await sees(two, (seen) => seen.at(-1) === 2);
    // And it is told again.
    await one.evaluate(() => app.fetch("/api/visits", { method: "POST", body: "…" }));
    await sees(two, (seen) => seen.at(-1) === 3);
    assert.deepEqual(two.errors, []);
  });

  test("a mutation is known in all tabs", async () => {
    let name = "Ada";
    world.server.on("/graphql", ({ body }) => {
      if (/mutation/.test(body)) name = "Eve";
      return { json: { data: /mutation/.test(body) ? { rename: { __typename: "User", name } } : { viewer: { __typename: "User", name } } }, headers: FRESH };
    });
    const tabs = [];
    for (const _ of [1, 2]) {
      const tab = await world.open();
      await tab.evaluate(async () => {
        const { connect, ready } = await import("/pkg/index.js");
        globalThis.app = connect({ app: "a" });
        globalThis.seen = [];
        await ready();
        app.watch({ query: "{ viewer { __typename name } }" }, ({ data }) => seen.push(data.viewer.name));
      });
      await sees(tab, (seen) => seen[0] === "Ada");
      tabs.push(tab);
    }
    await tabs[0].evaluate(() => app.mutate("mutation { rename { __typename name } }"));
    for (const tab of tabs) await sees(tab, (seen) => seen.at(-1) === "Eve");
  });
});
