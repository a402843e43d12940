/** The package's version, put in by the build. */
declare const FOREBAY_VERSION: string;
/** Where the test broker's parts are asked for. */
declare const FOREBAY_PARTS: string;
/** A module of WebAssembly as bytes; only in what is for tests. */
declare module "forebay-wasm/*" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
