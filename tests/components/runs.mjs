// Component tests as users write them, of the packed package: the same specs (`project/`) under Jest, by its defaults and with
// modules, and under Vitest, in each place that these have.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pack } from "../consumers/projects.mjs";

export const HERE = fileURLToPath(new URL(".", import.meta.url));
export const PROJECT = join(HERE, "project");
const installed = join(HERE, "node_modules/forebay");
const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-components-")));
/** The project with modules. */
export let asModules;

before(async () => {
  const tarball = await pack(join(work, "tarball"));
  await rm(installed, { recursive: true, force: true });
  await mkdir(installed);
  await promisify(execFile)("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"]);
  // Within reach of the packages.
  asModules = await mkdtemp(join(HERE, "modules-"));
  await cp(PROJECT, asModules, { recursive: true });
  await writeFile(join(asModules, "package.json"), JSON.stringify({ name: "modules", private: true, type: "module", jest: { extensionsToTreatAsEsm: [".jsx"] } }));
}, { timeout: 120_000 });

after(async () => {
  await rm(work, { recursive: true, force: true });
  if (asModules) await rm(asModules, { recursive: true, force: true });
});

/** How many tests have passed; fails with what was printed if one has not. */
export async function ran(directory, command, env = {}) {
  const out = join(work, "out.json");
  const args = [join(HERE, "node_modules", ...command.slice(0, 2)), ...command.slice(2), `--outputFile=${out}`];
  const child = promisify(execFile)(process.execPath, args, { cwd: directory, timeout: 150_000, killSignal: "SIGKILL", env: { ...process.env, CI: "1", NODE_ENV: "test", ...env } });
  const printed = await child.then(({ stdout, stderr }) => stdout + stderr, ({ stdout, stderr, message }) => assert.fail(`${stdout}\n${stderr}\n${message}`));
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(out, "utf8"));
  assert.equal(numFailedTests, 0);
  return { passed: numPassedTests, files: testResults.length, printed };
}

const SPECS = { files: 4, passed: 14 };

/** Told from what else is printed: warnings of ours, and of React's about what no test has waited for. */
export function check({ passed, files, printed }) {
  assert.deepEqual({ files, passed }, SPECS);
  assert.doesNotMatch(printed, /Forebay:|not wrapped in act|did not exit/);
}

export const jest = (environment, ...more) => ["jest", "bin/jest.js", `--env=${environment}`, "--testMatch=**/*.spec.*", "--json", "--maxWorkers=1", ...more];
export const vitest = ["vitest", "vitest.mjs", "run", "--reporter=json", "--maxWorkers=1"];
