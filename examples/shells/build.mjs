// Builds each shell and its apps with their own tools, as separate teams would, into dist/.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { runEsBuildBuilder } from "@softarc/native-federation-esbuild";
import * as esbuild from "esbuild";
import webpack from "webpack";
import moduleFederation from "./module-federation/webpack.config.mjs";

const HERE = import.meta.dirname;
const DIST = join(HERE, "dist");
const APPS = ["visits", "alerts"];

process.chdir(HERE); // native-federation looks there for its manifest
await rm(DIST, { recursive: true, force: true });
await mkdir(DIST);
for (const name of ["apps", "import-map", "frames"]) await cp(join(HERE, name), join(DIST, name), { recursive: true });
for (const name of ["module-federation", "native-federation", "single-spa"]) await cp(join(HERE, name, "index.html"), join(DIST, name, "index.html"));

const { errors } = (await promisify(webpack)(moduleFederation)).toJson({ all: false, errors: true });
if (errors.length) throw new Error(errors.map(({ message }) => message).join("\n"));

for (const name of ["shell", ...APPS]) await bundle(`single-spa/${name}.js`, `single-spa/${name}`);

await bundle("native-federation/shell.js", "native-federation/shell", { format: "iife", splitting: false });
for (const name of APPS) {
  const outputPath = `dist/native-federation/${name}`; // from the root of the workspace
  const federation = await runEsBuildBuilder(`native-federation/${name}.config.mjs`, { workspaceRoot: HERE, outputPath, entryPoints: [`apps/${name}.js`], cacheExternalArtifacts: false });
  await federation.close();
  await copyModules(join(HERE, outputPath));
}

async function bundle(entry, into, more) {
  await esbuild.build({
    absWorkingDir: HERE, entryPoints: [entry], outdir: join(DIST, into), bundle: true, splitting: true, minify: true, format: "esm",
    target: "es2022", external: ["/shells/*"], conditions: ["production"], logLevel: "warning", ...more,
  });
  await copyModules(join(DIST, into));
}

/** esbuild leaves `new URL("./forebay.wasm", import.meta.url)` as it is, so the modules are copied beside its output. webpack and Vite do it themselves. */
async function copyModules(into) {
  for (const part of ["forebay", "depot", "graphql", "inspect", "kin"]) await cp(join(HERE, "node_modules/forebay", `${part}.wasm`), join(into, `${part}.wasm`));
}
