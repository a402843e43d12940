// Builds the test pages as a user's bundler would: production builds, with the libraries' newest or lowest versions.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const PKG = join(HERE, "../../pkg");
export const OUT = join(HERE, "build");

const FOREBAY = Object.fromEntries(["apollo", "axios", "install", "swr", "tanstack", "urql"].map((name) => [`forebay/${name}`, join(PKG, `${name}.js`)]));
const LOWEST = { "@apollo/client": "apollo-lowest", "@tanstack/query-core": "tanstack-lowest", "@urql/core": "urql-lowest", axios: "axios-lowest", swr: "swr-lowest" };

/** `newest.js` and `lowest.js`: the page's module with either. */
export async function buildPages() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const common = {
    entryPoints: [join(HERE, "pages/libraries.js")], bundle: true, minify: true, format: "esm", target: "es2022", logLevel: "warning", nodePaths: [join(HERE, "node_modules")],
    define: { "process.env.NODE_ENV": '"production"', "globalThis.__DEV__": "false", __DEV__: "false" },
  };
  await esbuild.build({ ...common, alias: FOREBAY, outfile: join(OUT, "newest.js") });
  await esbuild.build({ ...common, alias: { ...FOREBAY, ...LOWEST }, outfile: join(OUT, "lowest.js") });
}
