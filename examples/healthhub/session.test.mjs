// The example in real browsers: the session both ways, counted by the server, and what a person relies on.
//
// BROWSERS=chromium runs one engine only; CHROME and FIREFOX name other binaries than the usual ones.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, reschedule, runSessions, settle, table } from "./session.mjs";
import { startServer } from "./server/index.mjs";

/** Three sessions: a plain one, one in which the person goes back, one in which a visit is moved. */
const SESSIONS = 3;
const SEED = 5;

for (const engine of process.env.BROWSERS?.split(",") ?? ["chromium", "firefox"]) {
  describe(engine, () => {
    let server;
    let browser;
    before(async () => {
      server = await startServer();
      browser = await launch(engine);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    /** Runs `inside` with a page of a fresh profile, and fails if the page threw. */
    const withPage = async (inside) => {
      const profile = await browser.createBrowserContext();
      try {
        const page = await profile.newPage();
        page.setDefaultTimeout(15_000);
        const errors = [];
        page.on("pageerror", (error) => errors.push(String(error.message)));
        await inside(page);
        assert.deepEqual(errors, []);
      } finally {
        await profile.close();
      }
    };
    const textOf = (page, selector) => page.evaluate((name) => document.querySelector(name).textContent.trim(), selector);

    test("REST: every duplicate of the session is merged, however it is spelled", async (t) => {
      const results = await runSessions({ browser, url: server.url, api: "rest", sessions: SESSIONS, seed: SEED });
      t.diagnostic(`${SESSIONS} sessions, REST\n${table(results)}`);
      const { off, on } = results;
      assert.ok(on.rescheduled > 0 && on.wentBack > 0, "none of the sessions reschedules, or none goes back");
      off.each.forEach((without, n) => {
        const { byResource, rescheduled, operations } = on.each[n];
        const moved = Number(rescheduled);
        assert.deepEqual(byResource, { viewer: 1, patient: 1, visits: 1 + moved, ...(moved && { reschedule: 1 }) }, `session ${n}`);
        assert.ok(operations < without.operations);
      });
    });

    test("GraphQL: the scenario's documents, never more often than without", async (t) => {
      const results = await runSessions({ browser, url: server.url, api: "graphql", sessions: SESSIONS, seed: SEED });
      t.diagnostic(`${SESSIONS} sessions, GraphQL\n${table(results)}`);
      const { off, on } = results;
      // Nothing is kept between apps without Forebay: 9 reads, 2 more after a move, 2 more on the way back.
      off.each.forEach(({ reads, rescheduled, wentBack }) => assert.equal(reads, 9 + 2 * rescheduled + 2 * wentBack));
      off.each.forEach(({ operations }, n) => assert.ok(on.each[n].operations <= operations));
    });

    test("the page walks the session both ways itself, each from an empty cache", () => withPage(async (page) => {
      await page.goto(`${server.url}/dashboard?forebay=on&api=rest`);
      await settle(page, ["shell-header", "notifications", "analytics"]);
      await page.evaluate(() => document.querySelector("#network button").click());
      await page.waitForFunction(() => document.querySelector("#network button")?.textContent === "Walk it again");
      const rows = () => page.evaluate(() => Object.fromEntries(
        [...document.querySelectorAll(".network-table tbody tr")].map(({ cells: [name, ...counts] }) => [name.textContent, counts.map((count) => Number(count.textContent))]),
      ));
      await page.waitForFunction(() => document.querySelector(".network-table tfoot td:last-child").textContent === "3");
      assert.deepEqual(await rows(), { Person: [3, 1], Patient: [2, 1], Visits: [2, 1] });
    }));

    for (const forebay of ["off", "on"]) {
      test(`a moved visit is seen by all who show it (Forebay ${forebay})`, () => withPage(async (page) => {
        await page.goto(`${server.url}/appointments?forebay=${forebay}&api=rest`);
        await settle(page, ["schedule", "analytics"]);
        const shown = () => page.evaluate(() => [...document.querySelectorAll("hh-schedule tbody tr")].map((row) => row.textContent).join("\n"));
        const before = await shown();
        await reschedule(page);
        assert.notEqual(await shown(), before);
      }));

      test(`after another person has signed in nothing of the first is shown (Forebay ${forebay})`, () => withPage(async (page) => {
        await page.goto(`${server.url}/dashboard?forebay=${forebay}`);
        await settle(page, ["shell-header", "notifications", "analytics"]);
        assert.equal(await textOf(page, ".shell-header strong"), "Ines Calder");
        await page.evaluate(() => document.querySelector(".shell-header button").click());
        await page.waitForSelector("#gate:not([hidden]) .person");
        await page.evaluate(() => document.querySelectorAll(".person")[1].click());
        await page.waitForSelector(".shell-header strong");
        await settle(page, ["shell-header", "notifications", "analytics"]);
        assert.equal(await textOf(page, ".shell-header strong"), "Tomas Reyl");
        const inbox = await textOf(page, ".inbox");
        assert.match(inbox, /Vaccination record incomplete/);
        assert.doesNotMatch(inbox, /Potassium/);
      }));
    }

    test("without the core every app still has its data", () => withPage(async (page) => {
      await page.setRequestInterception(true);
      page.on("request", (request) => (request.url().endsWith(".wasm") ? request.abort() : request.continue()));
      await page.goto(`${server.url}/patient/p-1103?forebay=on&api=rest`);
      await settle(page, ["shell-header", "patient-profile", "care-summary", "analytics"]);
      assert.equal(await textOf(page, ".profile h2"), "Priya Venkataraman");
      await page.waitForFunction(() => document.querySelector(".network-mode").textContent.includes("could not start"));
    }));

    test("an app that cannot be loaded leaves the others alone, and can be tried again", () => withPage(async (page) => {
      let broken = true;
      await page.setRequestInterception(true);
      page.on("request", (request) => (broken && request.url().includes("/apps/patient-profile/") ? request.abort() : request.continue()));
      await page.goto(`${server.url}/patient/p-1103?forebay=on`);
      await page.waitForSelector("[data-app=patient-profile][data-state=failed] button");
      await settle(page, ["shell-header", "care-summary", "analytics"]);
      broken = false;
      await page.evaluate(() => document.querySelector("[data-app=patient-profile] button").click());
      await settle(page, ["patient-profile"]);
      assert.equal(await textOf(page, ".profile h2"), "Priya Venkataraman");
    }));

    test("the browser's buttons go through the routes", () => withPage(async (page) => {
      await page.goto(`${server.url}/dashboard`);
      await settle(page, ["notifications"]);
      await page.evaluate(() => document.querySelector('a[href="/patient/p-1077"]').click());
      await settle(page, ["patient-profile"]);
      assert.equal(await textOf(page, ".profile h2"), "Jonas Adeyemi");
      await page.evaluate(() => history.back());
      await settle(page, ["notifications"]);
      assert.equal(await page.evaluate(() => document.querySelector("[data-app=patient-profile]")), null);
      assert.equal(await page.title(), "Dashboard · HealthHub");
    }));
  });
}
