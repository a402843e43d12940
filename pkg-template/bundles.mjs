// Which files the package's scripts are bundled into, as esbuild is told: for the build, and for tests that build them from sources of their own.
import { join, resolve } from "node:path";

/** Parts that are loaded when they are first needed, each a file of its own. */
export const LATER = ["depot", "exclusive", "flag", "graphql", "inspect", "kin", "passthrough", "programs", "ranking", "request", "route", "signed"];
/** Parts that apps import themselves, by their subpaths; what else these load is the package's. */
export const SUBPATHS = {
  decisions: "decisions/index", link: "link/index", refetch: "refetch/index", routes: "route/follow",
  "angular-http": "dropins/angular-http", apollo: "dropins/apollo", axios: "dropins/axios", "graphql-fetch": "dropins/graphql", install: "dropins/install", swr: "dropins/swr", tanstack: "dropins/tanstack", urql: "dropins/urql",
  angular: "adapters/angular", lit: "adapters/lit", react: "adapters/react", svelte: "adapters/svelte", vue: "adapters/vue",
  ...Object.fromEntries(["angular", "lit", "react", "svelte", "vue"].map((name) => [`${name}-pages`, `adapters/${name}-pages`])),
};

/**
 * The options of each bundle.
 * @param {{ root: string, out: string, version: string, peers: readonly string[] }} where `root` has `pkg-template/src` and `src/browser`; `peers` are
 *   the packages that users of adapters and drop-ins have
 */
export function bundlesOf({ root, out, version, peers }) {
  const { sources, common } = of(root, version);
  const runtime = join(sources, "runtime/index.ts");
  /** A part that is loaded when it is first needed. */
  const later = (name) => apart(join(sources, name, "index.ts"), `./${name}.js`);
  const esm = { ...common, format: "esm" };
  const external = withinReach(peers);
  const inject = [join(sources, "runtime/plain.ts")];
  return [
    { ...esm, inject, entryPoints: [join(sources, "stub/index.ts")], outfile: join(out, "index.js"), plugins: [apart(runtime, "./runtime.js"), ...LATER.map(later)] },
    { ...esm, inject, entryPoints: [runtime], outfile: join(out, "runtime.js"), plugins: LATER.map(later) },
    ...LATER.map((name) => ({ ...esm, inject, entryPoints: [join(sources, name, "index.ts")], outfile: join(out, `${name}.js`), plugins: LATER.map(later) })),
    ...Object.entries(SUBPATHS).map(([name, source]) => ({ ...esm, entryPoints: [join(sources, `${source}.ts`)], outfile: join(out, `${name}.js`), external, plugins: [...[...LATER, "refetch"].map(later), beside(name)] })),
    { ...esm, entryPoints: [join(sources, "node.ts")], outfile: join(out, "node.js"), platform: "node", target: "node20" },
    {
      // A classic script has no `import.meta`; the file named in `inject` knows its URL all the same.
      ...common, format: "iife", entryPoints: [join(sources, "script.ts")], outfile: join(out, "forebay.js"),
      define: { ...common.define, "import.meta.url": "forebayScriptUrl" }, inject: [...inject, join(sources, "script-url.ts")],
    },
  ];
}

/**
 * What is only for Node and for tests: all that may be imported as CommonJS, as Jest does by itself, each with all its parts in
 * it; and the test's broker with its core, both ways. `wasm`: where the core's parts lie.
 */
export function bundlesForTests({ root, out, version, peers, wasm }) {
  const { sources, common } = of(root, version);
  const plain = { ...common, minify: true, sourcemap: false, platform: "node", target: "node20", external: withinReach(peers) };
  // Where the files of pages lie.
  const banner = { js: 'const forebayUrl=require("node:url").pathToFileURL(require("node:path").join(__dirname,"..","_"));' };
  const cjs = { ...plain, format: "cjs", define: { ...common.define, "import.meta.url": "forebayUrl" } };
  const parts = '"https://forebay.invalid/"';
  const testing = {
    ...plain, platform: "browser", target: "es2022", entryPoints: [join(sources, "testing/index.ts")], inject: [join(sources, "testing/place.ts")],
    loader: { ".wasm": "binary" }, define: { ...common.define, "import.meta.url": parts, FOREBAY_PARTS: parts }, alias: { "forebay-wasm": wasm },
  };
  return [
    { ...cjs, entryPoints: [join(sources, "node.ts")], outfile: join(out, "cjs/node.js") },
    ...Object.entries(SUBPATHS).map(([name, source]) => ({
      ...cjs, entryPoints: [join(sources, `${source}.ts`)], outfile: join(out, `cjs/${name}.js`), plugins: [beside(name)], ...(name === "decisions" && { banner }),
    })),
    { ...testing, format: "esm", outfile: join(out, "testing/index.js") },
    { ...testing, format: "cjs", outfile: join(out, "cjs/testing.js") },
  ];
}

function of(root, version) {
  const sources = join(root, "pkg-template/src");
  const common = {
    bundle: true,
    // Not white space, with which it would take what bundlers are told of an import; what goes over it afterwards does that.
    minifySyntax: true,
    minifyIdentifiers: true,
    sourcemap: true,
    target: "es2022",
    legalComments: "none",
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } }, // not the file: its `paths` name declarations
    absWorkingDir: root,
    define: { FOREBAY_VERSION: JSON.stringify(version) },
    logLevel: "warning",
    metafile: true,
  };
  return { sources, common };
}

/** Whoever uses an adapter has its framework. */
const withinReach = (peers) => peers.flatMap((name) => [name, `${name}/*`]);

/** Keeps a dynamic import an import of a file of its own: apps carry the stub, the page one runtime and what else it needs. */
function apart(apart, path) {
  return {
    name: "apart",
    setup(build) {
      build.onResolve({ filter: /\/index\.js$/ }, ({ kind, path: asked, resolveDir }) => {
        const source = resolve(resolveDir, asked).replace(/\.js$/, ".ts");
        return kind === "dynamic-import" && source === apart ? { path, external: true } : undefined;
      });
    },
  };
}

/** What adds to a subpath (`react-pages`) takes the rest from that one's file: an app has one of each. */
function beside(name) {
  const first = name.replace(/-pages$/, "");
  return {
    name: "beside",
    setup(build) {
      if (first !== name) build.onResolve({ filter: new RegExp(`^\\./${first}\\.js$`) }, ({ path }) => ({ path, external: true }));
    },
  };
}
