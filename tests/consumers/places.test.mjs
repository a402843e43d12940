// Where else the package is run: servers that are not Node, each by the conditions by which its tools resolve packages.
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { EdgeRuntime } from "edge-runtime";
import * as esbuild from "esbuild";
import { startServer } from "../page/harness.mjs";
import { pack, project } from "./projects.mjs";

const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-places-")));
let directory;

before(async () => {
  directory = await project(join(work, "app"), await pack(join(work, "tarball")), {
    "main.js": `
      import { configure, connect, ready } from "forebay";
      const app = connect({ app: "edge" });
      globalThis.answers = async (origin) => {
        configure({ graphql: { endpoint: origin + "/graphql" } });
        return [await app.json(origin + "/api/a"), await app.query("{ hit }"), await app.exclusive("token", async () => 1), await ready()];
      };
    `,
  });
}, { timeout: 120_000 });

after(() => rm(work, { recursive: true, force: true }));

/** Builds `main.js`, resolving by these conditions; gives the code, and which files of the package are in it. */
async function built(conditions) {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: directory, entryPoints: ["main.js"], bundle: true, format: "esm", conditions, write: false, metafile: true, logLevel: "silent",
  });
  const files = Object.keys(metafile.inputs).filter((file) => file.startsWith("node_modules/forebay/"));
  return { code: outputFiles[0].text, files: files.map((file) => file.split("/").at(-1)) };
}

/** What the tools of each resolve by: wrangler, webpack for workers, Next.js, Deno, Bun, Node. */
const SERVERS = [["workerd", "worker", "browser"], ["worker", "browser"], ["edge-light", "browser"], ["deno", "node"], ["bun", "node"], ["node"]];
for (const conditions of SERVERS) {
  test(`${conditions.join(", ")}: the server's build, which is one file and asks for no core`, async () => {
    const { files, code } = await built(conditions);
    assert.deepEqual(files, ["node.js"]);
    assert.doesNotMatch(code, /\.wasm"/);
  });
}

for (const conditions of [[], ["browser"], ["module", "browser", "production"]]) {
  test(`${conditions.join(", ") || "no condition"}: the page's build`, async () => {
    const { files } = await built(conditions);
    assert.ok(files.includes("index.js") && files.includes("runtime.js"), String(files));
    assert.ok(!files.includes("node.js"));
  });
}

test("the edge runtime runs it", async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  server.on("/api/a", ({ hit }) => ({ json: { hit } }));
  server.on("/graphql", ({ hit }) => ({ json: { data: { hit } } }));
  const { code } = await built(["edge-light"]);
  const runtime = new EdgeRuntime({ initialCode: code });
  const answers = await runtime.evaluate(`answers(${JSON.stringify(server.url("/").slice(0, -1))})`);
  assert.equal(JSON.stringify(answers), '[{"hit":1},{"hit":1},1,"pass-through"]');
});

test("the package's own folder holds what pages load, and nothing large that they do not", async () => {
  const installed = join(directory, "node_modules/forebay");
  const found = (await readdir(installed)).filter((name) => /\.(js|wasm)$/.test(name));
  const loaded = Object.keys(JSON.parse(await readFile(join(installed, "integrity.json"), "utf8")));
  assert.deepEqual(found.filter((name) => !loaded.includes(name)), ["node.js"]);
  assert.ok((await readFile(join(installed, "analyze/analyze.wasm"))).length > 1e6);
  assert.ok(!loaded.some((name) => name.startsWith("analyze")));
});
