// Linking in the page says what `forebay link --plan` says, over random apps; and who cannot be linked costs nobody anything.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { link } from "../../pkg/link.js";
import { random } from "../client/client.mjs";

const CLI = fileURLToPath(new URL("../../pkg/analyze/cli.js", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "forebay-link-"));
after(() => rmSync(work, { recursive: true }));

const PATTERNS = ["/", "/a", "/a/:id", "/a/new", "/:x/*", "/*", "/a*", "/a/:id/notes", "/a/:id/*"];
const AT = { file: "src/main.js", line: 1, column: 1 };

/** Apps that ask, mount one another and apps that are not there; some of what they take is known. */
function world(seed) {
  const draw = random(seed);
  const below = (count) => Math.floor(draw() * count);
  const some = (most, make) => Array.from({ length: below(most + 1) }, (_, at) => make(at));
  const names = ["alpha", "beta", "beta/inner", "gamma", "zeta"].slice(0, 2 + below(4));
  const value = () => [{ param: "id" }, { param: "x" }, { query: "tab" }, { always: 7 }, { always: { deep: ["a"] } }][below(5)];
  return names.map((name) => {
    const operations = some(3, (at) => {
      const slots = ["id", "b"].slice(0, below(3));
      const head = slots.length ? `(${slots.map((slot) => `$${slot}: ID`).join(", ")})` : "";
      const kind = below(5) ? "query" : "mutation";
      return { name: `O${at}`, kind, document: `${kind} O${at}${head} { f${below(4)}(${slots.map((slot) => `${slot}: $${slot}`).join(", ") || "a: 1"}) { id } }`, variables: slots.map((slot) => ({ name: slot, type: "ID" })), fingerprint: "", at: [AT] };
    });
    const requests = some(3, () => ({
      method: below(2) ? "GET" : "POST", url: below(2) ? { texts: ["/r/", ""], slots: ["id"] } : { texts: [`/r${below(3)}`] }, complete: below(4) > 0, at: [AT],
      ...(below(2) && { headers: { accept: "application/json" } }),
      ...[{}, { body: "unknown" }, { body: { json: { texts: ['{"b":', "}"], slots: ["b"] } } }][below(3)],
    }));
    const asks = () => some(6, () => {
      const isQuery = operations.length && (below(2) || !requests.length);
      if (!isQuery && !requests.length) return undefined;
      const with_ = Object.fromEntries(["b", "id"].filter(() => below(6)).map((slot) => [slot, value()]));
      const what = isQuery ? { operation: below(operations.length + 1) } : { request: below(requests.length + 1) };
      return { ...what, at_once: below(8) > 0, with: with_, at: AT };
    }).filter(Boolean);
    return {
      forebay: 1, hash: "", app: { name, version: "" }, sources: "", operations, requests,
      routes: some(5, () => ({ pattern: PATTERNS[below(PATTERNS.length)], at: AT, asks: asks(), mounts: some(3, () => ["alpha", "beta", "beta/Card", "beta/inner", "gamma", "nobody"][below(6)]) })),
      entries: [".", "./Card"].filter(() => below(4)).map((entry) => ({ name: entry, at: AT, asks: asks() })),
    };
  });
}

test("over random apps the plan is that of the build", async () => {
  let needs = 0;
  let worlds = 0;
  for (let seed = 1; worlds < 24; seed += 1) {
    const fragments = world(seed);
    worlds += 1;
    const files = fragments.map((fragment, at) => {
      const file = join(work, `${at}.json`);
      writeFileSync(file, JSON.stringify(fragment));
      return file;
    });
    const only = [undefined, "graphql", "rest"][seed % 3];
    const { status, stderr } = spawnSync(process.execPath, [CLI, "link", ...files, "-o", join(work, "manifest.json"), "--plan", join(work, "plan.json"), "--quiet", ...(only ? ["--only", only] : [])], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const plan = JSON.parse(readFileSync(join(work, "plan.json"), "utf8"));
    const linked = await link(fragments.toReversed(), { only });
    // As texts: the order of routes is what they say.
    assert.equal(JSON.stringify(linked.routes), JSON.stringify(plan.routes ?? []), `seed ${seed}`);
    for (const document of plan.documents ?? []) assert.ok(linked.documents.includes(document), `seed ${seed}: ${document}`);
    needs += (plan.routes ?? []).flatMap(Object.values).flat().length;
  }
  assert.ok(needs > 50, `only ${needs} needs in all worlds`);
});

test("what is not there, is no fragment, is newer or late is said and left out", async () => {
  const good = { forebay: 1, app: { name: "good" }, operations: [{ kind: "query", document: "{ a }" }], routes: [{ pattern: "/", asks: [{ operation: 0, at_once: true }] }] };
  const server = createServer((request, response) => {
    if (request.url === "/late") return;
    response.statusCode = request.url === "/gone" ? 404 : 200;
    response.end(request.url === "/page" ? "<html>" : JSON.stringify(good));
  });
  await new Promise((done) => server.listen(0, done));
  const at = (path) => `http://localhost:${server.address().port}${path}`;
  try {
    const problems = [];
    const manifest = await link(
      [at("/good"), at("/gone"), at("/page"), at("/late"), { app: "x" }, { forebay: 2, app: { name: "new" } }, { forebay: 1, app: { name: "torn" }, routes: 3 }, null],
      { patience: 2_000, onProblem: (problem) => problems.push(problem), types: { Query: {} } },
    );
    assert.deepEqual(manifest, { routes: [{ "/": [{ query: "{ a }" }] }], documents: ["{ a }"], types: { Query: {} } });
    assert.equal(problems.length, 7);
    for (const words of [/gone is left out: the server answered 404/, /page is left out/, /late is left out: it did not come within 2000 ms/, /A fragment is left out: it is not a fragment/, /has version 2, and this Forebay knows versions up to 1/, /it is damaged/]) {
      assert.ok(problems.some((problem) => words.test(problem)), `${words}: ${problems.join("\n")}`);
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
