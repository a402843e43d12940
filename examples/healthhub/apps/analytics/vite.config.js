import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

export default defineConfig({
  // The entry is imported by the host, which links no style sheets of apps: styles come with the component.
  plugins: [svelte({ configFile: false, compilerOptions: { css: "injected" } })],
  base: "./", // chunks and the core are found beside the entry, wherever the host serves it from
  build: {
    target: "es2022",
    sourcemap: true,
    modulePreload: false,
    rollupOptions: {
      input: "src/main.js",
      preserveEntrySignatures: "strict", // the host calls what the entry exports
      output: { entryFileNames: "main.js" },
    },
  },
});
