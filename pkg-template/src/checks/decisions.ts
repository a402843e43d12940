/** What the calls of `forebay/decisions` take. */
import { check, type Shape } from "./shape.js";

const module: Shape = { wasm: "url", wasmIntegrity: "string" };
const atLeastZero = (value: unknown) => (Number.isInteger(value) && (value as number) >= 0 ? undefined : "must be a whole number from 0");
/** The limit may be infinite. */
const limit = (value: unknown) => (value === Infinity ? undefined : atLeastZero(value));

const SHAPES = {
  "load()": { wasm: "url", wasmIntegrity: "string", only: new Set(["ranking"]), programs: module, ranking: module },
  "ranker()": { models: ["object"], priority: "string", time: "string", halfLife: "number", learn: "any", names: { "*": "string" } },
  "rank()": {
    limit, pinned: "function", muted: "function", spread: { "*": "number" }, recency: { "halfLife!": "number", "weight!": "number" },
    now: "number", histories: "object", signal: "object",
  },
  "filter()": { sort: [{ "field!": "string", descending: "boolean" }], count: "string", sum: ["string"], offset: atLeastZero, limit, signal: "object" },
  "manifest()": { url: "url", trust: "object", leastVersion: "number" },
  "policies()": { url: "url", bytes: "any", sha256: "any", expires: "any" },
} as const satisfies Record<string, Shape>;

/** Throws what is wrong with what a call was given. */
export function checkDecision(call: keyof typeof SHAPES, options: unknown): void {
  if (options !== undefined) check(options, SHAPES[call], call);
}
