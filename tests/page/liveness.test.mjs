// Every caller gets an outcome, in its time: each kind of call, in each state in which something stalls or is missing, is answered,
// given up or past its deadline. What is late is told by a timer that the page has set beside the call, never by this file's clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inBrowsersSideBySide, until } from "./harness.mjs";

/** States of a page: what is done to the server before it opens, and in the page before the calls. */
const STATES = {
  "shared": { isShared: true },
  "nothing is there yet": {},
  "the core stalls": { hangs: ["forebay.wasm"] },
  "the core stalls in a page that has been here": { hangs: ["forebay.wasm"], isWarm: true },
  "the runtime stalls": { hangs: ["runtime.js"] },
  "the part for GraphQL stalls": { hangs: ["graphql.wasm"] },
  "the script for GraphQL stalls": { hangs: ["graphql.js"] },
  "the part for the disk stalls": { hangs: ["depot.wasm"] },
  "the script for the disk stalls": { hangs: ["depot.js"] },
  "the part for exclusive work stalls": { hangs: ["exclusive.js"] },
  "the parts for routes and explanations stall": { hangs: ["route.js", "inspect.js"], options: { manifest: { routes: { "/r": [{ url: "/live/ok/route" }] } } } },
  "the core is missing": { lacks: ["forebay.wasm"] },
  "the core is missing, and what passes through stalls": { lacks: ["forebay.wasm"], hangs: ["passthrough.js"] },
  "everything but the stub is missing": { lacks: ["runtime.js", "passthrough.js", "exclusive.js", "graphql.js", "flag.js"] },
  "the parts for GraphQL, disk and exclusive work are missing": { lacks: ["graphql.wasm", "depot.wasm", "exclusive.js"] },
  "switched off": { options: { disabled: true } },
  "this app is switched off": { options: { disabled: ["a"] }, isShared: true },
  "switched off while it runs": { isSwitched: true },
  "the core breaks": { breaks: true },
  "installed": { isShared: true, isInstalled: true },
  "installed, and the core stalls": { hangs: ["forebay.wasm"], isInstalled: true },
  "installed, and the core is missing": { lacks: ["forebay.wasm"], isInstalled: true },
};

