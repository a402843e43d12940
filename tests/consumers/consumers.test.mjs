// The packed tarball in the hands of users: built by Vite, webpack and esbuild and run in browsers, run by
// Node without a bundler, read by TypeScript, and several of them on one page.
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync } from "node:fs";
import { readFile, readdir, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { inEachBrowser, startServer } from "../page/harness.mjs";
import { bundlers, pack, project, runIn } from "./projects.mjs";

const BIN = fileURLToPath(new URL("node_modules/.bin/", import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-consumers-")));
const names = Object.keys(bundlers);
let tarball;

/** A micro-frontend: connects, and leaves its handle, and what it would decide, where the test finds them. */
const app = (name) => `
  import { connect, ready } from "forebay";
  (window.apps ??= {})["${name}"] = { forebay: connect({ app: "${name}" }), ready };
  window.decide = async () => {
    const decisions = await (await import("forebay/decisions")).load();
    const ranker = await decisions.ranker({ priority: "a" });
    const rows = [{ a: 1 }, { a: 3 }, { a: 2 }];
    return [decisions.filter(rows, { field: "a", ge: 2 }).rows, ranker.problems, ranker.rank(rows).map(({ item }) => item.a)];
  };
`;
const script = (name) => name === "webpack" ? `<script src="/${name}/main.js"></script>` : `<script type="module" src="/${name}/main.js"></script>`;

before(async () => {
  tarball = await pack(join(work, "tarball"));
  for (const name of names) {
    const directory = await project(join(work, name), tarball, { "main.js": app(name) });
    await bundlers[name](directory, `/${name}/`);
  }
}, { timeout: 120_000 });

after(() => rm(work, { recursive: true, force: true }));

inEachBrowser((world) => {
  const cores = () => world.server.requests().filter(({ path }) => path.endsWith(".wasm")).length;

  /** Every app on the page asks twice before the broker is there, and twice when it is; and once by GraphQL. */
  async function askAll(tab) {
    const asked = await tab.evaluate(async () => {
      const apps = Object.values(window.apps);
      const ask = (url) => Promise.all([...apps, ...apps].map(({ forebay }) => forebay.json(url)));
      const early = await ask("/api/early");
      const modes = await Promise.all(apps.map(({ ready }) => ready()));
      const shared = await ask("/api/shared");
      const queried = await Promise.all(apps.map(({ forebay }) => forebay.query("{ hit }")));
      return {
        apps: Object.keys(window.apps).sort(),
        early: early.map(({ hit }) => hit),
        modes: [...new Set(modes)],
        shared: shared.map(({ hit }) => hit),
        queried: queried.map(({ hit }) => hit),
        // Compared here: on the way to the test, objects are copied.
        same: shared.every((value) => value === shared[0]),
      };
    });
    await tab.waitForNetworkIdle({ idleTime: 200 }); // a second core, or a second request, would show by now
    return asked;
  }

  async function checkPage(tags, apps) {
    for (const url of ["/api/early", "/api/shared"]) world.server.on(url, ({ hit }) => ({ json: { hit }, delay: 50 }));
    world.server.on("/graphql", ({ hit }) => ({ json: { data: { hit } } }));
    world.server.page("/page.html", tags.join(""));
    const tab = await world.open("/page.html");

    const ones = Array(2 * apps.length).fill(1);
    assert.deepEqual(await askAll(tab), { apps: [...apps].sort(), early: ones, modes: ["shared"], shared: ones, queried: apps.map(() => 1), same: true });
    assert.equal(world.server.hits("/api/early"), 1);
    assert.equal(world.server.hits("/api/shared"), 1);
    assert.equal(cores(), 3); // its parts for the disk and other tabs, and for GraphQL, are their own
    assert.deepEqual(tab.errors, []);
    assert.deepEqual(tab.warnings, []);
  }

  for (const name of names) {
    test(`${name}: the bundle boots the broker, and loads the core once`, () => checkPage([script(name)], [name]));
  }

  for (const name of names) {
    test(`${name}: what is asked before the core is there is read once, and again only where nothing may be kept`, async () => {
      const policies = { fresh: "max-age=60", asked: "no-cache", secret: "no-store" };
      for (const [policy, value] of Object.entries(policies)) world.server.on(`/api/${policy}/*`, { json: policy, headers: { "cache-control": value } });
      let open;
      const opened = new Promise((resolve) => (open = resolve));
      const dist = join(work, name, "dist");
      for (const file of await readdir(dist, { recursive: true })) {
        if (!file.endsWith(".wasm")) continue;
        const body = await readFile(join(dist, file));
        world.server.on(`/${name}/${file.replaceAll("\\", "/")}`, async () => (await opened, { body, headers: { "content-type": "application/wasm" } }));
      }
      world.server.page("/page.html", script(name));
      const tab = await world.open("/page.html", { profile: await world.anotherProfile() });
      await tab.evaluate(async (policies) => {
        const { forebay, ready } = Object.values(window.apps)[0];
        const told = (url) => new Promise((resolve) => forebay.watch(url, resolve));
        await Promise.all(policies.flatMap((policy) => [told(`/api/${policy}/watch`), forebay.json(`/api/${policy}/json`), forebay.fetch(`/api/${policy}/fetch`)]));
        window.shared = ready();
      }, Object.keys(policies));
      open();
      assert.equal(await tab.evaluate(() => window.shared), "shared");
      await tab.waitForNetworkIdle({ idleTime: 200 });
      for (const policy of Object.keys(policies)) assert.deepEqual(["watch", "json", "fetch"].map((door) => world.server.hits(`/api/${policy}/${door}`)), [1, 1, 1], policy);
      await tab.evaluate((policies) => Promise.all(policies.map((policy) => Object.values(window.apps)[0].forebay.json(`/api/${policy}/json`))), Object.keys(policies));
      assert.deepEqual(Object.keys(policies).map((policy) => world.server.hits(`/api/${policy}/json`)), [1, 2, 2]);
      await tab.close();
    });
  }

  for (const name of names) {
    test(`${name}: decisions and their module are loaded when they are first asked for`, async () => {
      world.server.page("/page.html", script(name));
      const tab = await world.open("/page.html");
      await tab.evaluate(() => Object.values(window.apps)[0].ready());
      const before = cores();
      assert.deepEqual(await tab.evaluate(() => window.decide()), [[{ a: 3 }, { a: 2 }], [], [3, 2, 1]]);
      assert.equal(cores() - before, 3); // what filters, and what ranks, are parts of their own
      assert.deepEqual(tab.errors, []);
    });
  }

  test(`${names.join(", ")} and no bundler on one page share one broker`, () => {
    const plain = `<script type="module">${app("plain").replace('"forebay"', '"/pkg/index.js"').replace('"forebay/decisions"', '"/pkg/decisions.js"')}</script>`;
    return checkPage([...names.map(script), plain], [...names, "plain"]);
  });
}, { files: Object.fromEntries(names.map((name) => [`/${name}/`, join(work, name, "dist")])) });

test("Node: the server side gets its data from plain fetch", async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  server.on("/api/a", ({ hit }) => ({ json: { hit } }));
  const directory = await project(join(work, "node"), tarball, {
    "main.js": `
      import { connect } from "forebay";
      const forebay = connect({ app: "server" });
      // Two who are served at once are two people: they share nothing.
      const tokens = await Promise.all([1, 2].map((n) => forebay.exclusive("token", async () => n)));
      console.log(JSON.stringify([await forebay.json(process.argv[2]), ...tokens]));
    `,
  });

  assert.equal(await runIn(directory, process.execPath, ["main.js", server.url("/api/a")]), '[{"hit":1},1,2]\n');
});

test("TypeScript: the declarations serve both ways of resolving modules", async () => {
  const directory = await project(join(work, "types"), tarball, {
    "main.ts": `
      import { connect, type Forebay } from "forebay";
      const forebay: Forebay = connect({ app: "typed" });
      export const answer: Promise<{ a: number }> = forebay.json<{ a: number }>("/api/a");
      // @ts-expect-error an app must say its name
      connect({});
      import { load, type Filtered } from "forebay/decisions";
      export const found: Promise<Filtered<{ a: number }>> = load().then((decisions) => decisions.filter([{ a: 1 }], { field: "a", eq: 1 }));
    `,
  });
  for (const [module, resolution] of [["NodeNext", "NodeNext"], ["ESNext", "Bundler"]]) {
    await runIn(directory, join(BIN, "tsc"), [
      "--noEmit", "--strict", "--types", "", "--target", "ES2022", "--lib", "ES2022,DOM,DOM.Iterable",
      "--module", module, "--moduleResolution", resolution, "main.ts",
    ]);
  }
});

test("the manifest holds what it promises", async () => {
  const { messages } = await publint({ pkgDir: fileURLToPath(new URL("../../pkg", import.meta.url)), strict: true, pack: false });
  const manifest = JSON.parse(await readFile(join(work, "vite/node_modules/forebay/package.json"), "utf8"));
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest)), []);
});

test("the package says nothing about the machine that built it", async () => {
  const installed = join(work, "vite/node_modules/forebay");
  const secrets = [fileURLToPath(new URL("../..", import.meta.url)), join(homedir(), ".cargo")];
  for (const name of await readdir(installed, { recursive: true })) {
    const file = join(installed, name);
    if (!(await stat(file)).isFile()) continue;
    const bytes = await readFile(file);
    for (const secret of secrets) assert.ok(!bytes.includes(secret), `${name} mentions ${secret}`);
  }
});
