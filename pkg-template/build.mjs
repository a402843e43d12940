// Builds the npm package into pkg/: core (wasm-pack, wasm-opt), scripts (esbuild), declarations (tsc).
//
//   node build.mjs                       the package as published
//   node build.mjs --profile profiling   the same, with function names in the core for profilers
//   node build.mjs --profile quick       the same without wasm-opt, which takes most of the time: larger, for work on the core
//   node build.mjs --keep analyzer,decisions   while working on the core: what these steps made before is kept as it is
//
// Each step is skipped while the content of its inputs is what it was when it last succeeded.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import binaryen from "binaryen";
import * as esbuild from "esbuild";
import { minify } from "terser";
import { bundlesForTests, bundlesOf, SUBPATHS } from "./bundles.mjs";
import { split } from "./split.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(HERE);
const OUT = join(ROOT, "pkg");
const WORK = join(ROOT, "target/package");
const GLUE = join(WORK, "glue");
const STAMPS = join(WORK, "stamps.json");
const SOURCES = join(HERE, "src");
const BIN = join(HERE, "node_modules/.bin");

/** What scripts give their modules (pkg-template/src/runtime/core.ts, pkg-template/src/decisions/module.ts). */
const IMPORTS = { core: ["order", "clock", "__wbindgen_init_externref_table"], decisions: ["__wbindgen_init_externref_table"] };

/** What panics call, by name: none of these returns. */
const LAST_WORDS = /^core.*::panicking::panic|(slice_index|copy_from_slice_impl::len_mismatch|str::slice_error)_fail|::(unwrap|expect)_failed$|^std.*::(panic_access_error|panicking::panic_with_hook)$|raw_vec::(handle_error|capacity_overflow)$|alloc::handle_alloc_error$/;

/** What stands in the table only so that panics can format what they say. */
const WORDS = /::fmt::|::panicking::|::any::Any>|default_alloc_error_hook|^core.*drop_in_place::<(alloc.*String|std.*Payload)>$/;

/** What only pages with GraphQL need of the core: these exports, and these rooms of `src` with what only they call. */
const GRAPHQL_CORE = {
  exports: ["prepare", "spell_operation", "described", "mutated"],
  hasSeams: true, // the first part calls it where a query is at hand
  belongs: /^forebay::(graphql|broker::(inquiry|compose|cargo|refused)|plan::queries)::/,
};

/** What the core does for the disk and other tabs. It is loaded with the core, but beside it: no request waits for it. */
const DEPOT_CORE = {
  exports: ["depot"],
  belongs: /^forebay::(depot|bindings::depot|broker::errand)::/,
};

/** What finds answers among those to other requests; loaded when the core first calls it. */
const KIN_CORE = {
  exports: ["admit_kin"],
  hasSeams: true, // see `src/broker/kin.rs`
  belongs: /^forebay::(broker::kin|http::(variance|range::slice|structured::dictionary))(::|$)/,
};

/** What only explanations need of the core. */
const INSPECT_CORE = { exports: ["explain"], belongs: /^forebay::bindings::reports::explain|^forebay::fingerprint::form::NormalForm::parts/ };

/** What only pages that rank need of the decisions; the hash is for policies too. */
const RANKING = {
  exports: ["ranker", "model", "described", "word", "forget_words", "history", "lists", "fill", "rank_rows", "explain", "learn", "learned", "let_learn", "drift", "drop_ranker"],
  belongs: /^forebay::(infer|decisions::rankers)::(?!bytes::sha256)/,
};

/** What only pages that filter or hide need of them. */
const PROGRAMS = {
  exports: ["policies", "predicate", "drop_program", "needs", "choose", "permit", "why", "table", "drop_table", "resize", "column", "intern", "values", "starts", "items", "check"],
  belongs: /^forebay::(permit|decisions::(programs|tables))::/,
};