/** What runs in the page: makes every call in every way, and gives what did not end as it must. */
async function callAll({ options, isWarm, isShared, isSwitched, breaks, isInstalled }) {
  if (isWarm) localStorage.forebay = 1;
  const { configure, connect, disable, ready } = await import("/pkg/index.js");
  configure({ rules: [{ match: "/live/search*", coalescePost: true }], graphql: { endpoint: "/live/graphql" }, ...options });
  const [a, b] = ["a", "b"].map((app) => connect({ app }));
  if (isShared || isSwitched || breaks) await ready();
  if (isSwitched) disable("a test");
  if (breaks) {
    const { now } = performance;
    performance.now = () => { throw new Error("planted"); };
    try { a.prefetch("/live/x"); } finally { performance.now = now; }
  }
  const sleep = (ms) => new Promise((over) => setTimeout(over, ms));
  /** Each kind of call: what is asked (`how` names the answer), and with which options. */
  const kinds = {
    "fetch": (how, { signal, deadline }, n) => a.fetch(`/live/${how}/fetch${n}`, { signal, forebay: { deadline } }),
    "fetch, its signal in a Request": (how, { signal, deadline }, n) => a.fetch(new Request(`/live/${how}/request${n}`, { signal }), { forebay: { deadline } }),
    "fetch, no-store": (how, { signal, deadline }, n) => a.fetch(`/live/${how}/store${n}`, { cache: "no-store", signal, forebay: { deadline } }),
    "fetch, POST": (how, { signal, deadline }, n) => a.fetch(`/live/${how}/post${n}`, { method: "POST", body: "x", signal, forebay: { deadline } }),
    "json": (how, { signal, deadline }, n) => a.json(`/live/${how}/json${n}`, { signal, forebay: { deadline } }),
    "json that others wait for too": (how, { signal, deadline }) => a.json(`/live/${how}/both`, { signal, forebay: { deadline } }),
    "json with a body": (how, { signal, deadline }, n) => a.json(`/live/${how}/body${n}`, { json: { n }, signal, forebay: { deadline } }),
    "json of a POST that reads": (how, { signal, deadline }, n) => a.json(`/live/search/${how}/${n}`, { json: { n }, signal, forebay: { deadline } }),
    "query": (how, { signal, deadline }, n) => a.query(`{ ${how}${n} }`, {}, { endpoint: `/live/${how}/graphql`, signal, deadline }),
    "mutate": (how, { signal, deadline }, n) => a.mutate(`mutation { ${how}${n} }`, {}, { endpoint: `/live/${how}/mutate${n}`, signal, deadline }),
    "mutate behind one that hangs": (how, { signal, deadline }, n) => {
      const give = new AbortController();
      if (how !== "ok") a.mutate("mutation { first }", {}, { endpoint: `/live/${how}/queue${n}`, deadline: 900, signal: give.signal }).catch(() => {});
      return a.mutate(`mutation { ${how}${n} }`, {}, { endpoint: `/live/${how}/queue${n}`, signal, deadline });
    },
  };
  /** The page's own, over the broker: they know no deadlines of ours. */
  const installed = {
    "the page's fetch": (how, { signal, deadline }, n) => fetch(`/live/${how}/page${n}`, { signal }),
    "the page's XHR": (how, { signal, deadline = 0 }, n) => new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      xhr.open("GET", `/live/${how}/xhr${n}`);
      xhr.timeout = deadline;
      xhr.onload = resolve;
      for (const [event, error] of [["timeout", { code: "deadline" }], ["abort", { name: "AbortError" }], ["error", { name: "NetworkError" }]]) xhr.addEventListener(event, () => reject(error));
      signal?.addEventListener("abort", () => xhr.abort());
      xhr.send();
      if (signal?.aborted) xhr.abort();
    }),
  };
  if (isInstalled) {
    const { install } = await import("/pkg/install.js");
    install(a, { match: ["/live/*"] });
    Object.assign(kinds, installed);
  }
  const throwing = () => { throw new Error("planted: a listener"); };
  /** Those that have no deadline: they are answered, whatever stalls. */
  const watched = (how, watch) => new Promise((told, failed) => {
    const w = watch(({ data, error }) => {
      w.stop();
      error ? failed(error) : told(data);
    });
  });
  const answered = {
    "watch": () => watched("ok", (told) => a.watch("/live/ok/watch", told)),
    "watch of a query": () => watched("ok", (told) => a.watch({ query: "{ watched }", endpoint: "/live/ok/graphql" }, told)),
    "watch of a POST": () => watched("ok", (told) => a.watch("/live/search/ok/watch", { json: {} }, told)),
    "watch beside a listener that throws": () => (a.watch("/live/ok/thrown", throwing), watched("ok", (told) => b.watch("/live/ok/thrown", told))),
    "a query whose onResponse throws": () => a.query("{ thrown }", {}, { endpoint: "/live/ok/graphql", onResponse: throwing }),
    "an answer beside a listener of events that throws": () => (a.on("answer", throwing), b.json("/live/ok/events")),
    "refresh after stop": async () => {
      const watch = a.watch("/live/ok/stopped", throwing);
      watch.stop();
      watch.refresh();
    },
    "ready": () => ready(),
    "exclusive": () => a.exclusive("work", () => 1),
    "explain": () => a.explain("/live/ok/x").catch(({ code }) => code),
    "peek": async () => a.peek("/live/ok/x"),
    "another app's call, while one hangs": () => (b.json("/live/hang/others", { forebay: { deadline: 2_000 } }).catch(() => {}), b.json("/live/ok/others")),
    "another app's mutation, while one hangs": () => {
      a.mutate("mutation { hang }", {}, { endpoint: "/live/hang/shared", deadline: 2_000 }).catch(() => {});
      return b.mutate("mutation { ok }", {}, { endpoint: "/live/ok/shared" });
    },
  };
  const wrong = [];
  let n = 0;
  const settled = (promise) => promise.then((value) => ({ value }), (error) => ({ error }));
  const runs = [];
  /** Begins a call, and looks how it has ended when the timer set beside it rings. */
  const run = (name, begin, within, isRight, before) => {
    let end;
    let call;
    try { call = begin(); } catch (error) { call = Promise.reject(error); }
    const over = settled(call).then((outcome) => (end = outcome));
    const rings = async () => {
      const due = performance.now() + within;
      await sleep(within);
      // In a page that was busy an XHR gives first what has come meanwhile, as browsers do (`LATE_MS` there).
      if (name.includes("XHR") && performance.now() > due + 5) await sleep(100);
    };
    const beside = before ? before().then(rings) : rings();
    runs.push((async () => {
      await Promise.race([over, beside]);
      const said = !end ? "has not ended" : isRight(end) ? "" : end.error ? `${end.error.name} ${end.error.code} ${end.error.message}` : `ended with ${JSON.stringify(end.value)}`;
      if (said) wrong.push(`${name}: ${said}`);
    })());
  };
  for (const [name, call] of Object.entries(kinds)) {
    n += 1;
    const id = n;
    run(`${name}, answered`, () => call("ok", {}, id), 12_000, ({ error }) => !error);
    for (const how of ["hang", "drip"]) {
      // A body that never ends is `json`'s to wait for; `fetch` has been given the head.
      const isHead = how === "drip" && name.includes("fetch");
      if (isHead) continue;
      if (!name.includes("the page's fetch")) run(`${name}, ${how}, deadline`, () => call(how, { deadline: 400 }, `${id}d`), 450, ({ error }) => error?.code === "deadline");
      const given = new AbortController();
      run(`${name}, ${how}, given up`, () => call(how, { signal: given.signal }, `${id}a`), 50, ({ error }) => error?.name === "AbortError", async () => {
        await sleep(300);
        given.abort();
      });
    }
    run(`${name}, given up before`, () => call("ok", { signal: AbortSignal.abort() }, `${id}b`), 50, ({ error }) => error?.name === "AbortError");
  }
  for (const [name, call] of Object.entries(answered)) run(name, call, 12_000, ({ error }) => !error);
  await Promise.all(runs);
  return { wrong, count: runs.length, mode: await ready() };
}

