// `ng add forebay`, as Angular's command line carries it out.
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HostTree } from "@angular-devkit/schematics";
import { SchematicTestRunner, UnitTestTree } from "@angular-devkit/schematics/testing/index.js";
import { pack, project } from "./projects.mjs";

const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-angular-")));
const ASSET = { glob: "*.wasm", input: "node_modules/forebay", output: "/" };
let runner;

before(async () => {
  const directory = await project(join(work, "app"), await pack(join(work, "tarball")), {});
  runner = new SchematicTestRunner("forebay", join(directory, "node_modules/forebay/schematics/collection.json"));
}, { timeout: 120_000 });

after(() => rm(work, { recursive: true, force: true }));

/** What `ng add` makes of a workspace's file. */
async function added(text, options = {}) {
  const tree = new UnitTestTree(new HostTree());
  if (text !== undefined) tree.create("/angular.json", text);
  return (await runner.runSchematic("ng-add", options, tree)).readContent("/angular.json");
}

const application = (builder, assets) => ({ projectType: "application", architect: { build: { builder, options: { browser: "src/main.ts", ...(assets && { assets }) } } } });
const assetsOf = (text, name = "shop", target = "build") => JSON.parse(text).projects[name].architect[target].options.assets;

test("the core is put beside the scripts of what Angular's own builder builds; twice is once", async () => {
  const given = [{ glob: "**/*", input: "public" }];
  const once = await added(JSON.stringify({ version: 1, projects: { shop: application("@angular/build:application", given) } }, null, 2));
  assert.deepEqual(assetsOf(once), [...given, ASSET]);
  assert.equal(await added(once), once);
});

test("builders that bring the files along by themselves, and libraries, are left alone", async () => {
  const projects = { old: application("@angular-devkit/build-angular:browser"), lib: { ...application("@angular/build:application"), projectType: "library" }, own: application("@angular-devkit/build-angular:application") };
  const text = await added(JSON.stringify({ projects }));
  assert.equal(assetsOf(text, "old"), undefined);
  assert.equal(assetsOf(text, "lib"), undefined);
  assert.deepEqual(assetsOf(text, "own"), [ASSET]);
});

test("one project of several; every target of it that Angular's builder builds, as with Native Federation", async () => {
  const shop = application("@angular-architects/native-federation:build");
  shop.architect.esbuild = { builder: "@angular/build:application", options: {} };
  const text = await added(JSON.stringify({ projects: { shop, other: application("@angular/build:application") } }), { project: "shop" });
  assert.deepEqual(assetsOf(text, "shop", "esbuild"), [ASSET]);
  assert.equal(assetsOf(text), undefined);
  assert.equal(assetsOf(text, "other"), undefined);
});

test("a file with comments is read; what is not there is named", async () => {
  const text = await added(`// ours\n{\n    "projects": { /* one */ "shop": ${JSON.stringify(application("@angular/build:application", ["https://a.test/*"]))}, }\n}`);
  assert.deepEqual(assetsOf(text), ["https://a.test/*", ASSET]);
  assert.match(text, /^ {4}"projects"/m);
  await assert.rejects(added(undefined), /There is no angular\.json here/);
  await assert.rejects(added('{ "projects": { "a": {} } }', { project: "b" }), /no project "b" in angular\.json; there are a/);
});
