// Runs the store's sources in tabs, for its tests.
import { fileURLToPath } from "node:url";

/** Where the sources are, and where the server of these tests has them. */
export const SOURCES = new URL("../../src/browser/", import.meta.url);
export const SERVED = { files: { "/browser/": fileURLToPath(new URL("../../src/browser", import.meta.url)) } };

/** Runs in the page: `source` sees the exports of `store-page.mjs`, and `given`. */
export function run(tab, source, given) {
  return tab.evaluate(
    async (source, given) => {
      const helpers = await import("/tests/page/store-page.mjs");
      const AsyncFunction = (async () => {}).constructor;
      return new AsyncFunction(...Object.keys(helpers), "given", source)(...Object.values(helpers), given);
    },
    source, given,
  );
}
