/** Loading the WebAssembly core. */
import type { InitOutput } from "forebay-core";
import type { HostOptions } from "../api.js";
import { clock, order } from "../../../src/browser/driver.js";

/** The core's exports (see `src/bindings`). They take and give numbers only, so no glue stands between. */
export type Core = InitOutput;

/** What the core imports: the driver's two functions, and a table for handles, of which it has none. */
const IMPORTS: Record<string, Function> = { clock, order, __wbindgen_init_externref_table() {} };

/** Fetches, compiles and starts the core. */
export async function load({ wasm, wasmIntegrity }: HostOptions): Promise<Core> {
  const url = wasm ?? new URL("./forebay.wasm", import.meta.url);
  const response = await fetch(url, wasmIntegrity ? { integrity: wasmIntegrity } : undefined);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}. Put forebay.wasm there, or configure({ wasm: url }).`);
  // Whatever type the server calls it: compiling while it arrives would save less than a millisecond.
  const module = await WebAssembly.compile(await response.arrayBuffer());
  const imports: WebAssembly.Imports = {};
  for (const { module: from } of WebAssembly.Module.imports(module)) imports[from] = IMPORTS as WebAssembly.ModuleImports;
  const core = (await WebAssembly.instantiate(module, imports)).exports as unknown as Core;
  core.__wbindgen_start();
  return core;
}