/**
 * What wasm-opt is told: what rustc may use, in place of the section that says it; to inline what is called once only
 * where that makes it smaller after compression too. Names cost a third of the size, and only a profiler reads them.
 */
const COMMON = [
  ...["bulk-memory", "bulk-memory-opt", "call-indirect-overlong", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext", "simd"].map((name) => `--enable-${name}`),
  "-Oz", "--one-caller-inline-max-function-size=0", "--strip-producers", "--strip-target-features",
  "--low-memory-unused", // the stack lies there, and ends before
];
const WASM_OPT = { release: [...COMMON, "--strip-debug"], profiling: [...COMMON, "-g"], quick: undefined };

const { profile, keep } = parseArgs({ options: { profile: { type: "string", default: "release" }, keep: { type: "string", default: "" } } }).values;
/** Steps whose last outputs are taken as they are: `analyzer: …` is kept by `analyzer`. Never in what is published. */
const kept = new Set(keep.split(","));
if (!Object.hasOwn(WASM_OPT, profile)) {
  fail(`there is no profile \`${profile}\`: use ${Object.keys(WASM_OPT).join(" or ")}`);
}

const manifest = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
const stamps = existsSync(STAMPS) ? JSON.parse(readFileSync(STAMPS, "utf8")) : {};
const passed = new Set(); // names of the steps that are done or were up to date
const started = performance.now();
let worked = false;

try {
  checkVersions();
  mkdirSync(OUT, { recursive: true });
  await compileAnalyzer();
  await compile("core", "forebay");
  await compile("decisions", "decisions", ["--features", "decisions"]);
  await allOf([optimiseCore(), optimiseDecisions(), bundleScripts(), bundleAnalyzer(), writeDeclarations()]);
  await bundleForTests();
  await assemble();
} catch (error) {
  fail(error.message);
}
if (worked) console.log(`package: pkg/ is ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);

// --- the steps --------------------------------------------------------------------------------------------

/** Packs one of the crate's two modules: they share what is compiled, so one comes after the other. */
function compile(module, name, features = []) {
  return step(`${module}: compiling to WebAssembly`, {
    inputs: [...files(join(ROOT, "src")), ...["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map((name) => join(ROOT, name))],
    outputs: [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`].map((file) => join(GLUE, file)),
    // `no-install`: the doctor has brought the tools; nothing is fetched behind one's back.
    async run() {
      await run("wasm-pack", [
        "build", ROOT, "--target", "web", "--release", "--no-pack", "--mode", "no-install",
        "--out-dir", relative(ROOT, GLUE), "--out-name", name,
        "--", ...features, "--config", `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(await sameNamesEverywhere())}`,
      ]);
      writeJson(join(GLUE, "package.json"), { type: "module" }); // tsc asks what kind of module the glue is
    },
  });
}

/**
 * Flags that make the core the same whoever builds it: panics name source files, and the names of dependencies'
 * files would tell where the builder keeps them and where they came from.
 */
async function sameNamesEverywhere() {
  await run("cargo", ["fetch", "--target", "wasm32-unknown-unknown"]); // so that the directories are there
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src");
  return readdirSync(sources).map((registry) => `--remap-path-prefix=${join(sources, registry)}/=`);
}

/**
 * The analyzer for Node: built for speed, with a profile of its own, since nobody downloads it in a page. Hash maps have
 * fixed keys there (src/analyze/node.rs).
 */
function compileAnalyzer() {
  const out = ["analyze.js", "analyze_bg.wasm"].map((file) => join(GLUE, file));
  return step("analyzer: compiling to WebAssembly", {
    inputs: [...files(join(ROOT, "src")), ...["Cargo.toml", "Cargo.lock", ".cargo/config.toml"].map((name) => join(ROOT, name))],
    outputs: out,
    async run() {
      const flags = ["--cfg", 'getrandom_backend="custom"', ...await sameNamesEverywhere()];
      const target = "wasm32-unknown-unknown";
      await run("cargo", [
        "build", "--manifest-path", join(ROOT, "Cargo.toml"), "--lib", "--target", target, "--profile", "analyze", "--features", "sources",
        "--config", `target.${target}.rustflags=${JSON.stringify(flags)}`,
      ]);
      const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), target, "analyze/forebay.wasm");
      await run("wasm-bindgen", [built, "--target", "web", "--no-typescript", "--omit-default-module-path", "--out-dir", GLUE, "--out-name", "analyze"]);
    },
  });
}

