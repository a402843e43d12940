// Drives the sessions of scenario.json in a real browser, with Forebay and without, and gives what the server counted.
//
//   node session.mjs [--browser chromium|firefox] [--api rest|graphql] [--ways fetch,apollo,apollo-shared,forebay-contained,forebay-documents,forebay]
//                    [--sessions 20] [--jitter 0|tight|lazy] [--slow 1] [--seed 1] [--url http://localhost:8080] [--json]
//
// A way is what all apps ask through: plain `fetch`, an Apollo Client each, one Apollo Client for the page, Forebay
// without knowing the apps' documents beforehand, with them but without what routes need, or Forebay.
// Without `--ways` it is `fetch` and `forebay`. `--slow N` stretches the server's latencies and the jitter N-fold: what
// the machine itself needs to load and to run the page then weighs less, and the scenario's timing more.
//
// As a module: `runSessions({ browser, url, … })` with a browser that puppeteer has launched.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Kind, parse, print, visit } from "graphql";
import { random } from "./server/random.mjs";

const scenario = JSON.parse(readFileSync(join(import.meta.dirname, "scenario.json"), "utf8"));
const PATIENT = "p-1042";
const [DASHBOARD, , APPOINTMENTS] = scenario.session;

/** API → the ways in which it can be asked. Apollo speaks GraphQL and nothing else. */
const WAYS = { rest: ["fetch", "forebay"], graphql: ["fetch", "apollo", "apollo-shared", "forebay-contained", "forebay-documents", "forebay"] };
/** Apollo's own name for a type's name; it asks for it in every selection, so that it can tell entities apart. */
const TYPENAME = "__typename";

/**
 * Runs sessions one after the other, each in a browser profile of its own, each in every way. Session `n` makes the same
 * choices and meets the same latencies in all ways.
 *
 * @param {object} options
 * @param {import("puppeteer-core").Browser} options.browser
 * @param {string} options.url where the example is served
 * @param {"rest" | "graphql"} [options.api]
 * @param {number} [options.sessions]
 * @param {"0" | "tight" | "lazy"} [options.jitter] how much apart the apps mount
 * @param {number} [options.slow] how many times as much apart; the server's latencies are the caller's to stretch
 * @param {number} [options.patience] for how many milliseconds the first apps wait for Forebay's core; the page's default without
 * @param {number} [options.seed]
 * @param {("fetch" | "apollo" | "apollo-shared" | "forebay-contained" | "forebay-documents" | "forebay")[]} [options.ways] what the apps ask through
 * @returns {Promise<Record<string, Summary>>} by way, in the order of `ways`
 */
export async function runSessions({ browser, url, api = "rest", sessions = 20, jitter = "tight", slow = 1, patience, seed = 1, ways = ["fetch", "forebay"] }) {
  const results = {};
  for (const way of ways) {
    const counts = [];
    for (let n = 0; n < sessions; n += 1) {
      counts.push(await runSession({ browser, url, api, jitter, slow, patience, seed: seed + n, client: way }));
    }
    results[way] = summary(counts);
  }
  return results;
}

/**
 * One session in a fresh profile; gives the server's counts of it (`server/sessions.mjs`), and whether it rescheduled
 * and went back. `also` is called with the page before it is closed.
 */
export async function runSession({ browser, url, api, jitter, slow = 1, patience, seed, client, also = async () => {} }) {
  const { mutation, back } = scenario.extras;
  const draw = random(seed);
  const reschedules = draw() < mutation.p;
  const goesBack = draw() < back.p;
  const profile = await browser.createBrowserContext();
  try {
    const page = await profile.newPage();
    page.setDefaultTimeout(15_000);
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error.message)));
    const go = async (path, apps) => {
      await follow(page, path, apps);
      await noProblem(page);
    };
    const settings = { client, api, jitter, slow, seed, ...(patience !== undefined && { patience }) };
    await page.goto(`${url}${DASHBOARD}?${new URLSearchParams(settings)}`);
    await settle(page, ["shell-header", "notifications", "analytics"]);
    await noProblem(page);
    await go(`/patient/${PATIENT}`, ["patient-profile", "care-summary"]);
    await go(APPOINTMENTS, ["schedule"]);
    if (reschedules) await reschedule(page);
    if (goesBack) await go(DASHBOARD, ["notifications", "analytics"]);
    await also(page);

    const counts = await countsOf(page);
    if (errors.length > 0) throw new Error(`the page threw in session ${seed} (${client}): ${errors.join("; ")}`);
    if (api === "graphql" && !client.startsWith("forebay")) checkDocuments(counts, client);
    return { ...counts, rescheduled: reschedules, wentBack: goesBack };
  } finally {
    await profile.close();
  }
}

