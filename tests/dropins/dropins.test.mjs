// Forebay under other client libraries: what they ask for is shared, and they behave as without it.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { buildSchema, execute, parse, validate } from "../page/node_modules/graphql/index.mjs";
import { atRest, inEachBrowser, versionsIn } from "../page/harness.mjs";
import { buildPages } from "./pages.mjs";

const FRESH = { "cache-control": "max-age=600" };

const schema = buildSchema(/* GraphQL */ `
  type Patient { id: ID! name: String! ward: Int! secret: String }
  type Query { patient(id: ID!): Patient }
  type Mutation { rename(id: ID!, name: String!): Patient }
`);

/** A server of patients that counts its operations. */
function clinic() {
  const names = new Map();
  const operations = [];
  const patient = ({ id }) => ({ id, name: names.get(id) ?? `Patient ${id}`, ward: 3, secret: () => { throw new Error("secret is secret"); } });
  const rename = ({ id, name }) => (names.set(id, name), patient({ id }));
  const answer = async ({ body }) => {
    const { query, variables, operationName } = JSON.parse(body);
    operations.push(query);
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) return { status: 400, json: { errors } };
    return { json: await execute({ schema, document, rootValue: { patient, rename }, variableValues: variables, operationName }), headers: FRESH, delay: 20 };
  };
  return { answer, operations };
}

/** Each library's own spelling of the same twenty resources. */
const GRAPHQL = {
  apollo: "query ApolloPatient($id: ID!) { patient(id: $id) { id name ward } }",
  urql: "query ($number: ID!) { patient(id: $number) { ward, name, id } }",
  tanstack: "query Q($id: ID!) { patient(id: $id) { __typename ...P } } fragment P on Patient { id name ward }",
  swr: "query P($i: ID!) { who: patient(id: $i) { __typename id name in: ward } }",
  axios: "# of axios\nquery A($id: ID!) {\n  patient(id: $id) {\n    __typename\n    name\n    id\n    ward\n  }\n}",
};
const VARIABLE = { apollo: "id", urql: "number", tanstack: "id", swr: "i", axios: "id" };

before(buildPages);

