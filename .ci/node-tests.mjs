// Runs test files of Node's runner, each in a process of its own.
//
//   node .ci/node-tests.mjs [--timeout 600000] FILE…
//
// One file at a time: on two cores browsers side by side only make each other slow, and tests fail that wait.
// A file that fails runs once more, alone, when the others are done: a machine that is short of time for a
// moment must not cost a whole run. Both runs are printed, and at the end the names of such files: a test that
// needs its second run has a clock in it, or has found a race, and wants to be looked at. Where more than three
// files fail it is no accident, and none is run again.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { timeout: { type: "string", default: "600000" } },
});
if (files.length === 0) throw new Error("node-tests: name the files to run");

const MOST_ACCIDENTS = 3;
const counts = new Map();

/** Runs one file, and prints what it prints. */
function run(file) {
  const args = ["--test", `--test-timeout=${values.timeout}`, "--test-reporter=spec", file];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const start = Date.now();
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => {
    text += part;
    process.stdout.write(part);
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (status) => {
      console.log(`${file}: ${Math.round((Date.now() - start) / 1000)} s, ${status === 0 ? "ok" : "FAILED"}`);
      done({ file, passed: status === 0, text });
    });
  });
}

/** Adds what a file's last run says to the closing lines. */
function count({ text }) {
  for (const [, name, number] of text.matchAll(/^ℹ (\w+) ([\d.]+)$/gm)) {
    counts.set(name, (counts.get(name) ?? 0) + Number(number));
  }
}

const results = new Map();
for (const file of files) results.set(file, await run(file));

const failed = files.filter((file) => !results.get(file).passed);
const again = failed.length > MOST_ACCIDENTS ? [] : failed;
for (const file of again) results.set(file, await run(file));

for (const result of results.values()) count(result);
for (const [name, number] of counts) console.log(`ℹ ${name} ${Math.round(number)}`);
const still = files.filter((file) => !results.get(file).passed);
for (const file of again.filter((file) => !still.includes(file))) {
  console.log(`failed, and passed when it ran again alone: ${file}`);
}
for (const file of still) console.log(`failed: ${file}`);
process.exitCode = still.length === 0 ? 0 : 1;
