/** For bundlers: each build emits the app's `forebay.fragment.json`, so that it is published with the app. */
import type { UnpluginInstance } from "unplugin";

export interface Options {
  /** The app's directory; default: the bundler's root. */
  root?: string;
  /** A schema to check operations against, seen from there: SDL, or the JSON of an introspection. */
  schema?: string;
  /** Where TypeScript's types of the operations go; needs a schema. */
  types?: string;
  /** Default `forebay.fragment.json`, in the output directory. */
  fileName?: string;
  /** `false`: the core is served from elsewhere (`configure({ wasm })`), or is put there later. Default: where it is missing is a warning. */
  core?: boolean;
  /** `true`: what is wrong with an operation fails the build. Default: it is a warning. */
  strict?: boolean;
}

export declare const plugin: UnpluginInstance<Options | undefined, false>;
export declare const vite: typeof plugin.vite;
export declare const rollup: typeof plugin.rollup;
export declare const webpack: typeof plugin.webpack;
export declare const rspack: typeof plugin.rspack;
export declare const esbuild: typeof plugin.esbuild;
export default plugin;
