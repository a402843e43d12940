// Under Vitest; see `runs.mjs`.
import { test } from "node:test";
import { check, PROJECT, ran, vitest } from "./runs.mjs";

for (const environment of ["jsdom", "happy-dom"]) {
  test(`Vitest in ${environment}`, async () => check(await ran(PROJECT, vitest, { ENVIRONMENT: environment })));
}

test("Vitest, where the package is resolved as for a page", async () => check(await ran(PROJECT, vitest, { ENVIRONMENT: "jsdom", INLINE: "1" })));