/**
 * The command line and the plugin for bundlers, each with the analyzer's glue in it, and its module beside them: in a folder
 * of their own, apart from what hosts copy for pages.
 */
function bundleAnalyzer() {
  const sources = join(SOURCES, "analyze");
  const bundles = { index: "analyze/cli.js", unplugin: "analyze/unplugin.js" };
  return step("analyzer: bundling", {
    inputs: [join(GLUE, "analyze.js"), join(GLUE, "analyze_bg.wasm"), ...files(sources)],
    outputs: [...Object.values(bundles), "analyze/analyze.wasm"].map((name) => join(OUT, name)),
    async run() {
      await Promise.all(Object.entries(bundles).map(([name, out]) => esbuild.build({
        entryPoints: [join(sources, `${name}.js`)], outfile: join(OUT, out), bundle: true, format: "esm", platform: "node", target: "node20", minify: true, legalComments: "none",
        alias: { "forebay-analyzer": join(GLUE, "analyze.js"), "forebay-host": join(sources, "host.js") }, external: ["unplugin"],
      })));
      cpSync(join(GLUE, "analyze_bg.wasm"), join(OUT, "analyze/analyze.wasm"));
    },
  });
}

function optimiseCore() {
  return optimise("core", "forebay", join(OUT, "forebay.wasm"), [
    [GRAPHQL_CORE, join(OUT, "graphql.wasm")], [DEPOT_CORE, join(OUT, "depot.wasm")], [KIN_CORE, join(OUT, "kin.wasm")], [INSPECT_CORE, join(OUT, "inspect.wasm")],
  ]);
}

function optimiseDecisions() {
  return optimise("decisions", "decisions", join(OUT, "decisions.wasm"), [[RANKING, join(OUT, "ranking.wasm")], [PROGRAMS, join(OUT, "programs.wasm")]]);
}

/** Cuts the later parts off one after the other, and optimises all. */
function optimise(module, name, first, later) {
  const glue = join(GLUE, `${name}_bg.wasm`);
  return step(`${module}: splitting and optimising`, {
    inputs: [glue, join(HERE, "split.mjs")],
    outputs: [first, ...later.map(([, output]) => output)],
    options: [WASM_OPT[profile] ?? profile, later.map(([cutting]) => [cutting.exports, String(cutting.belongs)])],
    async run() {
      binaryen.setDebugInfo(true); // the names tell what belongs where
      const talks = profile === "profiling";
      let rest = talks ? readFileSync(glue) : withoutLastWords(glue);
      let features;
      const parts = [];
      for (const [cutting, output] of later) {
        const cut = split(rest, { ...cutting, features, ...(!talks && { idle: WORDS }) });
        ({ first: rest, features } = cut);
        parts.push([cut.later, output]);
      }
      for (const [bytes, output] of [[rest, first], ...parts]) {
        const raw = join(WORK, basename(output));
        writeFileSync(raw, bytes);
        if (WASM_OPT[profile]) await run(join(BIN, "wasm-opt"), [...WASM_OPT[profile], raw, "-o", output]);
        else cpSync(raw, output);
      }
      for (const { module: from, name: wanted } of WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(first)))) {
        if (from === "later" && !later.some(([cutting]) => cutting.hasSeams)) throw new Error(`the first part of ${module} calls the later one, which may not be there`);
        if (from !== "later" && !IMPORTS[module].includes(wanted)) throw new Error(`the module of ${module} imports \`${wanted}\`, which its script does not give it`);
      }
    },
  });
}