inBrowsersSideBySide((world) => {
  for (const [state, { hangs = [], lacks = [], ...how }] of Object.entries(STATES)) {
    test(`${state}: every call ends, in its time, and so does every exchange`, async () => {
      const { server } = world;
      const graphql = ({ body }) => ({ json: { data: { answered: String(body).length } } });
      server.on("/live/ok/*", ({ path, body }) => (/graphql|mutate|queue|shared/.test(path) ? graphql({ body }) : { json: { ok: 1 } }));
      server.on("/live/search/ok/*", { json: { ok: 1 } });
      for (const place of ["/live/hang/*", "/live/search/hang/*"]) server.on(place, { hang: "head" });
      for (const place of ["/live/drip/*", "/live/search/drip/*"]) server.on(place, { chunks: ['{"a":'], hang: "body", headers: { "content-type": "application/json" } });
      for (const name of hangs) server.on(`/pkg/${name}`, { hang: "head" });
      for (const name of lacks) server.on(`/pkg/${name}`, { status: 404 });
      const tab = await world.open();
      const { wrong, count } = await tab.evaluate(callAll, how);
      assert.deepEqual(wrong, [], `of ${count} calls`);
      await until(() => !server.requests().some(({ path, isOpen }) => isOpen && path.startsWith("/live/")), "no exchange is open").catch((error) => {
        throw new Error(`${error.message}: ${server.requests().filter(({ path, isOpen }) => isOpen && path.startsWith("/live/")).map(({ method, path }) => `${method} ${path}`)}`);
      });
      // Firefox notes each made body that is broken off, also where somebody or a deadline asked for it, and each script that is missing.
      assert.deepEqual(tab.errors.filter((error) => !/AbortError|no answer within|planted|Loading module from/.test(error)), []);
    });
  }
});
