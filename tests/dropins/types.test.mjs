// The drop-ins' declarations beside those of the libraries that they go under, as a user's compiler reads them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

test("each drop-in fits where its library's own part stands", () => {
  rmSync(path("node_modules/forebay"), { force: true });
  symlinkSync(path("../../pkg"), path("node_modules/forebay"), "junction");
  const { stdout, status } = spawnSync(path("../../pkg-template/node_modules/.bin/tsc"), ["-p", path("types")], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