/**
 * A module with panics that only trap. What a panic formats to say is heard by nobody in a page, where it is the trap
 * that turns the page to plain fetch; and it is what most of `core::fmt` is in the module for: 1.3 KB compressed.
 */
function withoutLastWords(file) {
  const core = binaryen.readBinary(readFileSync(file));
  let found = 0;
  for (let at = 0; at < core.getNumFunctions(); at += 1) {
    const body = core.getFunctionByIndex(at);
    const { name, results } = binaryen.getFunctionInfo(body);
    if (results !== binaryen.none || !LAST_WORDS.test(name)) continue;
    binaryen.Function.setBody(body, core.unreachable());
    found += 1;
  }
  if (found < 5) throw new Error(`only ${found} of the functions that panics call have the names that LAST_WORDS expects: rustc has renamed them`);
  const bytes = core.emitBinary();
  core.dispose();
  return bytes;
}

function bundleScripts() {
  const bundles = bundlesOf({ root: ROOT, out: OUT, version: manifest.version, peers: Object.keys(manifest.peerDependencies) });
  return step("scripts: bundling", {
    inputs: [...files(SOURCES), ...["driver", "exchange", "parse", "store", "database", "queue", "seal", "secret"].map((name) => join(ROOT, `src/browser/${name}.js`)), join(HERE, "package-lock.json"), join(HERE, "bundles.mjs")],
    outputs: bundles.flatMap(({ outfile }) => [outfile, `${outfile}.map`]),
    options: bundles.map(({ plugins, ...plain }) => plain),
    async run() {
      const [stub] = await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
      await Promise.all(bundles.map(({ outfile, format }) => tighten(outfile, format === "esm")));
      const { imports } = Object.values(stub.metafile.outputs).find(({ entryPoint }) => entryPoint);
      if (!imports.some(({ path, kind }) => path === "./runtime.js" && kind === "dynamic-import")) {
        throw new Error("the stub does not load the runtime: pkg-template/src/stub must `import(\"../runtime/index.js\")`");
      }
    },
  });
}

/** What Node reads as CommonJS, and the broker of tests with its core in it. */
function bundleForTests() {
  const bundles = bundlesForTests({ root: ROOT, out: OUT, version: manifest.version, peers: Object.keys(manifest.peerDependencies), wasm: OUT });
  const drivers = ["driver", "exchange", "parse"].map((name) => join(ROOT, `src/browser/${name}.js`));
  return step("tests: bundling", {
    inputs: [...files(SOURCES), ...drivers, join(HERE, "package-lock.json"), join(HERE, "bundles.mjs"), ...["forebay", "graphql", "inspect", "kin"].map((name) => join(OUT, `${name}.wasm`))],
    outputs: [...bundles.map(({ outfile }) => outfile), join(OUT, "cjs/package.json"), join(OUT, "cjs/types/stub/index.d.ts")],
    options: bundles.map(({ plugins, ...plain }) => plain),
    async run() {
      await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
      writeJson(join(OUT, "cjs/package.json"), { type: "commonjs" });
      // Of a module that is required, compilers want declarations that are.
      rmSync(join(OUT, "cjs/types"), { recursive: true, force: true });
      cpSync(join(OUT, "types"), join(OUT, "cjs/types"), { recursive: true });
    },
  });
}

/** Terser goes over what esbuild has left, several times: some six per cent less to transfer. */
async function tighten(file, module) {
  const { code, map } = await minify(readFileSync(file, "utf8"), {
    module,
    compress: { passes: 6, ecma: 2022, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true, keep_fargs: false, hoist_props: true },
    // What bundlers are told of an import that is theirs to leave alone.
    format: { ecma: 2022, comments: /@vite-ignore|webpackIgnore/ },
    sourceMap: { content: readFileSync(`${file}.map`, "utf8"), url: `${basename(file)}.map` },
  });
  writeFileSync(file, code);
  writeFileSync(`${file}.map`, map);
}

