/** The options that say what may lie on disk. They protect people, so that each call checks them at once, and all of them. */
import type { HostOptions } from "./api.js";

type Storage = NonNullable<HostOptions["storage"]>;

const KINDS = new Map(Object.entries({ disk: "boolean", bytes: "number", encrypt: "boolean", wasm: "string", wasmIntegrity: "string" }));

/** What is wrong with them, if anything is. */
export function wrongIn(storage: unknown): string | undefined {
  if (Object(storage) !== storage) return "storage must be an object";
  for (const [name, value] of Object.entries(storage as object)) {
    const kind = KINDS.get(name);
    if (!kind) return `storage.${name} is not known; there are ${[...KINDS.keys()].join(", ")}`;
    if (value !== undefined && typeof value !== kind && !(value instanceof URL && name === "wasm")) return `storage.${name} must be a ${kind}`;
    if (kind === "number" && !(value >= 0)) return `storage.${name} must be from 0`;
  }
  return undefined;
}

/** The last that was said of each. */
export function merged(before: Storage | undefined, given: Storage): Storage {
  return { ...before, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}
