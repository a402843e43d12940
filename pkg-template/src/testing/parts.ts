/** The core and its parts, as bytes in the bundle: tests run where no file can be asked for. */
import forebay from "forebay-wasm/forebay.wasm";
import graphql from "forebay-wasm/graphql.wasm";
import inspect from "forebay-wasm/inspect.wasm";
import kin from "forebay-wasm/kin.wasm";

/** Where they are asked for. The bundler says so in the place of `import.meta.url`. */
export const PARTS = FOREBAY_PARTS;

export const parts: Record<string, Uint8Array<ArrayBuffer>> = { "forebay.wasm": forebay, "graphql.wasm": graphql, "inspect.wasm": inspect, "kin.wasm": kin };
