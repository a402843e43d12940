// For bundlers: each build emits the app's fragment beside its output, so that it is published with the app.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createUnplugin } from "unplugin";
import { lacking } from "./core.js";
import { heard } from "./host.js";
import { run } from "./run.js";

const NAME = "forebay.fragment.json";

/** What the sources say, and what is wrong with them. A failure of the analyzer's own is one remark more, and no fragment. */
function read(root, { schema, types }) {
  // With other tools' caches: what has not changed is not read again.
  const out = join(root, "node_modules/.cache/forebay", `unplugin.${NAME}`);
  const remarks = [];
  const words = ["-o", out, "--quiet", ...(schema ? ["--schema", schema] : []), ...(types ? ["--types", types] : [])];
  try {
    heard({ say() {}, note: (line) => remarks.push(line) }, () => run("analyze", root, words));
    return { text: readFileSync(out, "utf8"), remarks };
  } catch (error) {
    return { text: undefined, remarks: [...remarks, `${NAME} could not be made: ${error}`] };
  }
}

export const plugin = createUnplugin((options = {}) => {
  let { root } = options;
  const fileName = options.fileName ?? NAME;
  // What the bundler does not read itself, and the fragment depends on.
  const besides = () => [join(root, "forebay.config.json"), ...(options.schema ? [join(root, options.schema)] : [])];

  /** webpack and Rspack: assets are added at their own stage. */
  function inCompiler(compiler) {
    root ??= compiler.context;
    compiler.hooks.thisCompilation.tap("forebay", (compilation) => {
      const { Compilation, WebpackError, sources } = compiler.webpack ?? compiler.rspack;
      compilation.hooks.processAssets.tap({ name: "forebay", stage: Compilation.PROCESS_ASSETS_STAGE_ADDITIONAL }, () => {
        const { text, remarks } = read(root, options);
        for (const remark of remarks) compilation[options.strict ? "errors" : "warnings"].push(new WebpackError(remark));
        if (text !== undefined) compilation.emitAsset(fileName, new sources.RawSource(text));
        for (const file of besides()) compilation.fileDependencies.add(file);
      });
      compilation.hooks.processAssets.tap({ name: "forebay", stage: Compilation.PROCESS_ASSETS_STAGE_REPORT }, (assets) => {
        const texts = Object.entries(assets).map(([name, source]) => [name, () => String(source.source())]);
        for (const remark of found(texts, compiler.outputPath)) compilation.warnings.push(new WebpackError(remark));
      });
    });
  }

  /** What pages will ask for and nobody has put out; nothing where the host has said that it serves it itself. */
  const found = (texts, directory) => (options.core === false ? [] : lacking(texts, directory));

  /** When all is written, others' copies too. */
  const written = {
    order: "post",
    handler(output, bundle) {
      const texts = Object.entries(bundle).map(([name, { code }]) => [name, () => code ?? ""]);
      for (const remark of found(texts, output.dir ?? dirname(output.file ?? "."))) this.warn(remark);
    },
  };

  function inEsbuild(build) {
    const options = build.initialOptions;
    root ??= options.absWorkingDir ?? process.cwd();
    options.metafile = true;
    build.onEnd(({ metafile, outputFiles }) => {
      const directory = options.absWorkingDir ?? process.cwd();
      const texts = Object.keys(metafile?.outputs ?? {}).map((name) => {
        const file = outputFiles?.find(({ path }) => path === join(directory, name));
        return [name, () => file?.text ?? readFileSync(join(directory, name), "utf8")];
      });
      return { warnings: found(texts, directory).map((text) => ({ text, pluginName: "forebay" })) };
    });
  }

  return {
    name: "forebay",
    vite: { apply: "build", configResolved: (config) => void (root ??= config.root), writeBundle: written },
    rollup: { writeBundle: written },
    esbuild: { setup: inEsbuild },
    webpack: inCompiler,
    rspack: inCompiler,
    buildStart() {
      // The compilers have their own way.
      const { framework } = this.getNativeBuildContext?.() ?? {};
      if (framework === "webpack" || framework === "rspack") return;
      root ??= process.cwd();
      const { text, remarks } = read(root, options);
      for (const remark of remarks) options.strict ? this.error(remark) : this.warn(remark);
      if (text !== undefined) this.emitFile({ type: "asset", fileName, source: text });
      // esbuild watches what it has read itself, and nothing else.
      if (framework !== "esbuild") for (const file of besides()) this.addWatchFile(file);
    },
  };
});

export const { vite, rollup, webpack, rspack, esbuild } = plugin;
export default plugin;