inEachBrowser((world) => {
  /** A tab with the libraries, over Forebay or by themselves. */
  const open = async (isShared, version = "newest") => {
    const tab = await world.open();
    await tab.evaluate(async (isShared, version) => {
      const { connect, ready } = await import("/pkg/index.js");
      const { libraries } = await import(`/tests/dropins/build/${version}.js`);
      globalThis.libs = libraries(isShared ? connect : undefined);
      globalThis.app = connect({ app: "plain" });
      globalThis.settled = async (promise) => {
        try {
          return { value: await promise };
        } catch (error) {
          return { error: { name: error.name, message: error.message, status: error.status ?? error.statusCode ?? error.response?.status, code: error.code } };
        }
      };
      await ready();
    }, isShared, version);
    return tab;
  };
  const both = async (inside, prepare, version, ...more) => {
    const found = [];
    for (const isShared of [false, true]) {
      world.server.reset();
      const api = clinic();
      world.server.on("/graphql", api.answer);
      prepare?.();
      const tab = await open(isShared, version);
      found.push({ seen: JSON.parse((await tab.evaluate(inside, ...more)) ?? "null"), operations: api.operations.length });
      await tab.close();
    }
    return found;
  };

  for (const version of versionsIn(world.engine)) {
    test(`five libraries (${version}) that ask for the same 20 resources in their own spelling send no more than 20 operations`, async () => {
      const sent = [];
      for (const isShared of [false, true]) {
        const api = clinic();
        world.server.on("/graphql", api.answer);
        const tab = await open(isShared, version);
        const right = await tab.evaluate(async (documents, names) => {
          const asked = Object.keys(documents).flatMap((library) => Array.from({ length: 20 }, async (_, n) => {
            const { data } = await libs[library].query(documents[library], { [names[library]]: String(n) });
            const { id, name, ward = undefined, in: alias = ward } = data.patient ?? data.who;
            return id === String(n) && name === "Patient " + n && alias === 3;
          }));
          return (await Promise.all(asked)).filter(Boolean).length;
        }, GRAPHQL, VARIABLE);
        assert.equal(right, 100);
        sent.push(api.operations.length);
        await tab.close();
      }
      assert.equal(sent[0], 100);
      // They are asked for in one task: the server is asked once for them all.
      assert.ok(sent[1] <= 20, `${sent[1]} operations`);
    });
  }

  for (const version of versionsIn(world.engine)) {
    for (const isInTurn of [false, true]) {
      test(`five libraries (${version}) that ask for the same 20 patients ${isInTurn ? "one after the other" : "at once"}, by REST where they can, send 20 requests and no more than 20 operations`, async () => {
        const sent = [];
        for (const isShared of [false, true]) {
          const api = clinic();
          world.server.on("/graphql", api.answer);
          // Of its own, lest the browser's HTTP cache remember it from the other.
          const path = `/api/${isShared ? "shared" : "alone"}-${isInTurn}/`;
          for (let n = 0; n < 20; n += 1) world.server.on(path + n, { json: { id: String(n), name: "Patient " + n }, headers: FRESH, delay: 50 });
          const tab = await open(isShared, version);
          const right = await tab.evaluate(async (path, isInTurn, documents, names) => {
            const query = async (library, n) => (await libs[library].query(documents[library], { [names[library]]: String(n) })).data.patient;
            const ways = [
              (n) => libs.tanstack.get(path + n, { ward: 3 }),
              (n) => query("apollo", n),
              (n) => libs.swr.get(`${path}${n}?w%61rd=3`),
              (n) => query("urql", n),
              // Its own `accept` is no other's, and may be answered otherwise.
              (n) => libs.axios.get(`${location.origin}${path}${n}?ward=%33#top`, { headers: { accept: "*/*" } }),
            ];
            const twenty = (way) => Promise.all(Array.from({ length: 20 }, async (_, n) => {
              const { id, name } = await way(n);
              return id === String(n) && name === "Patient " + n;
            }));
            const all = [];
            if (isInTurn) for (const way of ways) all.push(...(await twenty(way)));
            else all.push(...(await Promise.all(ways.map(twenty))).flat());
            return all.filter(Boolean).length;
          }, path, isInTurn, GRAPHQL, VARIABLE);
          assert.equal(right, 100);
          sent.push([Array.from({ length: 20 }, (_, n) => world.server.hits(path + n)).reduce((sum, hits) => sum + hits), api.operations.length]);
          await tab.close();
        }
        assert.deepEqual(sent[0], [60, 40]);
        assert.equal(sent[1][0], 20);
        assert.ok(sent[1][1] <= 20, `${sent[1][1]} operations`);
      });
    }
  }

  test("the same over REST, with apps that nobody changes: fetch and XMLHttpRequest", async () => {
    const sent = [];
    for (const isShared of [false, true]) {
      // Of its own, lest the browser's HTTP cache remember it from the other.
      const path = isShared ? "/api/shared/" : "/api/alone/";
      for (let n = 0; n < 20; n += 1) world.server.on(path + n, { json: { n }, headers: FRESH, delay: 20 });
      const tab = await open(isShared);
      const right = await tab.evaluate(async (isShared, path) => {
        if (isShared) (await import("/pkg/install.js")).install(app, { match: ["/api/*"] });
        const byXhr = (url) => new Promise((resolve, reject) => {
          const xhr = new XMLHttpRequest();
          xhr.open("GET", url);
          xhr.responseType = "json";
          xhr.onload = () => resolve(xhr.response);
          xhr.onerror = reject;
          xhr.send();
        });
        const ways = [
          (url, n) => libs.tanstack.get(url, { a: n, b: 2 }),
          (url, n) => libs.swr.get(`${url}?a=${n}&b=2`),
          (url, n) => libs.axios.get(url, { params: { a: n, b: 2 }, headers: { accept: "*/*" } }),
          async (url, n) => (await fetch(`${location.origin}${url}?a=${n}&b=%32#top`)).json(),
          (url, n) => byXhr(`.${url}?a=${n}&b=2`),
        ];
        const all = await Promise.all(ways.flatMap((way) => Array.from({ length: 20 }, async (_, n) => (await way(path + n, n)).n === n)));
        return all.filter(Boolean).length;
      }, isShared, path);
      assert.equal(right, 100);
      sent.push(Array.from({ length: 20 }, (_, n) => world.server.hits(path + n)).reduce((sum, hits) => sum + hits));
      await tab.close();
    }
    // By themselves they have the browser's own HTTP cache, for which two spellings are two things.
    assert.ok(sent[0] >= 40, `${sent[0]} requests without`);
    assert.equal(sent[1], 20);
  });

  for (const version of versionsIn(world.engine)) {
    test(`Apollo and urql (${version}): data, errors beside data, refused operations, gateways' failures, mutations and what they change are as without`, async () => {
      const [alone, shared] = await both(async () => {
        const name = (library) => libs[library].query("query N($id: ID!) { patient(id: $id) { id name } }", { id: "1" }, { fetchPolicy: "network-only" });
        const found = {};
        for (const library of ["apollo", "urql"]) {
          const { query, mutate } = libs[library];
          const told = [await settled(name(library))];
          told.push(await settled(query("query Partly { patient(id: 2) { id secret } }", {}, { errorPolicy: "all" })));
          told.push(await settled(query("query Wrong { nothing }")));
          told.push(await settled(mutate("mutation R($id: ID!, $name: String!) { rename(id: $id, name: $name) { id name } }", { id: "1", name: library })));
          told.push(await settled(name(library)));
          found[library] = told;
        }
        return JSON.stringify(found, (key, value) => (["locations", "path", "extensions"].includes(key) ? undefined : value));
      }, undefined, version);
      assert.deepEqual(shared.seen, alone.seen);
      assert.ok(shared.operations <= alone.operations);
      assert.equal(shared.seen.apollo.at(-1).value.data.patient.name, "apollo");
    });
  }

  test("what TanStack, SWR and axios asked for is there after the page has gone, without a request and without a persister", async () => {
    for (const url of ["/api/kept", "/api/axios"]) world.server.on(url, ({ hit }) => ({ json: { hit }, headers: FRESH }));
    const shown = async () => {
      const tab = await open(true);
      const found = await tab.evaluate(async () => {
        app.identify("ann");
        const values = await Promise.all([libs.tanstack.get("/api/kept"), libs.swr.get("/api/kept"), libs.axios.get("/api/axios")]);
        return JSON.stringify(values);
      });
      await atRest(tab);
      await tab.close();
      return JSON.parse(found);
    };
    const once = [{ hit: 1 }, { hit: 1 }, { hit: 1 }];
    assert.deepEqual(await shown(), once);
    assert.deepEqual(await shown(), once);
  });

  test("a gateway's failure is in the client's own error: its status, its text and headers, for queries and for mutations", async () => {
    const failures = [{ status: 502, body: "<h1>no</h1>" }, { status: 403, json: { reason: "the badge has expired" }, headers: { "x-trace": "t-1" } }];
    for (const failure of failures) {
      const [alone, shared] = await both(async () => {
        const { apollo, urql } = libs;
        const caught = async (promise) => promise.then(() => "nothing", ({ name, statusCode, status, bodyText, response }) => [name, statusCode ?? status, bodyText, response?.headers.get("x-trace")]);
        const found = { apollo: [await caught(apollo.query("{ patient(id: 1) { id } }")), await caught(apollo.mutate('mutation { rename(id: 1, name: "x") { id } }'))], urql: [] };
        for (const { error } of [await urql.client.query("{ patient(id: 1) { id } }", {}).toPromise(), await urql.client.mutation('mutation { rename(id: 1, name: "x") { id } }', {}).toPromise()]) {
          found.urql.push([error.name, error.message, error.response?.status, error.response?.headers.get("x-trace")]);
        }
        return JSON.stringify(found);
      }, () => world.server.on("/graphql", failure));
      assert.deepEqual(shared.seen, alone.seen);
      assert.equal(shared.seen.apollo[0][1], failure.status);
    }
  });

  test("TanStack, SWR and axios: values, failures, and as many tries as their own", async () => {
    const [alone, shared] = await both(async () => {
      const found = {};
      for (const library of ["tanstack", "swr", "axios"]) {
        const { get } = libs[library];
        found[library] = [await settled(get("/api/good")), await settled(get(`/api/${library}/missing`)), await settled(get(`/api/${library}/flaky`))].map(({ value, error }) => ({ value, failed: !!error, status: error?.status }));
      }
      return JSON.stringify(found);
    }, () => {
      world.server.on("/api/good", { json: { a: 1 }, headers: FRESH });
      for (const library of ["tanstack", "swr", "axios"]) {
        world.server.on(`/api/${library}/missing`, { status: 404, json: { why: "gone" } });
        world.server.on(`/api/${library}/flaky`, ({ hit }) => (hit < 3 ? { status: 503 } : { json: hit }));
      }
    });
    assert.deepEqual(shared.seen, alone.seen);
    assert.equal(world.server.hits("/api/tanstack/missing"), 3); // its own two retries
    assert.equal(world.server.hits("/api/axios/missing"), 1);
    assert.equal(shared.seen.axios[1].status, 404);
  });

  test("axios: interceptors, transforms, headers, status rules, cancelling and problems in bodies are its own", async () => {
    const [alone, shared] = await both(async () => {
      const { client, isCancel } = libs.axios;
      client.interceptors.request.use((config) => (config.headers.set("x-who", "ann"), config));
      client.interceptors.response.use((response) => ({ ...response, data: { wrapped: response.data } }));
      const { status, headers, data } = await client.get("/api/head");
      const posted = await client.post("/api/write", { a: 1 });
      const accepted = await client.get("/api/problem", { validateStatus: () => true });
      const refused = await client.get("/api/problem").catch((error) => [error.name, error.code, error.response.status, error.response.data]);
      const leaving = new AbortController();
      const cancelled = client.get("/api/slow", { signal: leaving.signal }).catch((error) => isCancel(error));
      setTimeout(() => leaving.abort(), 50);
      const late = await client.get("/api/slow?late", { timeout: 50 }).catch((error) => error.code);
      return JSON.stringify({ status, type: headers["content-type"], data, posted: posted.data, accepted: [accepted.status, accepted.data], refused, cancelled: await cancelled, late });
    }, () => {
      world.server.on("/api/head", ({ headers }) => ({ json: { who: headers["x-who"] } }));
      world.server.on("/api/write", ({ body, method }) => ({ json: { method, got: JSON.parse(body) } }));
      world.server.on("/api/problem", { status: 422, json: { detail: "the name is missing" } });
      world.server.on("/api/slow", { hang: "head" });
    });
    assert.deepEqual(shared.seen, alone.seen);
    assert.equal(shared.seen.refused[2], 422);
  });

  test("who leaves takes nobody along", async () => {
    world.server.on("/graphql", async (seen) => ({ ...(await clinic().answer(seen)), delay: 200 }));
    world.server.on("/api/a", { json: 7, headers: FRESH, delay: 200 });
    const tab = await open(true);
    const found = await tab.evaluate(async () => {
      const text = "query Same { patient(id: 1) { __typename id name } }";
      const staying = [libs.urql.query(text), libs.axios.query(text)];
      libs.apollo.leave(text);
      const rest = [libs.swr.get("/api/a"), libs.axios.get("/api/a")];
      const watch = libs.tanstack.watch("/api/a");
      await libs.tanstack.cancel("/api/a");
      watch.stop();
      const [urql, axios] = await Promise.all(staying);
      return [urql.data.patient.name, axios.data.patient.name, ...(await Promise.all(rest))];
    });
    assert.deepEqual(found, ["Patient 1", "Patient 1", 7, 7]);
    assert.equal(world.server.hits("/graphql"), 1);
    assert.equal(world.server.hits("/api/a"), 1);
  });

  test("TanStack observers hear what another app's change has made of it; SWR begins with what is known", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: hit, headers: FRESH }));
    const tab = await open(true);
    const found = await tab.evaluate(async () => {
      const { seen, stop } = libs.tanstack.watch("/api/a");
      const until = async (what) => {
        for (let n = 0; n < 100 && !what(); n += 1) await new Promise((later) => setTimeout(later, 20));
      };
      await until(() => seen.at(-1)?.[1] === 1);
      app.invalidate({ urls: ["/api/a"] });
      await until(() => seen.at(-1)?.[1] === 2);
      const swr = await libs.swr.get("/api/a");
      stop();
      libs.tanstack.end();
      return { last: seen.at(-1), swr };
    });
    assert.deepEqual(found, { last: ["success", 2], swr: 2 });
    assert.equal(world.server.hits("/api/a"), 2);
  });

  test("install: what does not match, writes, streams and failures are the browser's own; it can be taken back", async () => {
    world.server.on("/api/a", ({ method, hit, headers }) => ({ json: { method, hit, who: headers["x-who"] }, headers: { ...FRESH, "x-made": "1" } }));
    world.server.on("/other", ({ hit }) => ({ json: hit }));
    world.server.on("/api/gone", { truncate: 1, json: "long enough" });
    world.server.on("/api/slow", { hang: "head" });
    const tab = await open(false);
    const found = await tab.evaluate(async () => {
      const native = fetch;
      const nativeXhr = XMLHttpRequest;
      const { install } = await import("/pkg/install.js");
      const uninstall = install(app, { match: ["/api/*"] });
      const xhr = (method, url, set = {}, headers = {}) => new Promise((resolve) => {
        const request = Object.assign(new XMLHttpRequest(), {});
        const states = [];
        const events = [];
        request.open(method, url);
        Object.assign(request, set);
        for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
        request.onreadystatechange = () => states.push(request.readyState);
        for (const type of ["load", "error", "abort", "timeout", "loadend"]) request.addEventListener(type, () => events.push(type));
        request.onloadend = () => resolve({ states, events, status: request.status, response: request.response, made: request.getResponseHeader("X-Made"), all: /x-made: 1/.test(request.getAllResponseHeaders()), url: request.responseURL.slice(location.origin.length) });
        request.send(method === "POST" ? "{}" : null);
        if (set.abortAfter) setTimeout(() => request.abort(), set.abortAfter);
      });
      const out = {};
      const one = await (await fetch("/api/a")).json();
      out.joined = [one.hit, (await (await fetch(new Request("/api/a"))).json()).hit];
      out.head = (await fetch("/api/a")).headers.get("x-made");
      out.other = [await (await fetch("/other")).json(), await (await fetch("/other")).json()];
      out.xhr = await xhr("GET", "/api/a", { responseType: "json" });
      out.post = (await xhr("POST", "/api/a", {}, { "x-who": "ann" })).response;
      out.text = (await xhr("GET", "/api/a")).response;
      out.gone = (await xhr("GET", "/api/gone")).events.sort();
      out.late = (await xhr("GET", "/api/slow", { timeout: 50 })).events;
      out.left = (await xhr("GET", "/api/slow?2", { abortAfter: 50 })).events;
      out.fails = await fetch("/api/gone").then((response) => response.text()).catch((error) => error.name);
      out.aborts = await fetch("/api/slow?3", { signal: AbortSignal.timeout(50) }).catch((error) => error.name);
      const instance = new XMLHttpRequest();
      out.is = instance instanceof nativeXhr && instance instanceof XMLHttpRequest;
      uninstall();
      out.back = fetch === native && XMLHttpRequest === nativeXhr;
      out.wrong = await Promise.resolve().then(() => install(app, {})).catch((error) => [error.name, error.code]);
      return out;
    });
    const { post, text, gone, ...rest } = found;
    assert.deepEqual(rest, {
      joined: [1, 1], head: "1", other: [1, 2],
      xhr: { states: [2, 3, 4], events: ["load", "loadend"], status: 200, response: { method: "GET", hit: 1 }, made: "1", all: true, url: "/api/a" },
      late: ["timeout", "loadend"], left: ["abort", "loadend"], fails: "TypeError", aborts: "TimeoutError", is: true, back: true, wrong: ["TypeError", "invalid-option"],
    });
    assert.deepEqual(JSON.parse(post), { method: "POST", hit: 2, who: "ann" });
    assert.equal(JSON.parse(text).hit, 3, "what was known before a write is not given out after it");
    assert.deepEqual(gone, ["error", "loadend"]);
  });

  test("install: an XMLHttpRequest behaves as the browser's own, whatever it asks for", async () => {
    const text = (type, body, more) => ({ body, headers: { "content-type": type, "x-made": "1", ...FRESH }, ...more });
    const routes = {
      plain: text("text/plain; charset=utf-8", "Zoë"), latin: text("text/plain; charset=iso-8859-1", Buffer.from("Zoë", "latin1")), xml: text("application/atom+xml", "<feed><a/></feed>"),
      json: text("application/json", '{"a":1}'), broken: text("application/json", "{"), missing: text("text/plain", "nowhere", { status: 404 }), busy: text("text/plain", "later", { status: 503 }),
      gone: { truncate: 1, json: "long enough" }, hanging: { hang: "head" },
    };
    const told = [];
    for (const isShared of [false, true]) {
      const path = isShared ? "/api/shared/" : "/api/alone/"; // lest the browser's HTTP cache remember one from the other
      for (const [name, answer] of Object.entries(routes)) world.server.on(path + name, answer);
      const tab = await open(false);
      told.push(await tab.evaluate(async (isShared, path) => {
        if (isShared) (await import("/pkg/install.js")).install(app, { match: ["/api/*"] });
        const run = (name, set = {}, leaveAfter) => new Promise((resolve) => {
          const xhr = new XMLHttpRequest();
          const seen = [];
          xhr.onreadystatechange = () => seen.push(xhr.readyState);
          for (const type of ["loadstart", "progress", "load", "error", "abort", "timeout"]) xhr.addEventListener(type, () => seen.push(type));
          xhr.onloadend = async () => {
            const { status, statusText, responseType, response, responseURL } = xhr;
            const body = response instanceof Blob ? [response.type.split(";")[0], await response.text()] /* Chromium leaves the charset out */ : response instanceof ArrayBuffer ? [...new Uint8Array(response)] : response;
            const more = responseType ? [] : [xhr.responseText, xhr.responseXML?.documentElement.nodeName];
            // Ours has its body whole: in parts that come before a failure, and in how many they come, the browser's own differs.
            const parts = status ? seen.filter((what, n) => what !== seen[n - 1]) : seen.filter((what) => ![2, 3, "progress"].includes(what));
            resolve([parts, status, statusText, body, ...more, status && responseURL.split("/").at(-1), xhr.getResponseHeader("X-Made"), /x-made: 1\r\n/.test(xhr.getAllResponseHeaders())]);
          };
          xhr.open("get", path + name);
          xhr.setRequestHeader("x-a", "1");
          Object.assign(xhr, set);
          xhr.send();
          if (leaveAfter) setTimeout(() => xhr.abort(), leaveAfter);
        });
        const out = [];
        for (const name of ["plain", "latin", "xml", "json", "missing", "busy", "gone"]) out.push(await run(name));
        for (const responseType of ["json", "arraybuffer", "blob", "text", "document"]) out.push(await run("plain", { responseType }), await run("json", { responseType }));
        out.push(await run("broken", { responseType: "json" }), await run("hanging", { timeout: 50 }), await run("hanging", {}, 50));
        return JSON.stringify(out);
      }, isShared, path));
      if (isShared) assert.ok(await tab.evaluate(() => app.report().counts.sent) > 5, "they are the broker's");
      await tab.close();
    }
    assert.deepEqual(JSON.parse(told[1]), JSON.parse(told[0]));
  });

  test("install: an app that reads again as soon as it hears of its write reads what is new", async () => {
    let name = "Ada";
    world.server.on("GET /api/who", () => ({ json: name, headers: FRESH }));
    world.server.on("PUT /api/who", ({ body }) => ((name = JSON.parse(body)), { json: true }));
    const tab = await open(false);
    const found = await tab.evaluate(async () => {
      (await import("/pkg/install.js")).install(app, { match: ["/api/*"] });
      const xhr = (method, body) => new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open(method, "/api/who");
        request.responseType = "json";
        request.onreadystatechange = () => request.readyState === 4 && resolve(method === "GET" ? request.response : xhr("GET"));
        request.send(body);
      });
      return [await xhr("GET"), await xhr("PUT", '"Ben"'), await app.json("/api/who")];
    });
    assert.deepEqual(found, ["Ada", "Ben", "Ben"]);
  });
});
