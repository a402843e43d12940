// Asking again while somebody looks: one poller for all apps and tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inBrowsersSideBySide, until } from "./harness.mjs";

inBrowsersSideBySide((world) => {
  const HITS = "/api/inbox";
  const hits = () => world.server.hits(HITS);
  const serve = (headers = {}) => world.server.on(HITS, ({ hit }) => ({ json: hit, headers }));
  /** A tab with so many apps that watch the inbox, and ask again `when`; `seen` is what each was told. */
  const open = async (when, apps = 1) => {
    const tab = await world.open();
    await tab.evaluate(async (url, when, apps) => {
      const [{ connect, ready }, { refetch }] = await Promise.all([import("/pkg/index.js"), import("/pkg/refetch.js")]);
      globalThis.seen = [];
      globalThis.ends = [];
      const all = Array.from({ length: apps }, (_, n) => connect({ app: "app " + n }));
      all[0].identify("ann");
      await ready();
      all.forEach((app, n) => {
        seen[n] = [];
        const watch = app.watch(url, ({ data }) => data !== undefined && seen[n].at(-1) !== data && seen[n].push(data));
        const end = refetch(app, url, undefined, when);
        ends.push(() => (end(), watch.stop()));
      });
      globalThis.show = (isVisible) => {
        Object.defineProperty(document, "visibilityState", { value: isVisible ? "visible" : "hidden", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      // As in windows side by side: of the tabs of one window only the last would be seen.
      show(true);
    }, HITS, when, apps);
    return tab;
  };

  test("three tabs with two apps each ask once in each interval, and all are told", async () => {
    // As most servers answer: nothing is said of freshness, but it can be asked whether it still holds.
    world.server.on(HITS, ({ hit }) => ({ json: hit, headers: { etag: `"${hit}"` }, delay: 30 }));
    const tabs = [];
    for (let n = 0; n < 3; n += 1) tabs.push(await open({ interval: 3_000 }, 2));
    await sleep(1_000);
    const before = hits();
    await sleep(9_000);
    const asked = hits() - before;
    assert.ok(asked >= 2 && asked <= 4, `${asked} requests in three intervals`);
    for (const tab of tabs) {
      const [one, two] = await tab.evaluate(() => seen);
      assert.deepEqual(one, two);
      assert.ok(one.at(-1) >= hits() - 1 && one.length >= asked - 1, `${one} of ${hits()}`);
    }
    // When the one that asks goes, another does.
    await tabs[0].close();
    await until(() => hits() > before + asked, "somebody asks again");
  });

  test("what nobody sees asks for nothing; when it is seen again, at once, and nothing after its end", async () => {
    serve();
    const tab = await open({ interval: 1_000 });
    await tab.evaluate(() => show(false));
    await sleep(500);
    const before = hits();
    await sleep(2_500);
    assert.equal(hits(), before);
    await tab.evaluate(() => show(true));
    await until(() => hits() > before, "it is made up for");
    await tab.evaluate(() => ends.forEach((end) => end()));
    const last = hits();
    await sleep(2_000);
    assert.equal(hits(), last);
  });

  test("looking again and being online again ask once, and not for what is new", async () => {
    serve({ "cache-control": "max-age=600" });
    const tab = await open({ focus: true, reconnect: true }, 3);
    await until(() => hits() === 1, "it was asked for");
    const blink = () => tab.evaluate(() => (show(false), show(true), dispatchEvent(new Event("online"))));
    await blink();
    await sleep(500);
    assert.equal(hits(), 1);
    await sleep(6_000);
    await blink();
    await blink();
    await until(() => hits() === 2, "it was asked for again");
    await sleep(500);
    assert.equal(hits(), 2);
    assert.deepEqual(await tab.evaluate(() => seen), [[1, 2], [1, 2], [1, 2]]);
  });

  test("an interval that is none says what is wrong", async () => {
    const tab = await world.open();
    const message = await tab.evaluate(async () => {
      const [{ connect }, { refetch }] = await Promise.all([import("/pkg/index.js"), import("/pkg/refetch.js")]);
      try {
        refetch(connect({ app: "a" }), "/api/x", undefined, { interval: 30 });
      } catch (error) {
        return `${error.code}: ${error.message}`;
      }
    });
    assert.match(message, /^invalid-option: .*interval is 30.*milliseconds/);
  });
});