function writeDeclarations() {
  const emitted = join(WORK, "types");
  const published = join(OUT, "types");
  const entries = ["stub/index", "testing/index", ...Object.values(SUBPATHS)].map((source) => `${source}.d.ts`);
  return step("types: checking and declaring", {
    inputs: [...files(SOURCES), ...["forebay.d.ts", "decisions.d.ts"].map((name) => join(GLUE, name)), join(HERE, "tsconfig.json"), join(HERE, "package-lock.json")],
    outputs: [...entries, "analyze/unplugin.d.ts"].map((entry) => join(published, entry)),
    async run() {
      rmSync(emitted, { recursive: true, force: true });
      rmSync(published, { recursive: true, force: true });
      await run(join(BIN, "tsc"), ["-p", HERE, "--emitDeclarationOnly", "--outDir", emitted]);
      const root = join(emitted, "pkg-template/src");
      const found = new Set();
      for (const entry of entries) declarationsBehind(join(root, entry), found);
      for (const file of found) cpSync(file, join(published, relative(root, file)));
      // Written by hand, beside what runs in Node and is plain JavaScript.
      cpSync(join(SOURCES, "analyze/unplugin.d.ts"), join(published, "analyze/unplugin.d.ts"));
    },
  });
}

/** The declaration files that a user's compiler reaches from `entry`; the rest is nobody's business. */
function declarationsBehind(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const [, specifier] of readFileSync(entry, "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    if (Object.keys(manifest.peerDependencies).some((name) => specifier === name || specifier.startsWith(`${name}/`))) continue;
    if (!specifier.startsWith(".")) {
      throw new Error(`the public types mention \`${specifier}\` (in ${relative(WORK, entry)}), which users do not have`);
    }
    declarationsBehind(resolve(dirname(entry), specifier).replace(/\.js$/, ".d.ts"), found);
  }
  return found;
}

/** Puts the manifest and the papers beside the built files, and removes what older builds left. */
function assemble() {
  const papers = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"].map((name) => join(ROOT, name)).filter(existsSync);
  const schematics = files(join(HERE, "schematics"));
  const built = builtNames().map((name) => join(OUT, name)).filter((file) => statSync(file).isFile());
  return step("package: assembling", {
    inputs: [join(HERE, "package.json"), ...papers, ...schematics, ...built, ...files(join(OUT, "types"))],
    outputs: [join(OUT, "package.json"), join(OUT, "integrity.json")],
    run() {
      const { "//": _why, scripts: _scripts, devDependencies: _tools, ...published } = manifest;
      published.exports = withCommonJs(published.exports);
      const fresh = new Set(["package.json", "integrity.json", "schematics", ...builtNames(), ...papers.map((file) => basename(file))]);
      for (const name of readdirSync(OUT)) if (!fresh.has(name)) rmSync(join(OUT, name), { recursive: true });
      for (const file of papers) cpSync(file, join(OUT, basename(file)));
      for (const file of schematics) cpSync(file, join(OUT, "schematics", basename(file)));
      const loaded = readdirSync(OUT).filter((name) => /\.(js|wasm)$/.test(name) && name !== "node.js");
      writeJson(join(OUT, "integrity.json"), Object.fromEntries(loaded.map((name) => [name, integrity(join(OUT, name))])));
      writeJson(join(OUT, "package.json"), published);
      const here = [ROOT, homedir()].map((dir) => `${dir}/`);
      for (const file of files(OUT)) {
        const text = readFileSync(file, "latin1");
        for (const dir of here) if (text.includes(dir)) throw new Error(`${relative(ROOT, file)} names a directory of this machine (${dir}): what is shipped must be the same whoever builds it`);
      }
      for (const path of promisedPaths(published)) {
        if (!existsSync(join(OUT, path))) throw new Error(`pkg-template/package.json promises ${path}, which was not built`);
      }
    },
  });
}

