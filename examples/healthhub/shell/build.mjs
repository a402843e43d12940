import { cpSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.js", "src/style.css"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  external: ["/apollo/*"], // built by itself, and loaded only to be measured (src/clients.js)
  minify: true,
  format: "esm",
  target: "es2022",
  sourcemap: true,
  logLevel: "warning",
});
cpSync("src/index.html", "dist/index.html");
// esbuild leaves `new URL("./forebay.wasm", import.meta.url)` as it is: the parts of the core have to be beside the runtime.
for (const part of ["forebay.wasm", "graphql.wasm", "depot.wasm"]) cpSync(`node_modules/forebay/${part}`, `dist/${part}`);
