/** Loading the WebAssembly core. */
import type { InitOutput } from "forebay-core";
import type { HostOptions } from "../api.js";
import { part } from "../part.js";
import { clock, order } from "../../../src/browser/driver.js";

/** The core's exports (see `src/bindings`). They take and give numbers only, so no glue stands between. */
export type Core = InitOutput;

/**
 * All that the core imports, but for its own later part; the build checks it. No object crosses, so the table in which
 * wasm-bindgen would keep them stays empty, and its own loader has nothing to do.
 */
const imports = { order, clock, __wbindgen_init_externref_table() {} };

/** Adds a later part to the core, in the same memory. */
export type Extend = (part: Promise<WebAssembly.Module>) => Promise<void>;

/** Fetches and starts the core; gives what adds its later parts to it. */
export async function load({ wasm, wasmIntegrity }: HostOptions): Promise<[core: Core, extend: Extend]> {
  const [core, extend, given] = joint();
  Object.assign(core, await instantiate(fetchPart(wasm ?? new URL("./forebay.wasm", import.meta.url), wasmIntegrity), given));
  core.__wbindgen_start();
  return [core, extend];
}

/** A core that is not there yet, what adds its later parts to it, and what it imports. */
export function joint(): [core: any, extend: Extend, given: any] {
  const core: any = {};
  // What is called and not there yet is asked for, and does nothing this time; the core never needs its answer then.
  const later = new Proxy({}, { get: (_, name: string) => (...args: unknown[]) => core[name] ? core[name](...args) : lack() });
  const kin = part((importing) => importing(() => import("../kin/index.js")), ({ load }) => load(extend));
  const lack = () => void kin();
  const extend: Extend = async (part) => void Object.assign(core, await instantiate(part, { first: core })).admit_kin?.();
  return [core, extend, new Proxy({ later }, { get: (given, part) => (given as any)[part] ?? imports })];
}

/** Compiled as soon as it is there, beside the page. Whatever stands there instead (many hosts answer a page), it is said where. */
export async function fetchPart(url: string | URL, integrity: string | undefined): Promise<WebAssembly.Module> {
  try {
    const response = await fetch(url, { integrity: integrity ?? "" });
    if (!response.ok) throw response.status;
    // Not while it streams: that would fail where a server does not know the media type of WebAssembly.
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${url}: ${error}. Put it there, or configure({ wasm }).`);
  }
}

const instantiate = async (part: Promise<WebAssembly.Module>, imports: any) => ({ ...(await WebAssembly.instantiate(await part, imports)).exports });
