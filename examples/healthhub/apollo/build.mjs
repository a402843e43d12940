import { build } from "esbuild";

await build({
  entryPoints: ["src/index.js"],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  conditions: ["production", "module"], // as users of these pages would get it: without Apollo's checks for developers
  sourcemap: true,
  logLevel: "warning",
});