/** Who has nothing to show asks for less: a session in which an app says so does not count. */
async function noProblem(page) {
  const said = await page.evaluate(() => {
    const inApps = [...document.querySelectorAll("[data-app] *")];
    const all = [...inApps, ...inApps.flatMap(({ shadowRoot }) => [...(shadowRoot?.querySelectorAll("*") ?? [])])];
    return all.filter((element) => element.matches("[role=alert]")).map(({ textContent }) => textContent.trim());
  });
  if (said.length > 0) throw new Error(`an app shows a problem: ${said.join("; ")}`);
}

/** Follows a link of the page, as a person would. */
export async function follow(page, path, apps) {
  await page.evaluate((href) => document.querySelector(`a[href="${href}"]`).click(), path);
  await settle(page, apps);
}

/** Moves the first visit of the day to the first time that the page offers on that day, or on another (`YYYY-MM-DD`). */
export async function reschedule(page, day) {
  await page.evaluate(() => document.querySelector("hh-schedule tbody button").click());
  await page.waitForSelector("hh-schedule dialog[open] button[type=submit]:not(:disabled)");
  if (day) await page.select("hh-schedule dialog select[name=day]", day);
  await page.evaluate(() => document.querySelector("hh-schedule dialog button[type=submit]").click());
  await page.waitForFunction(() => !document.querySelector("hh-schedule dialog[open]"));
  await settle(page, ["schedule"]);
}

/** Waits until these apps are mounted, nobody says that it is busy, and the server has had nothing to do for a while. */
export async function settle(page, apps) {
  await page.waitForFunction((names) => {
    const mounted = names.every((name) => document.querySelector(`[data-app="${name}"][data-state=mounted]:not([hidden])`));
    return mounted && !document.querySelector("[aria-busy=true]");
  }, { polling: 20 }, apps);
  for (let quiet = 0, last; quiet < 3;) {
    await sleep(40);
    const { inFlight, last: seen } = await countsOf(page);
    quiet = inFlight === 0 && seen === last ? quiet + 1 : 0;
    last = seen;
  }
}

export function countsOf(page) {
  return page.evaluate(async () => (await fetch("/__counts")).json());
}

/**
 * The apps' queries must be the scenario's, or the figures are those of another scenario: to the letter with plain
 * `fetch`, and but for its `__typename` and white space with Apollo. Where apps share a cache, not all are sent.
 */
function checkDocuments({ calls }, client) {
  const written = client === "fetch" ? (document) => document : withoutTypenames;
  const known = new Set(Object.values(scenario.documents).map(written));
  const sent = new Set(calls.filter(({ write }) => !write).map(({ document }) => written(document)));
  const other = [...sent].find((document) => !known.has(document));
  if (other) throw new Error(`an app sent a document that scenario.json does not have: ${other}`);
  const missing = [...known].find((document) => !sent.has(document));
  if (missing && client !== "apollo-shared") throw new Error(`no app sent the scenario's ${missing}`);
}

function withoutTypenames(document) {
  return print(visit(parse(document), { [Kind.FIELD]: ({ name }) => name.value === TYPENAME ? null : undefined }));
}

/**
 * @typedef {object} Summary
 * @property {number} sessions
 * @property {number} operations mean per session, writes included
 * @property {number} reads mean per session
 * @property {Record<string, number>} byResource mean per session
 * @property {number} rescheduled sessions in which a visit was moved
 * @property {number} wentBack sessions that ended on the dashboard
 * @property {object[]} each the server's counts of each session
 */
function summary(each) {
  const mean = (read) => each.reduce((sum, counts) => sum + read(counts), 0) / each.length;
  const resources = [...new Set(each.flatMap(({ byResource }) => Object.keys(byResource)))].sort();
  const stray = Math.max(...each.map((counts) => counts.stray));
  if (stray > 0) throw new Error(`${stray} calls came without a cookie, and belong to no session`);
  return {
    sessions: each.length,
    operations: mean(({ operations }) => operations),
    reads: mean(({ reads }) => reads),
    byResource: Object.fromEntries(resources.map((name) => [name, mean(({ byResource }) => byResource[name] ?? 0)])),
    rescheduled: each.filter(({ rescheduled }) => rescheduled).length,
    wentBack: each.filter(({ wentBack }) => wentBack).length,
    each,
  };
}

