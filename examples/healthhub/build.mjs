// Builds the shell, the six apps and the client they are compared with, each by its own bundler from its own lock file.
// Before the shell is built, the apps' sources are read and linked: what they ask for where is the plan that it brings
// along (shell/forebay.plan.json). What has not changed is left.
//
//   node build.mjs [NAME…]   for example: node build.mjs schedule
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");
const PACKAGE = join(ROOT, "pkg");
/** What an app says of itself, published with it. */
const FRAGMENT = "forebay.fragment.json";
/** What a build makes or brings along; all else in a project's directory is its input. */
const MADE = new Set(["node_modules", "dist", ".angular", FRAGMENT]);
/** How many are built at once: most bundlers are busy on more than one core themselves. */
const AT_ONCE = 2;

const shell = join(HERE, "shell");
const apps = readdirSync(join(HERE, "apps")).map((name) => join(HERE, "apps", name));
const projects = [join(HERE, "apollo"), ...apps, shell];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !projects.some((project) => basename(project) === name));
if (unknown.length > 0) fail(`there is no ${unknown.join(", ")}: use ${projects.map((project) => basename(project)).join(", ")}`);
if (!existsSync(join(PACKAGE, "package.json"))) fail("the package that all apps use is not there yet: run `make package` first");

const packaged = digestOf(PACKAGE, [PACKAGE]); // every app bundles its own copy of the client
const queue = projects.filter((project) => asked.length === 0 || asked.includes(basename(project)));
try {
  await run(join(ROOT, ".ci/npm-ci"), [relative(ROOT, HERE), ...queue.map((project) => relative(ROOT, project))], { cwd: ROOT, shown: true });
  await plan();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (queue.length > 0) await build(queue.shift());
  }));
} catch (error) {
  fail(error.message);
}

/** Reads all that asks for something, and writes what the shell is to know of it. */
async function plan() {
  const forebay = (args, cwd) => run("node", [join(PACKAGE, "analyze/cli.js"), ...args, "--schema", join(HERE, "server/schema.graphql"), "--quiet"], { cwd });
  const all = [...apps, shell];
  for (const project of all) await forebay(["analyze"], project);
  // Both forms of the API are in the sources; by REST the shell says itself what its routes need (shell/src/forebay.js).
  await forebay(["link", ...all, "--only", "graphql", "-o", "forebay.manifest.json", "--plan", "shell/forebay.plan.json"], HERE);
}

async function build(project) {
  const stamp = join(project, "dist/.built-from");
  const digest = digestOf(project, inputsOf(project), packaged);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  const started = performance.now();
  rmSync(join(project, "dist"), { recursive: true, force: true });
  await run("npm", ["run", "build", "--silent"], { cwd: project });
  if (existsSync(join(project, FRAGMENT))) cpSync(join(project, FRAGMENT), join(project, "dist", FRAGMENT));
  writeFileSync(stamp, digest);
  console.log(`healthhub: ${basename(project)} built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function inputsOf(project) {
  return readdirSync(project).filter((name) => !MADE.has(name)).map((name) => join(project, name));
}

/** A digest of the names and contents of these files and of everything below these directories. */
function digestOf(base, paths, start = "") {
  const hash = createHash("sha256").update(start);
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) add(join(path, name));
      return;
    }
    const bytes = readFileSync(path);
    hash.update(`\0${relative(base, path)}\0${bytes.length}\0`).update(bytes);
  };
  for (const path of paths.sort()) add(path);
  return hash.digest("hex");
}

/** Runs a command. What it prints is shown at once if it should be, else only when it fails. */
function run(command, args, { cwd, shown = false }) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, stdio: shown ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"] });
    let printed = "";
    child.stdout?.on("data", (text) => { printed += text; });
    child.stderr?.on("data", (text) => { printed += text; });
    child.on("error", failed);
    child.on("close", (code) => code === 0 ? done() : failed(new Error(`${printed}\n${basename(command)} ${args.join(" ")} in ${relative(ROOT, cwd) || "."} ended with status ${code}`)));
  });
}

function fail(message) {
  console.error(`healthhub: ${message}`);
  process.exit(1);
}
