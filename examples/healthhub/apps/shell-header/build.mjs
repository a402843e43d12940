import { cpSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.js"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  loader: { ".css": "text" },
  logLevel: "warning",
});
// esbuild leaves `new URL("./forebay.wasm", import.meta.url)` as it is: the parts of the core have to be beside the runtime.
for (const part of ["forebay.wasm", "graphql.wasm"]) cpSync(`node_modules/forebay/${part}`, `dist/${part}`);
