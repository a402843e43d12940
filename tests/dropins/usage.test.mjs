// What the libraries' documentation shows, with Forebay under it and without: what is seen is the same.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { buildSchema, execute, parse, validate } from "../page/node_modules/graphql/index.mjs";
import { setTimeout as sleep } from "node:timers/promises";
import { inEachBrowser, versionsIn } from "../page/harness.mjs";
import { buildUsage } from "./pages.mjs";

const schema = buildSchema(/* GraphQL */ `
  type Patient { id: ID! name: String! ward: Int! secret: String }
  type Query { patient(id: ID!): Patient patients(offset: Int, limit: Int): [Patient!]! tick: Int! who: String slow: String }
  type Mutation { rename(id: ID!, name: String!): Patient }
`);

/** A server as most are: it says nothing of how long its answers are fresh. */
function serve(server) {
  server.reset();
  const names = new Map();
  const patient = ({ id }) => ({ __typename: "Patient", id, name: names.get(id) ?? `Patient ${id}`, ward: 3, secret: () => { throw new Error("secret is secret"); } });
  let tick = 0;
  const rootValue = (headers) => ({
    patient,
    patients: ({ offset = 0, limit = 2 }) => Array.from({ length: limit }, (_, at) => patient({ id: String(offset + at) })),
    tick: () => (tick += 1),
    who: headers.authorization ?? "nobody",
    slow: () => new Promise((later) => setTimeout(later, 500, "slow")),
    rename: ({ id, name }) => {
      if (name === "nobody") throw new Error("there must be a name");
      names.set(id, name);
      return patient({ id });
    },
  });
  const answer = (more) => async ({ body, headers }) => {
    const { query, variables, operationName } = JSON.parse(body);
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) return { status: 400, json: { errors } };
    return { json: { ...(await execute({ schema, document, rootValue: rootValue(headers), variableValues: variables, operationName })), ...more }, delay: 10 };
  };
  server.on("/graphql", answer());
  server.on("/elsewhere", answer());
  const extended = answer({ extensions: { cost: 7, trace: { id: "t-1" } } });
  server.on("/extended", async (request) => ({ headers: { "x-trace": "t-1" }, ...(await extended(request)) }));
  server.on("/down", { status: 503, body: "down" });
  server.on("/flaky", (request) => (request.hit < 3 ? { status: 503, body: "down" } : answer()(request)));

  server.on("/api/patients", { json: [{ id: "1" }, { id: "2" }], delay: 20 });
  for (const id of ["1", "2", "3"]) {
    server.on("/api/patients/" + id, { json: { id, name: "Patient " + id } });
    server.on(`/api/patients/${id}/visits`, { json: ["08:00"] });
  }
  server.on("/api/gone", { status: 404, json: { why: "gone" }, delay: 20 });
  server.on("/api/flaky", ({ hit }) => (hit < 3 ? { status: 503 } : { json: { hit } }));
  server.on("/api/tick", ({ hit }) => ({ json: { tick: hit } }));
  server.on("/api/tock", ({ hit }) => ({ json: { tock: hit } }));
  server.on("/api/slow", { hang: "head" });
  server.on("/api/cut", { truncate: 1, json: "long enough" });
  server.on("/api/pages", ({ search }) => ({ json: { page: new URLSearchParams(search).get("page") }, delay: 20 }));
  server.on("/api/whoami", ({ headers }) => ({ json: { who: headers.authorization } }));
  let text = "nothing";
  server.on("/api/todo", ({ method, body }) => {
    if (method === "PUT" && String(body) === "bad") return { status: 422 };
    if (method === "PUT") text = String(body);
    return { json: { text } };
  });
  server.on("/api/guarded", ({ headers }) => (headers.authorization === "new" ? { json: "let in" } : { status: 401 }));
  server.on("/api/moved", { status: 302, headers: { location: "/api/echo?moved" } });
  server.on("/api/not-json", { body: "{not json", headers: { "content-type": "application/json" } });
  server.on("/api/echo", ({ method, search, body, headers }) => ({ json: {
    method, search, body: String(body), type: headers["content-type"], accept: headers.accept, custom: headers["x-custom-header"], more: headers["x-more"], made: headers["x-made"], authorization: headers.authorization,
  } }));
}

before(buildUsage);

inEachBrowser((world) => {
  for (const version of versionsIn(world.engine)) {
    for (const library of ["apollo", "urql", "tanstack", "swr", "axios"]) {
      test(`${library} (${version}): what its documentation shows is as without`, async () => {
        const found = [];
        for (const isShared of [false, true]) {
          serve(world.server);
          const tab = await world.open();
          const names = await tab.evaluate(async (version, library, isShared) => {
            const { usage } = await import(`/tests/dropins/build/usage-${version}.js`);
            globalThis.examples = usage[library];
            if (isShared) {
              const { connect, ready } = await import("/pkg/index.js");
              globalThis.app = connect({ app: library });
              await ready();
            }
            return Object.keys(examples);
          }, version, library, isShared);
          const seen = {};
          for (const name of names) {
            serve(world.server);
            seen[name] = JSON.parse(await tab.evaluate(async (name) => JSON.stringify((await examples[name](globalThis.app).catch((error) => `failed: ${error.stack}`)) ?? null), name));
            assert.ok(!String(seen[name]).startsWith("failed:"), `${name}, ${isShared ? "over Forebay" : "alone"}: ${seen[name]}`);
            await sleep(50);
            seen[name] = { seen: seen[name], sent: world.server.requests().filter(({ path }) => !/^.(pkg|tests|blank|favicon)/.test(path)).length };
            // Whatever it has remembered of the example before is out of date.
            if (isShared) await tab.evaluate(() => app.invalidate({ urls: ["*"] }));
          }
          found.push(seen);
          await tab.close();
        }
        const [alone, shared] = found;
        for (const name in alone) {
          assert.deepEqual(shared[name].seen, alone[name].seen, name);
          // How often a timer rings is the machine's business.
          if (!/interval|polling/.test(name)) assert.ok(shared[name].sent <= alone[name].sent, `${name}: ${shared[name].sent} requests, and ${alone[name].sent} without`);
        }
      });
    }
  }
});
