// Runs the public suite of HTTP caching in headless Chromium, and counts as its own pages count.
//
//   node run.mjs                     the browser's own fetch and cache
//   node run.mjs --fetch forebay     the built package: pkg/ must be there
//   node run.mjs --suite DIR         another release of the suite
//   node run.mjs --only ID,ID        these tests, and those they depend on
//   node run.mjs --json FILE         writes every result as well
//
// Status 1: a required test fails that is not in `expected.json` for this fetch.
import { createServer } from "node:http";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, normalize, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launch } from "../page/harness.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { values: options } = parseArgs({
  options: {
    fetch: { type: "string", default: "plain" },
    suite: { type: "string", default: join(HERE, "node_modules/http-cache-tests") },
    only: { type: "string" },
    json: { type: "string" },
  },
});

/** What stands in for `fetch`: a function of the page that gives it; requests for other URLs than the tests' stay plain. */
const FETCHES = {
  plain: () => (url, init) => fetch(url, init),
  forebay: async () => {
    const { configure, connect, ready } = await import("/pkg/index.js");
    // What the suite sends with each request so that its server knows which it is.
    configure({ ignoreHeaders: ["Test-ID", "Test-Name", "Req-Num"] });
    const forebay = connect({ app: "http-suite" });
    if ((await ready()) !== "shared") throw new Error("the core could not be had");
    // What answers parts is loaded when a part is first asked for, which is not the tests' to wait for.
    await (await forebay.fetch("/blank.html", { headers: { range: "bytes=0-0" } })).text();
    await new Promise((done) => setTimeout(done, 500));
    return async (url, init) => {
      const response = await forebay.fetch(url, init);
      // After such a status nothing stored is given out until the host has said who is there.
      if (response.status === 401 || response.status === 403) forebay.identify(null);
      return response;
    };
  },
};
if (!(options.fetch in FETCHES)) throw new Error(`--fetch is one of ${Object.keys(FETCHES).join(", ")}, not ${options.fetch}`);

const suite = resolve(options.suite);
if (!existsSync(join(suite, "tests/index.mjs"))) throw new Error(`there is no suite in ${suite}: run \`.ci/npm-ci tests/page tests/http-suite\``);
const part = (path) => import(pathToFileURL(join(suite, path)));
const tests = (await part("tests/index.mjs")).default.flatMap((set) => set.tests);
const byId = new Map(tests.map((test) => [test.id, test]));

const started = Date.now();
const server = await serve();
const browser = await launch("chromium", { protocolTimeout: 900_000 });
let results;
try {
  results = {};
  const rest = groups(wanted());
  const work = async () => {
    for (let ids; (ids = rest.shift());) Object.assign(results, await inPage(ids));
  };
  await Promise.all(Array.from({ length: 8 }, work));
  for (const id of notSetUp()) Object.assign(results, await inPage([...needed([id])]));
} finally {
  await browser.close();
  server.close();
}
report();

// --- inside the page -----------------------------------------------------------------------------------------

async function run(fetchText, only) {
  const other = await (0, eval)(`(${fetchText})`)();
  const { getResults } = await import("/client/runner.mjs");
  const sets = (await import("/tests/index.mjs")).default;
  const isTest = (url) => new URL(url, location.href).pathname.startsWith("/test/");
  // One answer that never comes would hold up all that run beside it.
  const inTime = (answer, url) => Promise.race([answer, new Promise((_, fail) => setTimeout(fail, 20_000, new Error(`no answer for ${url}`)))]);
  const fetchIt = (url, init) => isTest(url) ? inTime(other(url, init), url) : fetch(url, init);
  const { runTests } = await import("/client/runner.mjs");
  await runTests(sets.map((set) => ({ ...set, tests: set.tests.filter((test) => only.includes(test.id)) })), fetchIt, true, "", 100);
  return getResults();
}

// --- beside it -----------------------------------------------------------------------------------------------

/** Runs tests on a page of a browser that nobody has used. */
async function inPage(ids) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error("page:", error));
  page.on("console", (message) => message.type() === "warn" && console.error("page:", message.text()));
  await page.goto(`${server.origin}/blank.html`);
  const results = await page.evaluate(run, FETCHES[options.fetch].toString(), ids);
  await context.close();
  return results;
}

/**
 * Which run beside each other on one page. Each that writes has one of its own, since what else is in the air to the same
 * server meanwhile is not kept; and so have those whose server asks who is there, since that concerns all.
 */
