// What the analyzer's module asks of Node (src/analyze/node.rs). Plain JavaScript: it is run, and has no types to publish.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Names in a directory, one a line; those of directories end with `/`. Links are not followed. */
export function list(directory) {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile() || entry.isDirectory()).map((entry) => entry.isFile() ? entry.name : `${entry.name}/`).join("\n");
  } catch {
    return "";
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A file's text; nothing if there is none or it is no UTF-8. */
export function read(path) {
  try {
    return decoder.decode(readFileSync(path));
  } catch {
    return undefined;
  }
}

/** 1: a file; 2: a directory; 0: nothing. */
export function kind(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 0 : found.isFile() ? 1 : found.isDirectory() ? 2 : 0;
}

/** What is wrong, if it could not be written. */
export function write(path, text) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    return error.message;
  }
}

let voice = { say: (line) => console.log(line), note: (line) => console.error(line) };

export const say = (line) => voice.say(line);
export const note = (line) => voice.note(line);

/** Does something while what is said goes elsewhere. */
export function heard(by, work) {
  const before = voice;
  voice = by;
  try {
    return work();
  } finally {
    voice = before;
  }
}
