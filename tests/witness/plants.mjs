// Faults of the kinds that the harness is there for, planted one at a time into sources of their own. Each names the text
// that it replaces: where that has changed, the fault must be planted anew, and says so.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "../../pkg-template/node_modules/esbuild/lib/main.js";
import { bundlesOf } from "../../pkg-template/bundles.mjs";
import { buildApps } from "./build.mjs";
import { BUILD, PKG } from "./harness.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Builds the package with this fault, and the apps over it. Returns where they are. */
export async function plant({ name, edits }) {
  const root = join(BUILD, name.replace(/\W+/g, "-"));
  rmSync(root, { recursive: true, force: true });
  for (const part of ["pkg-template/src", "src/browser"]) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  for (const [file, from, to] of edits) {
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    if (text.split(from).length !== 2) throw new Error(`plants.mjs: "${name}": ${file} must have this once, so that the fault can be planted: ${from}`);
    writeFileSync(path, text.replace(from, () => to));
  }
  const pkg = join(root, "pkg");
  mkdirSync(pkg, { recursive: true });
  cpSync(PKG, pkg, { recursive: true, filter: (file) => file === PKG || /\.wasm$/.test(file) });
  const { version, peerDependencies } = JSON.parse(readFileSync(join(ROOT, "pkg-template/package.json"), "utf8"));
  await Promise.all(bundlesOf({ root, out: pkg, version, peers: Object.keys(peerDependencies) }).map((bundle) => esbuild.build({ ...bundle, sourcemap: false })));
  const build = join(root, "apps");
  await buildApps(pkg, build);
  return { pkg, build };
}

const HUB = "pkg-template/src/runtime/hub.ts";
const DRIVER = "src/browser/driver.js";

/** @type {{ name: string, edits: [file: string, from: string, to: string][], rules: RegExp }[]} */
export const PLANTS = [
];