function groups(ids) {
  const any = (test, which) => test.requests.some(which);
  const asksWho = (test) => any(test, ({ response_status: [status] = [200] }) => status === 401 || status === 403);
  const writes = (test) => any(test, ({ request_method: method = "GET" }) => !/^(GET|HEAD)$/.test(method));
  const tests = ids.map((id) => byId.get(id));
  const apart = tests.filter((test) => writes(test)).map(({ id }) => [id]);
  const [known, asked] = [false, true].map((asks) => tests.filter((test) => !writes(test) && asksWho(test) === asks).map(({ id }) => id));
  return [known, asked, ...apart].filter((group) => group.length);
}

/**
 * Tests whose preparation failed, which says nothing of what they ask: some fetch twice within two seconds of freshness,
 * and a hundred tests begin at once. These run once more, alone. What fails alone has failed.
 */
function notSetUp() {
  return Object.keys(results).filter((id) => results[id]?.[0] === "Setup" && byId.get(id).depends_on?.every((other) => results[other] === true));
}

/** The ids to run with all they depend on. */
function wanted() {
  return options.only === undefined ? [...byId.keys()] : [...needed(options.only.split(","))];
}

function needed(asked) {
  const ids = new Set();
  const add = (id) => {
    if (!byId.has(id)) throw new Error(`the suite has no test \`${id}\``);
    if (!ids.has(id)) byId.get(ids.add(id) && id).depends_on?.forEach(add);
  };
  asked.forEach(add);
  return ids;
}

/** The suite's own handlers on a free port, its files, and ours. */
async function serve() {
  const handlers = {};
  for (const name of ["config", "test", "state"]) handlers[name] = (await part(`server/handle-${name}.mjs`)).default;
  const log = console.log; // its server warns of every state that nobody asked for
  console.log = () => {};
  const http = createServer((request, response) => {
    const path = new URL(request.url, "http://server").pathname;
    const [first, ...rest] = path.slice(1).split("/");
    if (Object.hasOwn(handlers, first)) return handlers[first](rest, request, response);
    if (path === "/blank.html") return send(response, "text/html", "<!doctype html><title>tests</title>");
    file(response, path.startsWith("/pkg/") ? ROOT : suite, path);
  });
  http.keepAliveTimeout = 60_000; // a connection that closes while a test pauses looks like a failing server
  await new Promise((done) => http.listen(0, "127.0.0.1", done));
  return {
    origin: `http://127.0.0.1:${http.address().port}`,
    close() { http.close(); http.closeAllConnections(); console.log = log; },
  };
}

function file(response, base, path) {
  const types = { ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm" };
  const target = normalize(join(base, path));
  if (!target.startsWith(base.endsWith(sep) ? base : base + sep) || !existsSync(target)) {
    response.writeHead(404).end();
    return;
  }
  send(response, types[extname(target)] ?? "application/octet-stream", readFileSync(target));
}

function send(response, type, body) {
  response.writeHead(200, { "content-type": type }).end(body);
}

/** As the suite's pages judge: a test whose dependency did not pass says nothing. */
function verdict(id) {
  const result = results[id];
  if (result === undefined) return "untested";
  const blocked = (byId.get(id).depends_on ?? []).find((other) => verdict(other) !== "passed");
  if (blocked !== undefined) return `depends on ${blocked}`;
  return result === true ? "passed" : `${result[0]}: ${result[1]}`;
}

function report() {
  const applicable = tests.filter((test) => !test.browser_skip && !test.cdn_only && (options.only === undefined || test.id in results));
  const failing = [];
  const unexpected = [];
  const expected = JSON.parse(readFileSync(join(HERE, "expected.json"), "utf8"))[options.fetch] ?? {};
  for (const kind of ["required", "optimal", "check"]) {
    const all = applicable.filter((test) => (test.kind ?? "required") === kind);
    const failed = all.filter(({ id }) => verdict(id) !== "passed");
    const raw = all.filter(({ id }) => results[id] === true).length;
    console.log(`${kind.padEnd(8)} ${all.length - failed.length} of ${all.length} passed (${raw} if dependencies are not asked for)`);
    if (kind === "check") continue; // questions, not demands
    failing.push(...failed.map(({ id }) => `${kind.padEnd(8)} ${id}: ${verdict(id)}`));
    if (kind === "required") unexpected.push(...failed.filter(({ id }) => !(id in expected)).map(({ id }) => id));
  }
  if (failing.length > 0) console.log(`\nnot passed:\n  ${failing.join("\n  ")}`);
  console.log(`\n${options.fetch} fetch, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(Object.fromEntries(applicable.map(({ id }) => [id, verdict(id)])), null, 1)}\n`);
  if (options.fetch !== "plain" && unexpected.length > 0) {
    // Once more at the very end, with what was said: of a long log often only the end is kept.
    console.error(`\nrequired, and not among those that cannot pass:\n  ${unexpected.map((id) => `${id}: ${verdict(id)}`).join("\n  ")}`);
    process.exitCode = 1;
  }
}
