// Whether a build has put out the core where its scripts will ask for it.
import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";

const PARTS = "forebay|depot|graphql|inspect|kin|decisions|programs|ranking";

/**
 * What is asked for beside a script of this build and does not lie there, in words. A bundler that knows `new URL(…, import.meta.url)`
 * has put another address in its place; one that does not has left it as it was.
 * @param {[name: string, text: () => string][]} outputs
 * @param {string} directory of the outputs
 */
export function lacking(outputs, directory) {
  const names = new Set(outputs.map(([name]) => posix.normalize(name)));
  const missing = new Map();
  for (const [name, text] of outputs) {
    if (!/\.m?js$/.test(name)) continue;
    for (const [, part] of text().matchAll(new RegExp(`["'\`]\\./((?:${PARTS})\\.wasm)["'\`]`, "g"))) {
      const place = posix.join(posix.dirname(name), part);
      if (names.has(place) || existsSync(join(directory, dirname(name), part))) continue;
      missing.set(part, posix.dirname(name));
    }
  }
  if (!missing.size) return [];
  const parts = [...missing.keys()].sort();
  const where = [...new Set(missing.values())].map((place) => (place === "." ? "the output's own folder" : place)).join(", ");
  return [
    `${parts.join(", ")}: not in the output, and asked for beside its scripts (${where}). Without forebay.wasm every page passes through as plain fetch. Copy node_modules/forebay/*.wasm there, or serve them elsewhere, configure({ wasm }), and give this plugin { core: false }.`,
  ];
}
