// Each shell in real browsers: its two apps ask for the same in their own words, and the server is asked once.
//
// BROWSERS=chromium runs one engine only.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inEachBrowser, until } from "../../tests/page/harness.mjs";

const VISITS = [{ patient: "Ada", late: true }, { patient: "Ben", late: false }];
const ONE_EACH = ["1 late", "Ada, Ben"];

inEachBrowser((world) => {
  /** Opens a shell over a server that counts. */
  async function open(path) {
    world.server.on("/api/visits", { json: VISITS, headers: { "cache-control": "max-age=60" }, delay: 100 });
    return world.open(path);
  }

  /** What its apps have written, in all its frames. */
  async function shown(tab) {
    const texts = await Promise.all(tab.frames().map((frame) => frame.evaluate(() => [...document.querySelectorAll("p")].map((p) => p.textContent)).catch(() => [])));
    return texts.flat().filter(Boolean).sort();
  }

  async function settle(tab, texts) {
    await until(async () => `${await shown(tab)}` === `${texts}`, `the page shows ${texts}`).catch(async (error) => {
      throw new Error(`${error.message}; it shows ${await shown(tab)}; ${[...tab.errors, ...tab.warnings]}`);
    });
    await tab.waitForNetworkIdle({ idleTime: 200 }); // a second request would show by now
  }

  for (const name of ["module-federation", "native-federation"]) {
    test(`${name}: remotes of separate builds are one pool`, async () => {
      const tab = await open(`/shells/${name}/index.html`);
      await settle(tab, ONE_EACH);
      assert.equal(world.server.hits("/api/visits"), 1);
      assert.deepEqual([tab.errors, tab.warnings], [[], []]);
    });
  }

  test("single-spa: what a route needs is asked for before its applications are there; those that leave ask no more", async () => {
    const tab = await open("/shells/single-spa/index.html");
    await settle(tab, []);
    await tab.evaluate(() => navigateToUrl("/ward/3"));
    await settle(tab, ONE_EACH);
    const { apps } = await tab.evaluate(() => shell.report());
    assert.deepEqual(["visits", "alerts"].map((name) => apps[name]["joined-prefetch"]), [1, 1]);
    assert.equal(world.server.hits("/api/visits"), 1);
    await tab.evaluate(() => navigateToUrl("/"));
    await settle(tab, []);
    await tab.evaluate(() => shell.invalidate({ urls: ["/api/*"] }));
    await tab.waitForNetworkIdle({ idleTime: 200 });
    assert.equal(world.server.hits("/api/visits"), 1);
    await tab.evaluate(() => navigateToUrl("/ward/4"));
    await settle(tab, ONE_EACH);
    assert.deepEqual([tab.errors, tab.warnings], [[], []]);
  });

  test("import map: one copy of the client, and an app that knows nothing of it", async () => {
    const tab = await open("/shells/import-map/index.html");
    await settle(tab, ["1 late", "2 in all", "Ada, Ben"]);
    assert.equal(world.server.hits("/api/visits"), 1);
    assert.deepEqual([tab.errors, tab.warnings], [[], []]);
  });

  test("frames join the broker of the page around them, and leave it when they go", async () => {
    const tab = await open("/shells/frames/index.html");
    await settle(tab, ONE_EACH);
    assert.equal(world.server.hits("/api/visits"), 1);
    assert.equal(world.server.hits("/pkg/forebay.wasm"), 1);
    assert.deepEqual(Object.keys((await tab.evaluate(() => shell.report())).apps).sort(), ["alerts", "shell", "visits"]);

    // What frames make is of classes of their own.
    world.server.on("/api/slow", { json: 1, delay: 300 });
    await tab.evaluate(async () => {
      for (const frame of document.querySelectorAll("iframe")) frame.contentWindow.app = (await frame.contentWindow.eval('import("/pkg/index.js")')).connect({ app: "framed" });
    });
    const asked = tab.evaluate(async () => {
      const { 0: first, 1: second } = frames;
      const going = first.app.json("/api/slow");
      const { Request, AbortController } = second;
      const leaving = new AbortController();
      const left = second.app.fetch(new Request("/api/slow"), { signal: leaving.signal }).catch((error) => error.name);
      const staying = second.app.fetch(new Request("/api/slow", { headers: new second.Headers({ "x-request-id": "1" }) })).then((response) => response.json());
      leaving.abort();
      return [await left, await staying, await going];
    });
    assert.deepEqual(await asked, ["AbortError", 1, 1]);
    assert.equal(world.server.hits("/api/slow"), 1);

    // One frame goes while both wait: the other, and the page, are given their answer.
    world.server.on("/api/late", { json: 2, delay: 300 });
    const rest = await tab.evaluate(async () => {
      const { 0: first, 1: second } = frames;
      const waiting = [first.app.json("/api/late").catch(() => {}), second.app.json("/api/late"), shell.json("/api/late")];
      document.querySelector("iframe").remove();
      return Promise.all(waiting.slice(1));
    });
    assert.deepEqual(rest, [2, 2]);
    assert.equal(world.server.hits("/api/late"), 1);
    assert.equal((await tab.evaluate(() => shell.report())).live.leases, 1);
    await tab.evaluate(() => shell.invalidate({ urls: ["/api/visits*"] }));
    await settle(tab, ["1 late"]);
    assert.equal(world.server.hits("/api/visits"), 2, "the one that is left has been told");
    assert.deepEqual([tab.errors, tab.warnings], [[], []]);
  });

  test("a frame without that line is as another tab", async () => {
    const tab = await open("/shells/frames/index.html");
    await settle(tab, ONE_EACH);
    world.server.on("/api/mine", { json: 7, headers: { "cache-control": "max-age=60" }, delay: 200 });
    const found = await tab.evaluate(async () => {
      const frame = document.body.appendChild(Object.assign(document.createElement("iframe"), { src: "/blank.html" }));
      await new Promise((loaded) => (frame.onload = loaded));
      const { connect, ready } = await frame.contentWindow.eval('import("/pkg/index.js")');
      const app = connect({ app: "apart" });
      const mode = await ready();
      shell.identify("ann");
      app.identify("ann");
      await new Promise((later) => setTimeout(later, 300));
      return [mode, frame.contentWindow[Symbol.for("forebay")] === globalThis[Symbol.for("forebay")], ...(await Promise.all([shell.json("/api/mine"), app.json("/api/mine")]))];
    });
    assert.deepEqual(found, ["shared", false, 7, 7]);
    assert.equal(world.server.hits("/pkg/forebay.wasm"), 2);
    assert.equal(world.server.hits("/api/mine"), 1);
  });
}, { files: { "/shells/": fileURLToPath(new URL("dist", import.meta.url)) } });
