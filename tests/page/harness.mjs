// Real bundles in real tabs: registers tests once for each browser, with a server beside them.
//
//   import { inEachBrowser, until } from "./harness.mjs";
//   inEachBrowser((world) => {
//     test("two tabs ask once", async () => {
//       world.server.on("/api/a", { json: { a: 1 }, delay: 100 });
//       const tab = await world.open();
//       …
//     });
//   });
//
// BROWSERS=chromium runs one engine only; CHROME and FIREFOX name other binaries than the usual ones. CELLS=all runs the
// cells, too, that are left to one engine because they cannot differ in the others.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { after, afterEach, before, beforeEach, describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import puppeteer from "puppeteer-core";
import { startServer } from "./server.mjs";

export { startServer };

const ENGINES = {
  chromium: {
    variable: "CHROME",
    names: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    options: {
      browser: "chrome",
      // As root there is no sandbox to enter; the rest keeps the browser from calling home during a test. Each profile has a
      // window, and the list of an address bar that nobody sees is a page of its own in each: half of a test's time.
      args: [
        "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
      ],
    },
  },
  firefox: {
    variable: "FIREFOX",
    names: ["firefox-esr", "firefox"],
    options: { browser: "firefox" },
  },
};

/** The engines to test in. */
export const engines = process.env.BROWSERS?.split(",") ?? Object.keys(ENGINES);

/** Whether every cell runs in this engine: where it cannot matter to a cell, one engine stands for all. */
export const runsAll = (engine) => engine === engines[0] || process.env.CELLS === "all";

/** The versions of a library: its lowest differs in the library's code, and that is the same in every engine. */
export const versionsIn = (engine) => (runsAll(engine) ? ["newest", "lowest"] : ["newest"]);

/** Starts a browser with a fresh profile of its own; `more` are puppeteer's launch options. */
export function launch(engine, more = {}) {
  const { variable, names, options } = ENGINES[engine] ?? {};
  if (options === undefined) throw new Error(`BROWSERS names \`${engine}\`: use ${Object.keys(ENGINES).join(" or ")}`);
  const executablePath = process.env[variable] || names.map(onPath).find(Boolean);
  if (!executablePath) throw new Error(`there is no ${engine}: run \`make doctor\`, or name its binary in ${variable}`);
  // A page that hangs fails its own test after 30 s, long before the runner gives up on the whole file.
  // Puppeteer takes flags out of the list that it is given.
  const args = [...(options.args ?? [])];
  return puppeteer.launch({ ...options, args, executablePath, headless: true, protocolTimeout: 30_000, ...more });
}

/**
 * Registers the tests that `define` declares once for each engine. They share one browser and one server; each
 * test starts with a server that has no routes and with a profile that nobody used. All is closed at the end,
 * also when tests fail.
 *
 * @param {(world: World) => void} define
 * @param {Parameters<typeof startServer>[0]} [serverOptions]
 */
export function inEachBrowser(define, serverOptions) {
  for (const engine of engines) {
    describe(engine, { concurrency: 1 }, () => {
      const world = new World(engine, serverOptions);
      before(() => world.start());
      beforeEach(() => world.begin());
      afterEach(() => world.end());
      after(() => world.close());
      define(world);
    });
  }
}

/** The same with all engines at once, for tests that wait more than they work: others only make each other slow. */
export function inBrowsersSideBySide(define) {
  describe("side by side", { concurrency: true }, () => inEachBrowser(define));
}

/** A browser, a server, and the tabs of the running test. */
export class World {
  /** @type {import("puppeteer-core").Browser} */ browser;
  /** @type {import("puppeteer-core").BrowserContext} */ profile;
  /** @type {Awaited<ReturnType<typeof startServer>>} */ server;
  #others = [];

  constructor(engine, serverOptions) {
    this.engine = engine;
    this.serverOptions = serverOptions;
  }

  async start() {
    this.server = await startServer(this.serverOptions);
    this.browser = await launch(this.engine);
  }

  async begin() {
    this.server.reset();
    this.profile = await this.browser.createBrowserContext();
  }

  /** Opens a tab. Tabs of one profile share storage, channels and locks; another profile is another person's browser. */
  async open(path = "/blank.html", { profile = this.profile } = {}) {
    const tab = await profile.newPage();
    tab.setDefaultTimeout(15_000);
    listen(tab);
    await tab.goto(this.server.url(path));
    return tab;
  }

  /** A second profile, for tests with two people. */
  async anotherProfile() {
    const profile = await this.browser.createBrowserContext();
    this.#others.push(profile);
    return profile;
  }

  async end() {
    for (const profile of [this.profile, ...this.#others.splice(0)]) await profile?.close();
  }

  async close() {
    try {
      await this.browser?.close();
    } finally {
      await this.server?.close();
    }
  }
}

/**
 * Collects what went wrong on a tab: `tab.errors` (uncaught exceptions and `console.error`) and `tab.warnings`
 * (`console.warn`). Chromium's notes about failed loads are left out; tests ask for failures, and Firefox has none.
 */
function listen(tab) {
  tab.errors = [];
  tab.warnings = [];
  tab.on("pageerror", (error) => tab.errors.push(String(error?.message ?? error)));
  tab.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) tab.errors.push(text);
    if (message.type() === "warn") tab.warnings.push(text);
  });
}

/** Waits until `condition` holds; fails with what it waited for. */
export async function until(condition, what, timeout = 5_000) {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${timeout} ms in vain until ${what}`);
    await sleep(10);
  }
}

/**
 * Waits until a page has written what it keeps, and has read the index: both are done when nothing else is to be done, and
 * idle moments are given out in the order in which they were asked for. A transaction ends after those before it.
 */
export const atRest = (tab) => tab.evaluate(async () => {
  const isThere = async () => (await indexedDB.databases()).some(({ name }) => name === "forebay");
  const done = (request, event = "onsuccess") => new Promise((resolve, reject) => {
    request[event] = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  // What one round begins (a batch, the rest of the index, a sealed row) the next one waits for; and a page that has just
  // begun looks for other tabs first, which takes its time.
  const start = performance.now();
  for (let round = 0; round < 4 || performance.now() - start < 600; round += 1) {
    await new Promise((idle) => requestIdleCallback(idle, { timeout: 1_000 }));
    if (await isThere()) {
      const db = await done(indexedDB.open("forebay"));
      await done(db.transaction([...db.objectStoreNames], "readwrite"), "oncomplete");
      db.close();
    }
  }
});

/** Waits until so many tabs of the profile are in the queue for what another tab has in flight. */
export const queued = (tab, tabs = 1) => until(
  () => tab.evaluate(async (tabs) => (await navigator.locks.query()).pending.length >= tabs, tabs),
  `${tabs} wait for a lock`,
);

function onPath(name) {
  for (const dir of process.env.PATH?.split(delimiter) ?? []) {
    const file = join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not here
    }
  }
  return undefined;
}
