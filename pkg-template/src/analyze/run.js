// The analyzer's module, loaded when it is first needed.
import { readFileSync } from "node:fs";
import { initSync, run as carryOut } from "forebay-analyzer";

export const COMMANDS = ["analyze", "link", "report"];

let loaded;

/** Carries a command out in this directory; gives its exit code. */
export function run(command, here, words) {
  loaded ??= initSync({ module: new WebAssembly.Module(readFileSync(new URL("./analyze.wasm", import.meta.url))) });
  return carryOut(command, here.replaceAll("\\", "/"), words.join("\n"));
}
