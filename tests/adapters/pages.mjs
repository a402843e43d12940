// Builds the test pages as a user's bundler would: production builds, with the frameworks' newest or lowest versions.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const PKG = join(HERE, "../../pkg");
export const OUT = join(HERE, "build");

const FOREBAY = Object.fromEntries(["angular", "lit", "react", "svelte", "vue"].flatMap((name) => [name, `${name}-pages`]).map((name) => [`forebay/${name}`, join(PKG, `${name}.js`)]));
const lowest = (...names) => Object.fromEntries(names.map((name) => [name, `${name}-lowest`]));
const LOWEST = { react: lowest("react", "react-dom"), vue: lowest("vue"), lit: lowest("lit"), svelte: lowest("svelte"), angular: {} };

/** Which pages there are: a framework's name, and `-lowest` behind it. */
export const PAGES = Object.keys(LOWEST).flatMap((name) => [name, `${name}-lowest`]);

export async function buildPages() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await Promise.all(PAGES.map(build));
  // Loaded when it is first needed.
  cpSync(join(PKG, "refetch.js"), join(OUT, "refetch.js"));
}

/** What renders on a server, with the frameworks' newest or lowest versions: `render(framework, who, url)`, and `end()`. */
export async function startServer(isLowest) {
  const outfile = join(OUT, isLowest ? "server-lowest.mjs" : "server.mjs");
  const modules = join(HERE, isLowest ? "angular-lowest/node_modules" : "node_modules");
  await esbuild.build({
    entryPoints: [join(HERE, "pages/server.js")], outfile, bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "error", nodePaths: [modules, join(HERE, "node_modules")], conditions: ["node", "production"],
    alias: { ...FOREBAY, ...(isLowest && Object.assign({}, ...Object.values(LOWEST))) },
    define: { "process.env.NODE_ENV": '"production"', ngDevMode: "false", ngServerMode: "true", ngJitMode: "true" }, external: ["./refetch.js"],
    plugins: [angularOf(modules), await svelte(isLowest, "server")],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    ...(isLowest && { inject: [join(modules, "zone.js/fesm2015/zone-node.js")] }),
  });
  const thread = new Worker(new URL("renderer.mjs", import.meta.url), { workerData: pathToFileURL(outfile).href });
  const waiting = new Map();
  thread.on("message", ({ id, rendered, error }) => (error ? waiting.get(id).reject(error) : waiting.get(id).resolve(rendered)));
  thread.on("error", (error) => waiting.forEach(({ reject }) => reject(error)));
  const render = (framework, who, url) => new Promise((resolve, reject) => {
    const id = waiting.size;
    waiting.set(id, { resolve, reject });
    thread.postMessage({ id, framework, who, url });
  });
  return { render, end: () => thread.terminate() };
}

async function build(page) {
  const [framework, isLowest] = page.split("-");
  const modules = join(HERE, isLowest && framework === "angular" ? "angular-lowest/node_modules" : "node_modules");
  await esbuild.build({
    entryPoints: [join(HERE, `pages/${framework}.js`)], outfile: join(OUT, `${page}.js`), bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "error",
    alias: { ...FOREBAY, ...(isLowest && LOWEST[framework]) }, conditions: ["browser", "production"], nodePaths: [modules],
    plugins: [...(framework === "angular" ? [angularOf(modules)] : []), ...(framework === "svelte" ? [await svelte(isLowest)] : [])],
    external: ["./refetch.js"],
    define: { "process.env.NODE_ENV": '"production"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false", ngDevMode: "false", ngServerMode: "false", ngJitMode: "true" },
    // Before it could do without.
    ...(page === "angular-lowest" && { inject: [join(modules, "zone.js/fesm2015/zone.js")] }),
  });
}

/** Svelte's components, by its own compiler. */
export async function svelte(isLowest, generate = "client") {
  const { compile, compileModule } = await import(pathToFileURL(join(HERE, `node_modules/svelte${isLowest ? "-lowest" : ""}/src/compiler/index.js`)).href);
  return {
    name: "svelte",
    setup(build) {
      build.onLoad({ filter: /\.svelte(\.js)?$/ }, ({ path }) => {
        const make = path.endsWith(".js") ? compileModule : compile;
        const { js } = make(readFileSync(path, "utf8"), { filename: path, generate, dev: false });
        return { contents: js.code, loader: "js" };
      });
    },
  };
}

/** Angular's packages name each other; all must be of one version. */
function angularOf(modules) {
  return {
    name: "angular",
    setup(build) {
      build.onResolve({ filter: /^(@angular\/|rxjs)/ }, ({ path, pluginData, kind }) =>
        pluginData === "angular" ? undefined : build.resolve(path, { resolveDir: dirname(modules), kind, pluginData: "angular" }));
    },
  };
}
