// What client libraries let their users say of a request, option by option: over Forebay the same arrives at the server, and
// the same is shown, as with the library alone.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inEachBrowser, versionsIn } from "../page/harness.mjs";
import { buildOptions } from "./pages.mjs";

/** What browsers send by themselves; how they ask their own cache is the broker's to say where nothing was told. */
const BROWSERS = /^(host|connection|user-agent|accept-encoding|accept-language|sec-|origin|priority|te$)/;
const CACHE = /^(cache-control|pragma)$/;

/**
 * What differs. A query is asked for in the same words by all who share it, so that which library asks is not said; and an
 * upload whose progress is wanted is sent as it is, where axios by itself has browsers refuse it over HTTP/1.1.
 */
const DIFFERS = { axios: /^uploads$/ };

/** The boundary of a form is drawn anew each time. */
const unbound = (text) => text.replace(/-{2,}(WebKitFormBoundary|geckoformboundary|-+)[\w-]*/g, "BOUNDARY");

/** What arrived: of an operation its parts, in whatever order. */
function arrived(name, { method, path, search, headers, body }) {
  const isHidden = (header) => BROWSERS.test(header) || (CACHE.test(header) && !/\.cache/.test(name));
  const own = Object.fromEntries(Object.entries(headers).sort().filter(([header]) => !isHidden(header)).map(([name, value]) => [name, unbound(value)]));
  // A boundary's length is drawn, too.
  if (/multipart/.test(headers["content-type"])) delete own["content-length"];
  let content = unbound(String(body));
  if (/json/.test(headers["content-type"])) try { content = JSON.parse(content); } catch { /* it says so, and is none */ }
  if (content?.query) {
    const { query, operationName, variables, extensions: { clientLibrary: _, ...extensions } = {}, ...others } = content;
    content = { query: query.replace(/[\s,]+/g, " ").trim(), operationName, variables, extensions, ...others };
    delete own["content-length"];
    if (method === "POST" && !/custom/.test(own.accept)) delete own.accept;
  }
  return { method, url: path + search, headers: own, content };
}

function serve(server) {
  server.reset();
  const echo = ({ method, search, body }) => ({ json: { method, search, body: unbound(String(body)) }, headers: { "x-made": "1" } });
  server.on("/api/echo", echo);
  server.on("/api/echo/*", echo);
  server.on("/api/gone", { status: 404, json: { why: "gone" } });
  server.on("/api/moved", { status: 302, headers: { location: "/api/echo?moved" } });
  server.on("/api/not-json", { body: "{not json", headers: { "content-type": "application/json" } });
  server.on("/api/slow", { hang: "head" });
  const operate = ({ method, search, body }) => {
    const { query = "", variables } = method === "GET" ? Object.fromEntries([...new URLSearchParams(search)].map(([name, value]) => [name, name === "variables" ? JSON.parse(value) : value])) : JSON.parse(String(body));
    if (/secret/.test(query)) return { json: { data: { secret: null }, errors: [{ message: "secret is secret", path: ["secret"] }] } };
    if (!query) return { status: 400, json: { errors: [{ message: "no query" }] } };
    const { id = null, name = "Ada" } = variables ?? {};
    return { json: { data: { [/mutation/.test(query) ? "rename" : "patient"]: { __typename: "Patient", id, name } } } };
  };
  for (const path of ["/graphql", "/elsewhere"]) server.on(path, operate);
  server.on("/busy", { status: 503, body: "later" });
  server.on("/words", { body: "<p>words", headers: { "content-type": "text/html" } });
  server.on("/slow", { hang: "head" });
}

before(buildOptions);

inEachBrowser((world) => {
  for (const version of versionsIn(world.engine)) {
    for (const library of ["axios", "apollo", "urql", "tanstack", "swr"]) {
      test(`${library} (${version}): every option reaches the server as it does without, and shows the same`, async (t) => {
        const found = [];
        for (const isShared of [false, true]) {
          const tab = await world.open("/blank.html", { profile: await world.anotherProfile() });
          const names = await tab.evaluate(async (version, library, isShared) => {
            document.cookie = "mark=m1";
            const { rowsOf } = await import(`/tests/dropins/build/options-${version}.js`);
            if (isShared) {
              const { connect, ready } = await import("/pkg/index.js");
              globalThis.app = connect({ app: library });
              await ready();
            }
            globalThis.rows = await rowsOf[library](globalThis.app);
            return Object.keys(rows);
          }, version, library, isShared);
          const rows = {};
          for (const name of names) {
            serve(world.server);
            const shown = JSON.parse(await tab.evaluate(async (name) => JSON.stringify((await rows[name]()) ?? null), name));
            const sent = world.server.requests().filter(({ path }) => !/^.(pkg|tests|blank|favicon)/.test(path)).map((request) => arrived(name, request));
            rows[name] = { shown, sent };
          }
          found.push(rows);
          await tab.close();
        }
        const [alone, shared] = found;
        t.diagnostic(`${Object.keys(alone).length} rows`);
        const differing = Object.keys(alone).filter((name) => !DIFFERS[library]?.test(name) && JSON.stringify(alone[name]) !== JSON.stringify(shared[name]));
        assert.deepEqual(differing.map((name) => `${name}: ${JSON.stringify(shared[name])}, and alone ${JSON.stringify(alone[name])}`), []);
      });
    }
  }
});
