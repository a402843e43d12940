// The plugin for bundlers, from the packed tarball: each build's output has the app's fragment, and a changed source another.
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync } from "node:fs";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { rspack } from "@rspack/core";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";
import { build as viteBuild } from "vite";
import webpack from "webpack";
import { pack, project } from "./projects.mjs";

const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-unplugin-")));
const SCHEMA = "type Query { viewer: User } type User { name: String! role: String! }";
const source = (fields) => `import { connect } from "forebay";
const app = connect({ app: "plugged" });
export const viewer = async () => (await app.query("query Viewer { viewer { ${fields} } }")).viewer;
`;
let directory;
let plugins;

before(async () => {
  directory = await project(join(work, "app"), await pack(join(work, "tarball")), { "schema.graphql": SCHEMA });
  await symlink(fileURLToPath(new URL("node_modules/unplugin", import.meta.url)), join(directory, "node_modules/unplugin"));
  plugins = await import(pathToFileURL(join(directory, "node_modules/forebay/analyze/unplugin.js")));
  await mkdir(join(directory, "src"));
  await put("name");
}, { timeout: 120_000 });

after(() => rm(work, { recursive: true, force: true }));

const put = (fields) => writeFile(join(directory, "src/main.js"), source(fields));
/** The document in the fragment that a build has put out; `undefined`: it is not there. */
const emitted = async (out) => {
  const text = await readFile(join(directory, out, "forebay.fragment.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { app, operations } = JSON.parse(text);
  assert.equal(app.name, "plugged");
  return operations[0].document;
};
/** Waits until the output says it. */
const until = async (out, document) => {
  for (let turns = 0; (await emitted(out)) !== document; turns += 1) {
    if (turns > 400) throw new Error(`${out} has not come to ${document} but ${await emitted(out)}`);
    await sleep(25);
  }
};
const NAME = "query Viewer { viewer { name } }";
const ROLE = "query Viewer { viewer { role } }";

const forVite = (plugin, out, more = {}) => ({
  root: directory, logLevel: "silent", configFile: false, plugins: [plugin],
  build: { outDir: out, rollupOptions: { input: join(directory, "src/main.js") }, ...more },
});
const forWebpack = (plugin, out) => ({
  mode: "development", context: directory, entry: "./src/main.js", output: { path: join(directory, out) }, plugins: [plugin].flat(),
});

test("Vite: a build emits it, and one that watches emits it anew", async () => {
  await put("name");
  const watcher = await viteBuild(forVite(plugins.vite(), "out-vite", { watch: {} }));
  try {
    await until("out-vite", NAME);
    await put("role");
    await until("out-vite", ROLE);
  } finally {
    await watcher.close();
  }
});

test("webpack: a build emits it, and one that watches emits it anew", async () => {
  await put("name");
  const compiler = webpack(forWebpack(plugins.webpack(), "out-webpack"));
  const problems = [];
  const watching = compiler.watch({ aggregateTimeout: 20 }, (error, stats) => problems.push(...[error, ...(stats?.compilation.errors ?? []), ...(stats?.compilation.warnings ?? [])].filter(Boolean)));
  try {
    await until("out-webpack", NAME);
    await put("role");
    await until("out-webpack", ROLE);
    assert.deepEqual(problems.map(String), []);
  } finally {
    await promisify(watching.close.bind(watching))();
  }
});

test("esbuild: a build emits it", async () => {
  await put("name");
  await esbuild.build({
    absWorkingDir: directory, entryPoints: ["src/main.js"], outdir: join(directory, "out-esbuild"), bundle: true, format: "esm", logLevel: "silent", plugins: [plugins.esbuild()],
  });
  assert.equal(await emitted("out-esbuild"), NAME);
});

test("Rspack: a build emits it", async () => {
  await put("name");
  const built = await promisify(rspack)(forWebpack(plugins.rspack(), "out-rspack"));
  assert.deepEqual(built.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
  assert.equal(await emitted("out-rspack"), NAME);
});

test("a remote of Module Federation publishes it beside its entry", async () => {
  await put("name");
  const remote = new webpack.container.ModuleFederationPlugin({ name: "plugged", filename: "remoteEntry.js", exposes: { "./viewer": "./src/main.js" } });
  const built = await promisify(webpack)(forWebpack([plugins.webpack(), remote], "out-federated"));
  assert.ok(built.compilation.assets["remoteEntry.js"]);
  assert.equal(await emitted("out-federated"), NAME);
});

test("what the schema refuses is a warning with its line; strictly, it fails the build", async () => {
  await put("shoeSize");
  const built = await promisify(webpack)(forWebpack(plugins.webpack({ schema: "schema.graphql" }), "out-warned"));
  assert.equal(built.compilation.errors.length, 0);
  assert.match(String(built.compilation.warnings), /src\/main\.js:3:\d+[^]*shoeSize/);
  assert.ok(await emitted("out-warned"));
  await assert.rejects(viteBuild(forVite(plugins.vite({ schema: "schema.graphql", strict: true }), "out-failed")), /shoeSize/);
});

test("esbuild: a build whose core is missing says so, and where to put it; not once it lies there, nor where the host serves it", async () => {
  await put("name");
  const outdir = join(directory, "out-lacking");
  const build = (options, more) => esbuild.build({
    absWorkingDir: directory, entryPoints: ["src/main.js"], outdir, bundle: true, splitting: true, minify: true, format: "esm", logLevel: "silent", plugins: [plugins.esbuild(options)], ...more,
  });
  const { warnings } = await build();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0].text, /^depot\.wasm, forebay\.wasm, graphql\.wasm, inspect\.wasm, kin\.wasm: not in the output.*Copy node_modules\/forebay\/\*\.wasm there/);
  assert.deepEqual((await build({}, { write: false })).warnings.length, 1);
  assert.deepEqual((await build({ core: false })).warnings, []);
  for (const part of ["forebay", "depot", "graphql", "inspect"]) await cp(join(directory, "node_modules/forebay", `${part}.wasm`), join(outdir, `${part}.wasm`));
  assert.match((await build()).warnings[0].text, /^kin\.wasm: /);
  await cp(join(directory, "node_modules/forebay/kin.wasm"), join(outdir, "kin.wasm"));
  assert.deepEqual((await build()).warnings, []);
});

test("webpack that leaves URLs alone, and Rollup, say the same; Vite has nothing to say", async () => {
  await put("name");
  const lacking = /forebay\.wasm.*not in the output/;
  const config = { ...forWebpack(plugins.webpack(), "out-left"), mode: "production", module: { parser: { javascript: { url: false } } } };
  assert.match(String((await promisify(webpack)(config)).compilation.warnings), lacking);
  const said = [];
  const onLog = (level, { message }) => said.push(message);
  const { rollup } = plugins;
  const bundle = await rolldown({ input: join(directory, "src/main.js"), plugins: [rollup()], onLog });
  await bundle.write({ dir: join(directory, "out-rollup") });
  await bundle.close();
  assert.match(said.join("\n"), lacking);
  said.length = 0;
  await viteBuild({ ...forVite(plugins.vite(), "out-whole"), build: { outDir: "out-whole", rollupOptions: { input: join(directory, "src/main.js"), onLog } } });
  assert.deepEqual(said.filter((text) => lacking.test(text)), []);
});
