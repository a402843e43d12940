// Builds the apps of the witness harness: each a bundle of its own with a stub of its own, as separate teams deploy them.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "../adapters/node_modules/esbuild/lib/main.js";
import { svelte } from "../adapters/pages.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const TESTS = dirname(HERE);

export const APPS = ["plain", "react", "vue", "svelte", "lit", "dropins"];

/** Builds all into `out`, with the package that lies in `pkg`; what the stub and the runtime load later is not part of a bundle. */
export async function buildApps(pkg, out) {
  mkdirSync(out, { recursive: true });
  await esbuild.build({
    entryPoints: [join(HERE, "page.js"), ...APPS.map((name) => join(HERE, "apps", `${name}.js`))], outdir: out, entryNames: "[name]",
    bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "error", conditions: ["browser", "production"],
    nodePaths: [join(TESTS, "adapters/node_modules"), join(TESTS, "dropins/node_modules")],
    define: { "process.env.NODE_ENV": '"production"', "globalThis.__DEV__": "false", __DEV__: "false", __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
    plugins: [packageIn(pkg), await svelte(false)],
  });
}

/** The package's files; what they import when they first need it lies beside the bundles, where the server finds it in the package. */
const packageIn = (pkg) => ({
  name: "package",
  setup(build) {
    build.onResolve({ filter: /^forebay(\/|$)/ }, ({ path }) => ({ path: join(pkg, `${path.slice("forebay/".length) || "index"}.js`) }));
    build.onResolve({ filter: /^\.\/[\w-]+\.js$/ }, ({ kind, path, resolveDir }) => (kind === "dynamic-import" && resolveDir === pkg ? { path, external: true } : undefined));
    build.onResolve({ filter: /^\.\/apps\// }, ({ kind, path }) => (kind === "dynamic-import" ? { path: path.replace("/apps/", "/"), external: true } : undefined));
  },
});
