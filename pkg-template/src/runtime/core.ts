/** Loading the WebAssembly core. */
import type { InitOutput } from "forebay-core";
import type { HostOptions } from "../api.js";
import { clock, order } from "../../../src/browser/driver.js";

/** The core's exports (see `src/bindings`). They take and give numbers only, so no glue stands between. */
export type Core = InitOutput;

/**
 * All that the core imports; the build checks it. No object crosses, so the table in which wasm-bindgen would keep
 * them stays empty, and its own loader has nothing to do.
 */
const imports = { order, clock, __wbindgen_init_externref_table() {} };

/** Fetches and starts the core. */
export async function load({ wasm, wasmIntegrity }: HostOptions): Promise<Core> {
  const response = await fetch(wasm ?? new URL("./forebay.wasm", import.meta.url), { integrity: wasmIntegrity ?? "" });
  if (!response.ok) throw new Error(`${response.url}: ${response.status}. Put forebay.wasm there, or name its place: configure({ wasm: url }).`);
  // Not while it streams: that would fail where a server does not know the media type of WebAssembly.
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), new Proxy({}, { get: () => imports }));
  const core = instance.exports as unknown as Core;
  core.__wbindgen_start();
  return core;
}
