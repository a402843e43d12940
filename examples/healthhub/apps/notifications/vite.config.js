import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [vue()],
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