// --- the tools of the steps ---------------------------------------------------------------------------------

/** Runs a step unless its inputs are unchanged and its outputs there. `options` is whatever else decides the result. */
async function step(name, { inputs, outputs, options, run }) {
  const hash = createHash("sha256").update(JSON.stringify(options ?? null)).update(readFileSync(fileURLToPath(import.meta.url)));
  for (const file of inputs) {
    const bytes = readFileSync(file);
    hash.update(`\0${relative(ROOT, file)}\0${bytes.length}\0`).update(bytes);
  }
  const digest = hash.digest("hex");
  const isKept = stamps[name] && kept.has(name.split(":")[0]);
  if ((isKept || stamps[name]?.digest === digest) && outputs.every(existsSync)) {
    passed.add(name);
    return;
  }

  worked = true;
  console.log(`${name} …`);
  delete stamps[name]; // a step that fails half way is not done
  await run();
  stamps[name] = { digest, outputs: outputs.map((file) => relative(ROOT, file)) };
  mkdirSync(WORK, { recursive: true });
  writeJson(STAMPS, stamps);
  passed.add(name);
}

/** Waits for all, so that none still writes when the first failure is reported. */
async function allOf(steps) {
  for (const { status, reason } of await Promise.allSettled(steps)) if (status === "rejected") throw reason;
}

/** Names in pkg/ that the steps of this build have made so far. */
function builtNames() {
  const outputs = [...passed].flatMap((name) => stamps[name].outputs);
  return [...new Set(outputs.filter((path) => path.startsWith("pkg/")).map((path) => path.split("/")[1]))].sort();
}

/** Runs a command; what it printed is shown only when it fails. */
function run(command, args) {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    child.stdout.on("data", (text) => { printed += text; });
    child.stderr.on("data", (text) => { printed += text; });
    child.on("error", (error) => failed(new Error(`${command} could not be started (${error.code}): run \`make doctor\``)));
    child.on("close", (code) => code === 0 ? done() : failed(new Error(`${printed}\n${basename(command)} ended with status ${code}`)));
  });
}

function checkVersions() {
  const crate = /^version = "(.+)"/m.exec(readFileSync(join(ROOT, "Cargo.toml"), "utf8"))[1];
  if (crate !== manifest.version) {
    throw new Error(`Cargo.toml says version ${crate}, pkg-template/package.json says ${manifest.version}: they must be one`);
  }
}

/**
 * The subpaths, each with the file that `require` gets where nothing bundles: Node's, and Jest's by its own transform. Bundlers
 * say `module`, and get the same file for both.
 */
function withCommonJs(exports) {
  return Object.fromEntries(Object.entries(exports).map(([name, { types, default: plain, ...conditions }]) => {
    const file = join("cjs", name === "." ? "node.js" : `${name.slice(2)}.js`);
    if (!plain || !existsSync(join(OUT, file))) return [name, exports[name]];
    const required = `./${file}`;
    const given = { types: { require: types.replace("./", "./cjs/"), default: types }, ...conditions, module: plain, require: required, default: plain };
    for (const condition of Object.keys(conditions)) given[condition] = { require: required, default: conditions[condition] };
    return [name, given];
  }));
}

/** Every file that the manifest points at. */
function promisedPaths({ bin, exports, main, types, unpkg, jsdelivr, schematics }) {
  const leaves = (value) => typeof value === "string" ? [value] : Object.values(value).flatMap(leaves);
  return new Set([main, types, unpkg, jsdelivr, schematics, ...leaves(bin), ...leaves(exports)]);
}

function integrity(file) {
  return `sha384-${createHash("sha384").update(readFileSync(file)).digest("base64")}`;
}

function files(dir) {
  return readdirSync(dir, { recursive: true }).sort().map((name) => join(dir, name)).filter((file) => statSync(file).isFile());
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function fail(message) {
  console.error(`package: ${message}`);
  process.exit(1);
}
