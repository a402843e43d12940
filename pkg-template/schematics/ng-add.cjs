// `ng add forebay`: Angular's builder leaves `new URL("./forebay.wasm", import.meta.url)` as it is and copies nothing, so the core is
// named among the assets, beside the scripts that ask for it. Plain JavaScript, without dependencies.
"use strict";

/** What leaves such URLs alone. webpack, which the older builder is made of, does not. */
const BUILDERS = /^@angular\/build:application$|^@angular-devkit\/build-angular:(application|browser-esbuild)$/;
const ASSET = { glob: "*.wasm", input: "node_modules/forebay", output: "/" };
const WORKSPACE = "/angular.json";

/** JSON with comments and trailing commas, as Angular reads it. */
function parsed(text) {
  const plain = text.replace(/("(?:\\.|[^"\\])*")|\/\/[^\n]*|\/\*[^]*?\*\//g, (_, string) => string ?? "");
  return JSON.parse(plain.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[}\]])/g, (_, string) => string ?? ""));
}

const isOurs = (asset) => typeof asset === "object" && /(^|\/)node_modules\/forebay\/?$/.test(asset.input);

exports.default = ({ project } = {}) => (tree, context) => {
  const file = tree.read(WORKSPACE);
  if (!file) throw new Error(`There is no ${WORKSPACE.slice(1)} here: run this in an Angular workspace.`);
  const workspace = parsed(file.toString());
  if (project && !workspace.projects?.[project]) throw new Error(`There is no project "${project}" in angular.json; there are ${Object.keys(workspace.projects ?? {}).join(", ")}.`);
  const added = [];
  for (const [name, { architect, targets, projectType }] of Object.entries(workspace.projects ?? {})) {
    if (project ? name !== project : projectType === "library") continue;
    for (const [target, { builder, options = {} }] of Object.entries(architect ?? targets ?? {})) {
      if (!BUILDERS.test(builder) || options.assets?.some(isOurs)) continue;
      (architect ?? targets)[target].options = { ...options, assets: [...(options.assets ?? []), ASSET] };
      added.push(`${name}:${target}`);
    }
  }
  if (!added.length) {
    context.logger.info("Forebay: nothing to change in angular.json.");
    return tree;
  }
  const indent = /^[ \t]+/m.exec(file.toString())?.[0] ?? "  ";
  tree.overwrite(WORKSPACE, `${JSON.stringify(workspace, null, indent)}\n`);
  context.logger.info(`Forebay: its core is put beside the scripts of ${added.join(", ")}.`);
  return tree;
};
