// The tools that pages have beside Forebay, each loaded before `install`, after it, and twice, on both sides: each call is
// answered, sent once, and seen by each tool once, as what it is: what is below sees what is sent, what is above what apps call.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { inEachBrowser, until } from "../page/harness.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const read = (path) => ({ body: readFileSync(join(HERE, path)), headers: { "content-type": "text/javascript" } });

before(() => esbuild.build({
  entryPoints: [join(HERE, "pages/tools.js"), join(HERE, "pages/msw.js")], outdir: join(HERE, "build"), bundle: true, format: "esm", target: "es2022", logLevel: "error",
  conditions: ["browser"], define: { "process.env.NODE_ENV": '"production"' },
}));

/** Each read is asked for twice at once. */
const PATHS = ["get", "post", "json", "own", "xhr", "xhr-post"];
/** What apps call by the browser's own names, as often as they do. */
const ABOVE = ["fetch get", "fetch get", "fetch post", "xhr xhr", "xhr xhr", "xhr xhr-post"];
/** What is sent: the broker sends by fetch what it has been asked by whatever name; what it is not asked goes as it is. */
const BELOW = ["fetch get", "fetch json", "fetch own", "fetch post", "fetch xhr", "xhr xhr-post"];
const byFetch = (seen) => seen.replace("xhr ", "fetch ");
const WORKER = BELOW.map(byFetch);

/**
 * How each is loaded in the page, from a copy of its own each time. It gives what it has seen, or what asks for that.
 * `below` and `above`: what it must have seen there.
 */
const TOOLS = {
  // Of two copies of it on a page, the one that is started last is told.
  sentry: { load: "tools", below: BELOW, above: ABOVE, of: "after" },
  // It goes by the browser's own records of what was sent, wherever it stands.
  datadog: { load: "tools", below: BELOW, above: BELOW },
  opentelemetry: { load: "tools", below: BELOW, above: ABOVE },
  // Two copies of it are one. It calls all of them fetch. Its XMLHttpRequest is a proxy of whatever object there is: for that it stands above, whenever it comes.
  "msw's interceptors": { load: "tools", below: [...WORKER, "fetch xhr", "fetch xhr"], above: ABOVE.map(byFetch), of: "before" },
  "msw's service worker": { load: "msw", below: WORKER, above: WORKER },
  "a service worker": { load: "worker", below: WORKER, above: WORKER },
  // It makes tasks of XMLHttpRequests alone; where the broker sends is none of the app's zones.
  "zone.js": { load: "zone", above: ABOVE.filter((seen) => seen.startsWith("xhr")) },
  "another install": { load: "install" },
};

