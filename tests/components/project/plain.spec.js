import { graphqlFetch } from "forebay/graphql-fetch";
import { install } from "forebay/install";
import { testing } from "forebay/testing";
import { configure, ready } from "forebay";
import { forebay } from "./src/app.js";

const { app, connect, server } = testing({
  "/api/patients/:id": (request, { params, query }) => ({ id: params.id, lang: query.get("lang") }),
  "/api/n": () => Response.json({ n: (n += 1) }, { headers: { "cache-control": "max-age=60" } }),
  "/api/files/*": "a file",
  "DELETE /api/n": () => undefined,
  "https://other.example/a": { from: "afar" },
  graphql: (query, variables, { name }) => ({ viewer: { name, query, variables } }),
});
let n;

beforeEach(() => {
  n = 0;
  server.reset();
});

test("it is the real broker: apps share answers, writes make them out of date, explanations name it", async () => {
  expect(await ready()).toBe("shared");
  expect(app.report().mode).toBe("shared");
  const [one, other, third] = await Promise.all([forebay.json("/api/n"), app.json("/api/n"), connect("third").json("/api/n")]);
  expect(one === other && other === third).toBe(true);
  expect(Object.isFrozen(one)).toBe(true);
  expect(await app.json("/api/n")).toBe(one);
  await forebay.fetch("/api/n", { method: "DELETE" });
  expect(await app.json("/api/n")).toEqual({ n: 2 });
  expect((await app.explain("/api/n")).outcome).toBeTruthy();
});

test("paths have parameters and stars, other origins their whole URL; options are the host's", async () => {
  expect(await app.json("/api/patients/a%20b?lang=en")).toEqual({ id: "a b", lang: "en" });
  expect(await (await app.fetch("/api/files/x/y.txt")).json()).toBe("a file");
  expect(await app.json("https://other.example/a")).toEqual({ from: "afar" });
  configure({ rules: [{ match: "/api/patients/:id", ttl: 60 }] });
  const first = await app.json("/api/patients/1");
  expect(await app.json("/api/patients/1")).toBe(first);
});

test("prefetch, peek, identify and exclusive do what they do on a page", async () => {
  app.prefetch("/api/n");
  await server.settled();
  expect(await app.json("/api/n")).toEqual({ n: 1 });
  expect(app.peek("/api/n")).toEqual({ n: 1 });
  app.identify("somebody");
  expect(app.peek("/api/n")).toBe(undefined);
  expect(await app.exclusive("token", async () => 3)).toBe(3);
});

test("what asks through drop-ins is answered, too", async () => {
  const fetch = graphqlFetch(app);
  const answer = await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "query Me { viewer { name } }", operationName: "Me" }) });
  expect((await answer.json()).data.viewer.name).toBe("Me");
  const remove = install(app, { match: ["/api/*"] });
  try {
    expect(await (await globalThis.fetch("/api/files/z")).json()).toBe("a file");
  } finally {
    remove();
  }
});

test("queries that are asked in one task reach the function one by one, as they were written", async () => {
  const [a, b] = await Promise.all([app.query("{ viewer { name } }"), forebay.query("query B($x: Int) { viewer { variables query } }", { x: 1 })]);
  expect(a.viewer.query).toBe("{ viewer { name } }");
  expect(b.viewer.variables).toEqual({ x: 1 });
  expect(server.calls.map(({ body }) => body.query).sort()).toEqual(["query B($x: Int) { viewer { variables query } }", "{ viewer { name } }"]);
});

test("`settled` says what has not been answered", async () => {
  server.answer({ "/api/never": () => new Promise(() => {}) });
  app.json("/api/never").catch(() => {});
  await expect(server.settled()).rejects.toMatchObject({ message: expect.stringMatching("GET /api/never") });
});
