// Under Jest; see `runs.mjs`.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runIn } from "../consumers/projects.mjs";
import { asModules, check, HERE, jest, PROJECT, ran } from "./runs.mjs";

test("Jest by its defaults, in jsdom", async () => check(await ran(PROJECT, jest("jsdom"))));

test("Jest with modules, in jsdom", async () => check(await ran(asModules, jest("jsdom"), { NODE_OPTIONS: "--experimental-vm-modules --no-warnings" })));

test("Jest without a page: `require` gets what Node's `import` gets", async () => {
  const directory = await mkdtemp(join(HERE, "modules-"));
  try {
    await writeFile(join(directory, "package.json"), JSON.stringify({ name: "node", private: true }));
    await writeFile(join(directory, "node.spec.js"), `
      const { connect, ready } = require("forebay");
      const { testing } = require("forebay/testing");
      test("a server's code", async () => {
        const { server } = testing({ "/api/a": { a: 1 } });
        expect(await connect({ app: "server" }).json("/api/a")).toEqual({ a: 1 });
        expect(await ready()).toBe("shared");
        expect(server.calls.length).toBe(1);
      });
    `);
    assert.equal((await ran(directory, jest("node"))).passed, 1);
    assert.equal(await runIn(directory, process.execPath, ["-e", 'const { connect } = require("forebay"); console.log(typeof connect({ app: "a" }).json, typeof require("forebay/react").useForebay)']), "function function\n");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
