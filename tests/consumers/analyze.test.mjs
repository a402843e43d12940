// The command line of the packed tarball, where no Rust is: `npx forebay analyze` in a fresh app.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pack, project } from "./projects.mjs";

const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-analyze-")));
let app;

const SOURCE = `import { connect } from "forebay";
const forebay = connect({ app: "fresh" });
const PATIENT = "query Patient($id: ID!) { patient(id: $id) { name dob } }";
export const patient = async (id) => (await forebay.query(PATIENT, { id })).patient.name;
export const visits = () => forebay.json("/api/./visits");
`;
const SCHEMA = "type Query { patient(id: ID!): Patient } type Patient { name: String! }";

/** Runs the command as a user would; gives its exit code and what it printed. */
const forebay = (...words) => new Promise((done) => {
  execFile("npx", ["--no-install", "forebay", ...words], { cwd: app }, (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }));
});

before(async () => {
  app = await project(join(work, "app"), await pack(join(work, "tarball")), { "schema.graphql": SCHEMA });
  await mkdir(join(app, "src"));
  await writeFile(join(app, "src/index.js"), SOURCE);
}, { timeout: 120_000 });

after(() => rm(work, { recursive: true, force: true }));

test("it writes the fragment, and a second time finds nothing to do", async () => {
  const first = await forebay("analyze");
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /fresh: 1 files, 1 operations, 1 requests.*wrote/);
  const fragment = JSON.parse(await readFile(join(app, "forebay.fragment.json"), "utf8"));
  assert.equal(fragment.app.name, "fresh");
  assert.deepEqual(fragment.operations[0].at, [{ file: "src/index.js", line: 4, column: 44 }]);
  assert.deepEqual(fragment.operations[0].normal_form.slots, ["id"]);
  assert.deepEqual(fragment.requests[0].url, { texts: ["/api/visits"] });
  assert.match((await forebay("analyze")).stdout, /unchanged/);
  assert.equal((await forebay("analyze", "--check")).code, 0);
});

test("what the schema refuses is shown in its line, and fails", async () => {
  const { code, stderr } = await forebay("analyze", "--schema", "schema.graphql");
  assert.equal(code, 1);
  assert.match(stderr, /src\/index\.js:3:\d+/);
  assert.match(stderr, /patient\(id: \$id\) \{ name dob \}/, "the line itself");
  assert.match(stderr, /help: /);
});

test("arguments that it does not know are refused", async () => {
  const { code, stderr } = await forebay("analyze", "--chek");
  assert.equal(code, 2);
  assert.match(stderr, /`--chek` is not known here/);
  assert.equal((await forebay("analyse")).code, 2);
});
