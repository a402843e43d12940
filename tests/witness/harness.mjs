// Plays histories and tells what they broke.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "../page/harness.mjs";
import { buildApps } from "./build.mjs";
import { historyOf } from "./history.mjs";
import { violations } from "./oracle.mjs";
import { startWitnessServer } from "./server.mjs";
import { shrink, written } from "./shrink.mjs";
import { World } from "./world.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
export const PKG = process.env.WITNESS_PKG ?? join(HERE, "../../pkg");
export const BUILD = join(HERE, "build");

/** A page that does not carry a step out within so long never will. */
const HANGS_MS = 60_000;

/** A browser, a server, and the apps over the package that lies in `pkg`. */
export class Harness {
  static async start(engine, { pkg = PKG, build = join(BUILD, "apps"), isBuilt = false } = {}) {
    const harness = new Harness();
    if (!isBuilt) await buildApps(pkg, build);
    harness.server = await startWitnessServer(() => [build, pkg]);
    harness.engine = engine;
    await harness.#open();
    return harness;
  }

  async #open() {
    this.browser = await launch(this.engine, { protocolTimeout: HANGS_MS });
    this.world = new World(this.browser, this.server, this.engine);
  }

  /** @returns what a history broke; nothing: none of it. */
  async play(steps, seed) {
    try {
      return violations(await this.world.play(steps, seed));
    } catch (error) {
      const { at, doing } = this.world;
      // A page that does not come to itself any more takes its browser along.
      await this.browser.close().catch(() => {});
      await this.#open();
      return [{ rule: "hung", step: at, detail: `${error.message}; at step ${at}: ${JSON.stringify(doing)}`, evidence: {} }];
    }
  }

  /** Plays histories of these seeds until one breaks something. `isWanted`: which violations count. */
  async search(seeds, { length = 100, isWanted = () => true, onPlayed } = {}) {
    for (const seed of seeds) {
      const steps = historyOf(seed, length);
      const found = (await this.play(steps, seed)).filter(isWanted);
      onPlayed?.(seed, found);
      if (found.length) return { seed, steps, found };
    }
    return undefined;
  }

  /** The same with as few steps as the time allows. What was seen is tried more than once: browsers are not as deterministic as we. */
  async shrunk({ seed, steps, found }, ms = 60_000) {
    const { rule } = found[0];
    let last = found.filter((one) => one.rule === rule);
    const fails = async (less) => {
      const again = (await this.play(less, seed)).filter((one) => one.rule === rule);
      if (again.length) last = again;
      return again.length > 0;
    };
    const less = await shrink(steps, fails, { until: Date.now() + ms });
    return { seed, steps: less, found: last };
  }

  async close() {
    await this.browser?.close();
    await this.server?.close();
  }
}

/** What a developer needs: how to play it again, what it takes, and what was seen. */
export function reportOf({ seed, steps, found }, engine) {
  const [first] = found;
  return [
    `${first.rule}: ${first.detail}`,
    `again: node tests/witness/run.mjs --engine ${engine} --seeds ${seed} --shrink`,
    `${steps.length} steps:`, written(steps),
    "evidence:", ...found.slice(0, 3).map((one) => "  " + JSON.stringify({ rule: one.rule, id: one.id, tab: one.tab, detail: one.detail, ...one.evidence })),
  ].join("\n");
}

export const removeBuilds = () => rmSync(BUILD, { recursive: true, force: true });
