// Projects as users have them: the packed tarball installed, an entry of a few lines, a build by each bundler.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { build as viteBuild } from "vite";
import webpack from "webpack";

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL("../../pkg", import.meta.url));

/** Packs `pkg/` as `npm publish` would; gives the tarball's path. */
export async function pack(into) {
  await mkdir(into, { recursive: true });
  await run("npm", ["pack", "--silent", "--pack-destination", into], { cwd: PACKAGE });
  return join(into, (await readdir(into)).find((name) => name.endsWith(".tgz")));
}

/** Makes a project of these files, with the tarball installed. */
export async function project(directory, tarball, files) {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  // With a cache of its own: what npm happens to know of some of the optional peers can make it find a conflict among them.
  await run("npm", ["install", "--offline", "--cache", join(directory, "..", "npm-cache"), "--silent", "--no-audit", "--no-fund", tarball], { cwd: directory });
  return directory;
}

/** Bundler → builds `main.js` of a project into its `dist/`, to be served under `base`. */
export const bundlers = {
  async vite(directory, base) {
    await viteBuild({
      root: directory, base, logLevel: "warn", configFile: false,
      build: { rollupOptions: { input: join(directory, "main.js"), output: { entryFileNames: "main.js" } } },
    });
  },

  async webpack(directory) {
    const stats = await promisify(webpack)({
      mode: "production", context: directory, entry: "./main.js",
      output: { path: join(directory, "dist"), filename: "main.js" },
    });
    const problems = stats.toJson({ all: false, errors: true, warnings: true });
    const messages = [...problems.errors, ...problems.warnings].map(({ message }) => message);
    if (messages.length > 0) throw new Error(messages.join("\n"));
  },

  // esbuild leaves `new URL("./forebay.wasm", import.meta.url)` as it is, so all modules are copied beside the output.
  async esbuild(directory) {
    const result = await esbuild.build({
      absWorkingDir: directory, entryPoints: ["main.js"], outdir: "dist",
      bundle: true, splitting: true, minify: true, format: "esm", logLevel: "silent",
    });
    if (result.warnings.length > 0) throw new Error(result.warnings.map(({ text }) => text).join("\n"));
    for (const part of ["forebay", "depot", "inspect", "kin", "graphql", "decisions", "programs", "ranking"].map((name) => `${name}.wasm`)) await cp(join(directory, "node_modules/forebay", part), join(directory, "dist", part));
  },
};

/** Runs a command in a project; gives what it printed. */
export async function runIn(directory, command, args) {
  try {
    return (await run(command, args, { cwd: directory })).stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")}: ${error.stdout ?? ""}${error.stderr ?? ""}${error.message}`);
  }
}
