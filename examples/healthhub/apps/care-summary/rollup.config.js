import { cpSync } from "node:fs";
import resolve from "@rollup/plugin-node-resolve";

export default {
  input: "src/main.js",
  output: { dir: "dist", format: "es", entryFileNames: "main.js", sourcemap: true },
  plugins: [
    resolve({ browser: true }),
    {
      // Rollup leaves `new URL("./forebay.wasm", import.meta.url)` as it is: the parts of the core have to be beside the runtime.
      name: "core-beside",
      writeBundle: () => ["forebay", "graphql", "depot", "kin", "inspect"].forEach((part) => cpSync(`node_modules/forebay/${part}.wasm`, `dist/${part}.wasm`)),
    },
  ],
};
