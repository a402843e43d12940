// The client's GraphQL parts as the package bundles them, for Node.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "../../pkg-template/node_modules/esbuild/lib/main.js";

const PARTS = ["text", "cut", "share", "labels", "persisted"];
const work = mkdtempSync(join(tmpdir(), "forebay-client-"));
const outfile = join(work, "client.mjs");
let client;
try {
  await esbuild.build({
    stdin: {
      contents: PARTS.map((part) => `export * from "./${part}.js";`).join("\n") + 'export * from "../dropins/graphql.js"; export * from "../route/match.js"; export { keyOf, identityOf, leaseOf, changed } from "../adapters/lease.js"; export * from "../adapters/rendered.js"; export { sha256 } from "../adapters/digest.js"; export { write, toJson } from "../request/write.js"; export { withParams } from "../request/params.js"; export { forebayQueryFn } from "../dropins/tanstack.js"; export { forebayFetcher } from "../dropins/swr.js"; export { jsonOf } from "../error.js"; export { asInit } from "../options.js";',
      resolveDir: fileURLToPath(new URL("../../pkg-template/src/graphql/", import.meta.url)),
    },
    bundle: true, format: "esm", target: "es2022", outfile, tsconfigRaw: {}, logLevel: "warning", define: { FOREBAY_VERSION: JSON.stringify("0.0.0") },
  });
  client = await import(pathToFileURL(outfile));
} finally {
  rmSync(work, { recursive: true });
}

export const { textOf, cut, share, labelsOf, exchange, graphqlFetch, flaw, filled, matched, needed, urlAt, valueAt, keyOf, identityOf, leaseOf, changed, dehydrate, hydrate, sha256, write, toJson, withParams, forebayQueryFn, forebayFetcher, jsonOf, asInit } = client;

/** Random numbers from 0 to below 1 that are the same in every run (mulberry32). */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function deepFreeze(value) {
  if (value && typeof value === "object") Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

export function isDeepFrozen(value) {
  return !value || typeof value !== "object" || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen));
}