/** The figures as a table for people: a column for each way. */
export function table(results) {
  const summaries = Object.values(results);
  const resources = [...new Set(summaries.flatMap(({ byResource }) => Object.keys(byResource)))].sort();
  const row = (label, read) => [label, ...summaries.map((way) => (read(way) ?? 0).toFixed(2))];
  const rows = [
    ["per session", ...Object.keys(results)],
    ...resources.map((name) => row(name, ({ byResource }) => byResource[name])),
    row("reads", ({ reads }) => reads),
    row("all", ({ operations }) => operations),
  ];
  return rows.map(([label, ...cells]) => label.padEnd(18) + cells.map((cell) => cell.padStart(18)).join("")).join("\n");
}

async function main() {
  const { values } = parseArgs({
    options: {
      browser: { type: "string", default: "chromium" },
      api: { type: "string", default: "rest" },
      ways: { type: "string", default: "fetch,forebay" },
      sessions: { type: "string", default: "20" },
      jitter: { type: "string", default: "tight" },
      slow: { type: "string", default: "1" },
      seed: { type: "string", default: "1" },
      url: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const allowed = { browser: ["chromium", "firefox"], api: ["rest", "graphql"], jitter: ["0", "tight", "lazy"] };
  for (const [name, choices] of Object.entries(allowed)) {
    if (!choices.includes(values[name])) stop(`--${name} ${values[name]} is not known: use ${choices.join(", ")}`);
  }
  for (const name of ["sessions", "seed", "slow"]) {
    if (!/^[1-9]\d*$/.test(values[name])) stop(`--${name} ${values[name]} is no whole number from 1 on`);
  }
  if (values.url && values.slow !== "1") stop("--slow needs a server of its own: leave --url away");
  const ways = values.ways.split(",");
  const unknown = ways.filter((way) => !WAYS.graphql.includes(way));
  if (unknown.length > 0) stop(`--ways ${values.ways}: there is no way \`${unknown[0]}\`; name some of ${WAYS.graphql.join(",")}`);
  const unable = ways.filter((way) => !WAYS[values.api].includes(way));
  if (unable.length > 0) stop(`--ways ${values.ways}: ${unable.join(" and ")} cannot ask by REST; add --api graphql`);
  if (new Set(ways).size < ways.length) stop(`--ways ${values.ways}: name each way once`);
  const { startServer } = await import("./server/index.mjs");
  const slow = Number(values.slow);
  const server = values.url ? undefined : await startServer({ rtt: scenario.timing.rtt_ms.map((ms) => ms * slow) });
  const browser = await launch(values.browser);
  try {
    const results = await runSessions({
      browser, url: values.url ?? server.url, api: values.api, jitter: values.jitter, slow, ways,
      sessions: Number(values.sessions), seed: Number(values.seed),
    });
    if (values.json) console.log(JSON.stringify(results, null, 2));
    else {
      const { sessions, rescheduled, wentBack } = results[ways[0]]; // the same in all ways
      console.log(`${sessions} sessions in ${values.browser}, ${values.api}, jitter ${values.jitter}${slow > 1 ? `, ${slow} times as slow` : ""}, ${rescheduled} rescheduled, ${wentBack} went back\n${table(results)}`);
    }
  } finally {
    await browser.close();
    await server?.close();
  }
}

function stop(message) {
  console.error(`session: ${message}`);
  process.exit(2);
}

/** A browser with a fresh profile. As root there is no sandbox to enter; the rest keeps it from calling home. */
export async function launch(name) {
  const { default: puppeteer } = await import("puppeteer-core");
  const binary = { chromium: process.env.CHROME ?? "/usr/bin/chromium", firefox: process.env.FIREFOX ?? "/usr/bin/firefox-esr" }[name];
  if (!binary) throw new Error(`there is no engine \`${name}\`: use chromium or firefox`);
  return puppeteer.launch({
    browser: name === "firefox" ? "firefox" : "chrome",
    executablePath: binary,
    headless: true,
    args: name === "firefox" ? [] : [
      "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
      // The list of an address bar that nobody sees would be a page of its own in each profile.
      "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    ],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
