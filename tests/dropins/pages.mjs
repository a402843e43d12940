// Builds the test pages as a user's bundler would: production builds, with the libraries' newest or lowest versions.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const PKG = join(HERE, "../../pkg");
export const OUT = join(HERE, "build");

const FOREBAY = Object.fromEntries(["angular-http", "apollo", "axios", "install", "swr", "tanstack", "urql"].map((name) => [`forebay/${name}`, join(PKG, `${name}.js`)]));
const LOWEST = { "@apollo/client": "apollo-lowest", "@tanstack/query-core": "tanstack-lowest", "@urql/core": "urql-lowest", "@urql/exchange-retry": "exchange-retry-lowest", axios: "axios-lowest", urql: "urql-react-lowest", swr: "swr-lowest" };

const common = {
  bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"', "globalThis.__DEV__": "false", __DEV__: "false" },
};

/** A module with the libraries, with both versions of them. */
async function buildBoth(entry, name) {
  const libraries = { ...common, entryPoints: [join(HERE, entry)], nodePaths: [join(HERE, "node_modules")] };
  await esbuild.build({ ...libraries, alias: FOREBAY, outfile: join(OUT, `${name}newest.js`) });
  await esbuild.build({ ...libraries, alias: { ...FOREBAY, ...LOWEST }, outfile: join(OUT, `${name}lowest.js`) });
}

/** `usage-newest.js` and `usage-lowest.js`. */
export async function buildUsage() {
  mkdirSync(OUT, { recursive: true });
  await buildBoth("pages/usage/index.js", "usage-");
}

/** `servers-newest.js` and `servers-lowest.js`. */
export async function buildServers() {
  mkdirSync(OUT, { recursive: true });
  await buildBoth("pages/servers.js", "servers-");
}

/** `options-newest.js` and `options-lowest.js`. */
export async function buildOptions() {
  mkdirSync(OUT, { recursive: true });
  await buildBoth("pages/options.js", "options-");
}

/** `newest.js` and `lowest.js`: the page's module with either; and Angular's. */
export async function buildPages() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  await buildBoth("pages/libraries.js", "");
  // Angular's packages name each other: two versions of them need two places, and those of the adapters' tests are there.
  const adapters = join(HERE, "../adapters");
  const angular = (at) => ({ ...common, alias: FOREBAY, entryPoints: [join(HERE, "pages/angular.js")], nodePaths: [join(at, "node_modules")] });
  await esbuild.build({ ...angular(adapters), outfile: join(OUT, "angular-newest.js") });
  const lowest = join(adapters, "angular-lowest");
  await esbuild.build({ ...angular(lowest), inject: [join(lowest, "node_modules/zone.js/fesm2015/zone.js")], outfile: join(OUT, "angular-lowest.js") });
}
