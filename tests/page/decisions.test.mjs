// The example of decisions, in real tabs: what it shows, and what it shows when its files are not what they must be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inEachBrowser } from "./harness.mjs";

const EXAMPLE = fileURLToPath(new URL("../../examples/decisions", import.meta.url));

inEachBrowser((world) => {
  const texts = (tab, selector) => tab.$$eval(selector, (found) => found.map((element) => element.innerText.replaceAll(/\s+/g, " ").trim()));

  test("it ranks and learns, filters while one types, and masks by role", async () => {
    const tab = await world.open("/example/index.html");
    await tab.waitForSelector("#staff tr");
    assert.equal(await tab.$eval("#problem", ({ hidden }) => hidden), true);

    const before = await texts(tab, "#notices li");
    assert.equal(before.length, 8);
    for (const line of before) assert.match(line, /its (age|type|priority) (raises|lowers) it/);
    for (let click = 0; click < 30; click += 1) await tab.$eval("#notices li:first-child button:last-child", (button) => button.click());
    assert.notDeepEqual(await texts(tab, "#notices li"), before);
    await tab.$eval("#forget", (button) => button.click());
    assert.deepEqual(await texts(tab, "#notices li"), before);

    assert.match(await tab.$eval("#summary", ({ innerText }) => innerText), /^10000 rows/);
    await tab.type("#title", "KNEE");
    for (const line of await texts(tab, "#rows tr")) assert.match(line, /knee/);
    assert.match(await tab.$eval("#summary", ({ innerText }) => innerText), /^2\d\d\d rows/);

    const staff = async (role) => {
      await tab.select("#role", role);
      return (await texts(tab, "#staff tr")).map((line) => line.split(" ").slice(2)); // ward, phone, salary
    };
    const [nurse, manager, payroll] = [await staff(""), await staff("manager"), await staff("payroll")];
    assert.deepEqual([nurse, manager, payroll].map(({ length }) => length), [6, 9, 9]);
    assert.ok(nurse.every(([ward, phone, salary]) => ward === "A" && phone !== "–" && salary === "–"));
    assert.ok(manager.every(([ward, , salary]) => ward !== "board" && salary === "–"));
    assert.ok(payroll.every(([ward, phone, salary]) => (phone === "–") === (ward !== "A") && salary !== "–"));
    assert.deepEqual(tab.errors, []);
  });

  test("policies that were changed on the way show nobody, and without its model the example still ranks", async () => {
    for (const file of ["staff.fbpt", "inbox.forebay"]) world.server.on(`/example/${file}`, () => ({ body: "something else" }));
    const tab = await world.open("/example/index.html");
    await tab.waitForFunction(() => !document.querySelector("#problem").hidden);
    assert.match(await tab.$eval("#problem", ({ innerText }) => innerText), /SHA-256/);
    assert.deepEqual(await texts(tab, "#staff tr"), []);
    assert.equal((await texts(tab, "#notices li")).length, 8);
    assert.deepEqual(tab.errors, []);
  });
}, { files: { "/example/": EXAMPLE } });
