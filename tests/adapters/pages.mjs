// Builds the test pages as a user's bundler would: production builds, with the frameworks' newest or lowest versions.
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
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

/** What renders on the server, for Node. */
export async function buildServer() {
  const outfile = join(OUT, "server.mjs");
  await esbuild.build({
    entryPoints: [join(HERE, "pages/server.js")], outfile, bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "error", alias: FOREBAY, nodePaths: [join(HERE, "node_modules")], conditions: ["node", "production"],
    define: { "process.env.NODE_ENV": '"production"', ngDevMode: "false", ngServerMode: "true", ngJitMode: "true" }, external: ["./refetch.js"],
    plugins: [await svelte(undefined, "server")],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return import(pathToFileURL(outfile).href);
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
async function svelte(isLowest, generate = "client") {
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
