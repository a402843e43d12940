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

export const data = (name) => readFileSync(new URL(`../data/${name}`, import.meta.url));
export const json = (name) => JSON.parse(data(name).toString());
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Random numbers that are the same in every run (mulberry32), and one of several. */
export function random(seed) {
  const next = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, of: (list) => list[Math.floor(next() * list.length)], below: (count) => Math.floor(next() * count) };
}
