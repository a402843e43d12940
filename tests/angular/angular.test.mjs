// An Angular application's production build, by its own command line: without the core the page says which URL it asked for;
// after what `ng add forebay` does it has it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inEachBrowser } from "../page/harness.mjs";
import { pack, runIn } from "../consumers/projects.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), "forebay-angular-")));
const installed = join(HERE, "node_modules/forebay");
const ng = (...args) => runIn(HERE, process.execPath, [join(HERE, "node_modules/@angular/cli/bin/ng.js"), ...args]);

before(async () => {
  const tarball = await pack(join(work, "tarball"));
  await rm(installed, { recursive: true, force: true });
  await mkdir(installed);
  await promisify(execFile)("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"]);
  await cp(join(HERE, "project/angular.json"), join(HERE, "angular.json"));
  await ng("build", "--base-href=/before/");
  await cp(join(HERE, "dist/browser"), join(work, "before"), { recursive: true });
  // What `ng add` does once it has installed the package.
  await ng("generate", "forebay:ng-add");
  await ng("build", "--base-href=/after/");
  await cp(join(HERE, "dist/browser"), join(work, "after"), { recursive: true });
}, { timeout: 600_000 });

after(async () => {
  for (const path of [work, join(HERE, "angular.json"), join(HERE, "dist"), join(HERE, ".angular")]) await rm(path, { recursive: true, force: true });
});

inEachBrowser((world) => {
  async function opened(build) {
    world.server.on("/api/visits", ({ hit }) => ({ json: { hit } }));
    const tab = await world.open(`/${build}/index.html`);
    await tab.evaluate(async () => {
      while (!document.body.dataset.mode || document.querySelector("p")?.textContent === "…") await new Promise((over) => setTimeout(over, 10));
    });
    return { mode: await tab.evaluate(() => document.body.dataset.mode), shown: await tab.evaluate(() => document.querySelector("p").textContent), warnings: tab.warnings };
  }

  test("as it was, the page passes through, and says what it asked for", async () => {
    const { mode, shown, warnings } = await opened("before");
    assert.deepEqual({ mode, shown }, { mode: "pass-through", shown: "1" });
    assert.match(warnings.join("\n"), /forebay\.wasm: 404\. Put it there/);
  });

  test("after `ng add` it is shared", async () => {
    assert.ok((await readdir(join(work, "after"))).includes("forebay.wasm"));
    const { mode, shown, warnings } = await opened("after");
    assert.deepEqual({ mode, shown, warnings }, { mode: "shared", shown: "1", warnings: [] });
  });
}, { files: { "/before/": join(work, "before"), "/after/": join(work, "after") } });
