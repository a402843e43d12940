import { fileURLToPath } from "node:url";

export default {
  mode: "production",
  context: fileURLToPath(new URL(".", import.meta.url)),
  entry: "./src/main.jsx",
  devtool: "source-map",
  target: ["web", "es2022"],
  experiments: { outputModule: true },
  // The entry is an ES module that the host imports; chunks and the core are found beside it.
  output: { filename: "main.js", chunkFilename: "[name].[contenthash:8].js", module: true, library: { type: "module" }, publicPath: "auto" },
  module: {
    rules: [
      { test: /\.jsx$/, loader: "esbuild-loader", options: { target: "es2022", jsx: "automatic" } },
      { test: /\.css$/, type: "asset/source" },
    ],
  },
  resolve: { symlinks: false }, // the package is linked from the checkout, and React is here
  performance: { hints: false }, // react-dom alone is above webpack's default
};
