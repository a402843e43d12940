/** The second WebAssembly module, and calling it so that nothing of it can hurt the page. */
import type { InitOutput } from "forebay-decisions";
import type { Source } from "./api.js";

/** Its exports (see `src/decisions`). They take and give numbers only. */
export type Core = InitOutput;

export class Module {
  readonly #core: Core | undefined;
  #problem: string | undefined;
  #isBusy = false;
  readonly #extended: Record<string, Promise<unknown>> = {};

  private constructor(core: Core | undefined, problem?: string) {
    this.#core = core;
    this.#problem = problem;
  }

  /** Never rejects: what cannot be loaded is a module that says so. */
  static async load(wasm: string | URL, integrity = ""): Promise<Module> {
    try {
      const core = (await instantiate(fetchPart(wasm, integrity), {})) as Core;
      core.__wbindgen_start();
      return new Module(core);
    } catch (cause) {
      return new Module(undefined, `Decisions could not be loaded: ${cause}`);
    }
  }

  /** Adds, in the same memory, a part that is loaded later. Rejects if that cannot be had. */
  extend(part: string, fetched: () => Promise<ArrayBuffer>): Promise<unknown> {
    return (this.#extended[part] ??= instantiate(fetched(), { first: this.#core }).then(
      (more) => Object.assign(this.#core ?? {}, more),
      (cause) => {
        delete this.#extended[part]; // the next may know where it is
        throw cause;
      },
    ));
  }

  /** Nothing can be decided any more. */
  fail(cause: unknown): void {
    this.#problem ??= `Decisions could not be loaded: ${cause}`;
  }

  /** Why nothing can be decided any more, if that is so. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Calls with the exports; throws what the call throws. A trap ends the module, and so does a full stack in the midst
   * of its work: what it had kept may be half done, and is not found any more.
   * Getters of rows run in the middle of a call; if they decide something themselves, that is refused.
   */
  use<T>(call: (core: Core) => T): T {
    if (this.#problem !== undefined) throw new Error(this.#problem);
    if (this.#isBusy) throw new Error("A getter of a row must not decide anything itself.");
    const core = this.#core!;
    this.#isBusy = true;
    try {
      return call(core);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || !core.found()) this.#problem = `Decisions have failed: ${error}`;
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }
}

/** A module's bytes. */
export async function fetchPart(url: string | URL, integrity = ""): Promise<ArrayBuffer> {
  const response = await fetch(url, { integrity });
  if (!response.ok) throw new Error(`${response.url}: ${response.status}. Put it there, or name its place: load({ wasm: url }).`);
  return response.arrayBuffer();
}

/** The exports of a module, which imports what other parts export, and one function that has nothing to do. */
async function instantiate(bytes: Promise<ArrayBuffer>, parts: Record<string, unknown>): Promise<object> {
  const imports = new Proxy({}, { get: (_, part: string) => parts[part] ?? { __wbindgen_init_externref_table() {} } });
  return { ...(await WebAssembly.instantiate(await bytes, imports as WebAssembly.Imports)).instance.exports };
}

/** The digest that a file must have. */
export function digestOf({ sha256 }: Source): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(sha256)) throw new Error("sha256 must be 64 hexadecimal digits.");
  return Uint8Array.from({ length: 32 }, (_, at) => parseInt(sha256.slice(2 * at, 2 * at + 2), 16));
}

/** That digest and the file's bytes, as the module takes them. */
export async function fetched(source: Source): Promise<Uint8Array> {
  const digest = digestOf(source);
  let { bytes, url } = source;
  if (!bytes) {
    const response = await fetch(url!);
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    bytes = new Uint8Array(await response.arrayBuffer());
  }
  const both = new Uint8Array(32 + bytes.length);
  both.set(digest);
  both.set(bytes, 32);
  return both;
}

/** Puts bytes into the scratch area as they are; how many. */
export function put(core: Core, bytes: Uint8Array): number {
  const at = core.scratch(bytes.length);
  new Uint8Array(core.memory.buffer, at, bytes.length).set(bytes);
  return bytes.length;
}

/** The first so many of the numbers that were found last; to be read before the next call. */
export const found = (core: Core, count: number): Float64Array => new Float64Array(core.memory.buffer, core.found(), count);
