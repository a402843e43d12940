// Runs test files of Node's runner, each in a process of its own.
//
//   node .ci/node-tests.mjs [--timeout 600000] FILE…
//
// One file at a time: on two cores browsers side by side only make each other slow, and tests fail that wait.
// Tests that fail run once more, alone, when the other files are done: a machine that is short of time for a
// moment must not cost a whole run. Both runs are printed, and at the end the names of such tests: one that
// needs its second run has a clock in it, or has found a race, and wants to be looked at. Where more than three
// tests or files fail it is no accident, and none is run again.
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { timeout: { type: "string", default: "600000" } },
});
if (files.length === 0) throw new Error("node-tests: name the files to run");

const MOST_ACCIDENTS = 3;
const counts = new Map();

/** A pattern of the runner that names this test alone. */
const patternOf = (name) => `--test-name-pattern=/^${name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}$/`;

/** Runs one file, or these tests of it, and prints what it prints. */
function run(file, names = []) {
  const args = ["--test", `--test-timeout=${values.timeout}`, "--test-reporter=spec", ...names.map(patternOf), file];
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

/** The tests that a file's run lists as failed at its end; none where the file itself has failed. */
const failedIn = ({ text }) => {
  const list = text.split("✖ failing tests:")[1] ?? "";
  return [...new Set([...list.matchAll(/^\s*✖ (.+) \([\d.]+ms\)$/gm)].map(([, name]) => name))];
};

/** Adds what a file's run says to the closing lines; what has passed when it ran again has passed. */
function count({ text, passed }) {
  const said = new Map([...text.matchAll(/^ℹ (\w+) ([\d.]+)$/gm)].map(([, name, number]) => [name, Number(number)]));
  if (passed) said.set("pass", said.get("pass") + said.get("fail")).set("fail", 0);
  for (const [name, number] of said) counts.set(name, (counts.get(name) ?? 0) + number);
}

const results = [];
for (const file of files) results.push(await run(file));

const failed = results.filter(({ passed }) => !passed).map((result) => ({ result, names: failedIn(result) }));
const isAccident = failed.flatMap(({ names }) => (names.length ? names : [""])).length <= MOST_ACCIDENTS;
for (const { result, names } of isAccident ? failed : []) {
  const { passed, text } = await run(result.file, names);
  // A pattern that names no test would pass as well.
  result.passed = passed && Number(/^ℹ pass (\d+)$/m.exec(text)?.[1]) >= names.length;
}

for (const result of results) count(result);
for (const [name, number] of counts) console.log(`ℹ ${name} ${Math.round(number)}`);
for (const { result: { file, passed }, names } of failed) {
  for (const name of names.length ? names : ["all"]) {
    console.log(`failed${passed ? ", and passed when it ran again alone" : ""}: ${file}: ${name}`);
  }
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
