// Faults of the kinds that the harness is there for, planted one at a time into sources of their own. Each names the text
// that it replaces: where that has changed, the fault must be planted anew, and says so.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "../../pkg-template/node_modules/esbuild/lib/main.js";
import { bundlesOf } from "../../pkg-template/bundles.mjs";
import { buildApps } from "./build.mjs";
import { BUILD, PKG } from "./harness.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Builds the package with this fault, and the apps over it. Returns where they are. */
export async function plant({ name, edits }) {
  const root = join(BUILD, name.replace(/\W+/g, "-"));
  rmSync(root, { recursive: true, force: true });
  for (const part of ["pkg-template/src", "src/browser"]) cpSync(join(ROOT, part), join(root, part), { recursive: true });
  for (const [file, from, to] of edits) {
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    if (text.split(from).length !== 2) throw new Error(`plants.mjs: "${name}": ${file} must have this once, so that the fault can be planted: ${from}`);
    writeFileSync(path, text.replace(from, () => to));
  }
  const pkg = join(root, "pkg");
  mkdirSync(pkg, { recursive: true });
  cpSync(PKG, pkg, { recursive: true, filter: (file) => file === PKG || /\.wasm$/.test(file) });
  const { version, peerDependencies } = JSON.parse(readFileSync(join(ROOT, "pkg-template/package.json"), "utf8"));
  await Promise.all(bundlesOf({ root, out: pkg, version, peers: Object.keys(peerDependencies) }).map((bundle) => esbuild.build({ ...bundle, sourcemap: false })));
  const build = join(root, "apps");
  await buildApps(pkg, build);
  return { pkg, build };
}

const DRIVER = "src/browser/driver.js";
const PASSTHROUGH = "pkg-template/src/passthrough/index.ts";
const HUB = "pkg-template/src/runtime/hub.ts";
const SPELLING = "pkg-template/src/runtime/spelling.ts";
const TABS = "pkg-template/src/depot/tabs.ts";
const PARAMS = "pkg-template/src/request/params.ts";
const RENDERED = "pkg-template/src/adapters/rendered.ts";

const DOUBT = "doubt(what: Doubt, items: (string | number)[]): void {";
const IDENTIFY = "identify(id: string | null, interchangeable: boolean): void {";
const NOTIFY = "notify(id: number, body: number, outcome: number): void {";
const SAY = "say(message: Message): void {";

/** What is behind `text` in the fault. */
const behind = (file, text, fault) => [file, text, `${text}\n    ${fault}`];

/**
 * `rules`: what the oracle must say of it. `seed`: where it was seen; it is looked for there first.
 * @type {{ name: string, edits: [file: string, from: string, to: string][], rules: RegExp, seed: number }[]}
 */
export const PLANTS = [
  { name: "what is out of date stays at hand in the runtime", rules: /stale/, seed: 1, edits: [[HUB, "this.spellings.named(request)?.withdraw();", ""]] },
  { name: "a write makes nothing out of date", rules: /stale|back in time/, seed: 1, edits: [behind(HUB, DOUBT, `if (what === "written") return;`)] },
  { name: "a mutation makes nothing out of date", rules: /stale|back in time/, seed: 1, edits: [behind(HUB, DOUBT, `if (what === "mutated") return;`)] },
  { name: "an invalidation makes nothing out of date", rules: /stale|back in time/, seed: 1, edits: [behind(HUB, DOUBT, `if (what === "invalidate") return;`)] },
  { name: "other tabs are not told", rules: /stale|back in time/, seed: 1, edits: [behind(TABS, SAY, `if ("doubt" in message) return;`)] },
  { name: "a token is left out of the key", rules: /token/, seed: 1, edits: [[SPELLING, "headers: [...headers],", `headers: [...headers].filter(([name]) => name !== "authorization"),`]] },
  { name: "a body is left out of the key", rules: /key/, seed: 5, edits: [[SPELLING, `how, body ?? "", ...headers.flat()]`, `how, "", ...headers.flat()]`], [SPELLING, "return JSON.stringify([url, method, headers, body, credentials, told]);", "return JSON.stringify([url, method, headers, credentials, told]);"]] },
  { name: "after another person the browser's own cache is asked", rules: /person|another/, seed: 1, edits: [[DRIVER, `how & 32 || init.cache === "reload" ? "reload" : "no-cache"`, `"no-cache"`]] },
  { name: "a core that comes late takes over what was asked before", rules: /person|another|stale/, seed: 1, edits: [[PASSTHROUGH, "page.early.clear();\n      if", "if"]] },
  { name: "a tenant's header is left out of the key", rules: /tenant/, seed: 1, edits: [[SPELLING, "headers: [...headers],", `headers: [...headers].filter(([name]) => name !== "x-tenant"),`]] },
  { name: "dates are written as they are printed", rules: /key/, seed: 1, edits: [[PARAMS, "(value as Date).toISOString()", "String(value)"]] },
  { name: "the second person is not told to the core", rules: /person|another/, seed: 1, edits: [behind(HUB, IDENTIFY, "if ((this as any).isNamed) return;\n    (this as any).isNamed = true;")] },
  { name: "what a server has rendered is anybody's", rules: /watch/, seed: 1, edits: [[RENDERED, "return person !== undefined && person === digestOf(now ?? null);", "return true;"]] },
  { name: "a watcher is told once", rules: /watch left|watch unsettled/, seed: 1, edits: [behind(HUB, NOTIFY, "if (this.leases.get(id)?.data !== undefined) return;")] },
];
