// The delivered decisions with their WebAssembly module, in Node: only the network is not what a page has.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

globalThis.fetch = async (url, { integrity } = {}) => {
  const file = readFileSync(fileURLToPath(url));
  if (integrity && integrity !== `sha384-${createHash("sha384").update(file).digest("base64")}`) throw new TypeError("integrity");
  return new Response(file);
};

export const { load } = await import(new URL("../../pkg/decisions.js", import.meta.url));

/** Loads as another page would, which shares nothing with what was loaded before. */
export function loadApart(options) {
  delete globalThis[Symbol.for("forebay.decisions")];
  return load(options);
}

export const data = (name) => readFileSync(new URL(`../data/${name}`, import.meta.url));
export const json = (name) => JSON.parse(data(name).toString());
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

export { random } from "./random.mjs";