inEachBrowser((world) => {
  for (const [name, { load, below, above, of }] of Object.entries(TOOLS)) for (const when of ["before", "after", "both"]) {
    test(`${name}, ${when} install`, async () => {
      world.server.on("/api/*", ({ method, path }) => ({ json: { method, path } }));
      world.server.on("/datadog", {});
      world.server.on("/mockServiceWorker.js", read("node_modules/msw/lib/mockServiceWorker.js"));
      world.server.on("/worker.js", read("pages/worker.js"));
      world.server.on("/zone.js", read("node_modules/zone.js/bundles/zone.umd.min.js"));
      const tab = await world.open();
      await tab.evaluate(async (name, load, when) => {
        const { connect, ready } = await import("/pkg/index.js");
        const app = connect({ app: "a" });
        if ((await ready()) !== "shared") throw new Error("nothing is shared");
        const seen = (globalThis.seen = {});
        /** Runs what an app does. */
        let within = (work) => work();
        const start = async (at) => {
          if (load === "tools") seen[at] = (await import(`/tests/install/build/tools.js?${at}`)).tools[name]();
          if (load === "msw") seen[at] = at === "after" && seen.before ? undefined : await (await import(`/tests/install/build/msw.js`)).start();
          if (load === "worker") {
            await navigator.serviceWorker.register("/worker.js");
            await navigator.serviceWorker.ready;
            while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 5));
            const { port1, port2 } = new MessageChannel();
            globalThis.ask = () => new Promise((done) => {
              port1.onmessage = ({ data }) => done(data);
              navigator.serviceWorker.controller.postMessage("seen", [port2]);
            });
            seen[at] = [];
          }
          if (load === "zone" && !globalThis.Zone) {
            await new Promise((done, failed) => document.head.append(Object.assign(document.createElement("script"), { src: "/zone.js", onload: done, onerror: failed })));
            const tasks = (seen[at] = []);
            const zone = Zone.current.fork({ name: "app", onScheduleTask(parent, _, target, task) {
              const { source, data } = task;
              if (source === "fetch") tasks.push("fetch " + new URL(data.args[0], location.href).pathname);
              if (source === "XMLHttpRequest.send") tasks.push("xhr " + new URL(data.url, location.href).pathname);
              return parent.scheduleTask(target, task);
            } });
            within = (work) => zone.run(work);
          }
          if (load === "install") (await import(`/pkg/install.js?${at}`)).install(app, { match: ["/api/*"] });
        };
        if (when !== "after") await start("before");
        (await import("/pkg/install.js")).install(app, { match: ["/api/*"] });
        if (when !== "before") await start("after");
        const byXhr = (method, url) => new Promise((done, failed) => {
          const xhr = new XMLHttpRequest();
          xhr.open(method, url);
          xhr.responseType = "json";
          xhr.addEventListener("loadend", () => (xhr.status === 200 ? done(xhr.response) : failed(new Error(`${method} ${url}: ${xhr.status}`))));
          xhr.send(method === "POST" ? "{}" : undefined);
        });
        const json = async (answer) => (await answer).json();
        const twice = (work) => [work(), work()];
        globalThis.answers = (await within(() => Promise.all([
          ...twice(() => json(fetch("/api/get"))), json(fetch("/api/post", { method: "POST", body: "{}" })), ...twice(() => app.json("/api/json")),
          json(app.fetch("/api/own", { method: "POST", body: "{}" })), ...twice(() => byXhr("GET", "/api/xhr")), byXhr("POST", "/api/xhr-post"),
        ]))).map(({ method, path }) => `${method} ${path}`);
        if (load === "msw") globalThis.mocked = [await json(fetch("/api/mocked")), await byXhr("GET", "/api/mocked")];
      }, name, load, when);
      assert.deepEqual(await tab.evaluate(() => answers), ["GET get", "GET get", "POST post", "GET json", "GET json", "POST own", "GET xhr", "GET xhr", "POST xhr-post"].map((one) => one.replace(" ", " /api/")));
      assert.deepEqual(PATHS.map((path) => world.server.hits("/api/" + path)), PATHS.map(() => 1), "sent once");
      if (load === "msw") {
        assert.deepEqual(await tab.evaluate(() => mocked), Array(2).fill({ path: "/api/mocked" }));
        assert.equal(world.server.hits("/api/mocked"), 0);
      }
      for (const [at, expected] of [["before", below], ["after", above]]) {
        if (!expected || (of && when === "both" && at !== of) || !(await tab.evaluate((at) => !!seen[at], at))) continue;
        const found = () => tab.evaluate(async (at) => (globalThis.ask ? await (globalThis.asked ??= ask()) : seen[at]).map((one) => one.replace("/api/", "")).filter((one) => !one.endsWith("mocked")).sort(), at);
        // Some tell a while later.
        await until(async () => (await found()).length >= expected.length, `${name}, ${at}, has seen ${expected}: ${await found()}`).catch(() => {});
        assert.deepEqual(await found(), [...expected].sort(), `seen by what is ${at}`);
      }
      assert.deepEqual(tab.errors, []);
      await tab.evaluate(async () => {
        for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
      });
    });
  }
});
