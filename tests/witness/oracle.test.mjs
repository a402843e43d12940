// The oracle itself: it accepts what plain fetch could have given, and names what it could not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { violations } from "./oracle.mjs";
import { shrink } from "./shrink.mjs";

const URL_OF = "/api/none/0";
const ASKER = { person: "ann", epoch: 0, cookie: "ann", tab: 0, load: 1 };
const ask = (more = {}) => ({ type: "ask", id: "ask1", do: "ask", door: "json", echo: URL_OF, base: URL_OF, token: "-", order: 10, floor: 0, now: 5, step: 3, ...ASKER, ...more });
const given = (more = {}) => ({ serial: 7, version: 5, url: URL_OF, method: "GET", person: "ann", token: "-", tenant: "-", flavour: "-", epoch: 0, ...more });
const answer = (evidence = given(), more = {}) => ({ type: "answer", id: "ask1", evidence, order: 20, ...ASKER, ...more });
const failure = (more) => ({ type: "failure", id: "ask1", order: 20, message: "", ...ASKER, ...more });
const sent = (more = {}) => ({ serial: 7, url: URL_OF, method: "GET", status: 200, ...more });

const judge = (records, { log = [sent()], ...more } = {}) =>
  violations({ records, errors: [], unsettled: [], watches: [], log: new Map(log.map((one) => [one.serial, one])), ...more }).map(({ rule }) => rule);

test("what plain fetch could have given is accepted", () => {
  assert.deepEqual(judge([ask(), answer()]), []);
  // Written after it was asked for, or before and of another's.
  assert.deepEqual(judge([ask({ now: 4 }), answer(given({ version: 4 }))]), []);
  // Asked for while the cookie was another's already.
  assert.deepEqual(judge([ask({ cookie: "bo" }), answer(given({ person: "bo" }))]), []);
  // Handed to the browser before the next was named.
  assert.deepEqual(judge([ask(), { type: "sent", serial: 7, by: "ann", tab: 0, load: 1, order: 12 }, answer(given({ person: "bo" }))]), []);
  assert.deepEqual(judge([ask(), failure({ code: "identity-changed" })]), []);
  assert.deepEqual(judge([ask(), failure({ code: "http-status", status: 500 })], { log: [sent({ fault: 500, status: 500 })] }), []);
  // What may be used again without asking.
  const fresh = { echo: "/api/fresh/0", base: "/api/fresh/0" };
  assert.deepEqual(judge([ask({ ...fresh, id: "ask0", order: 1, now: 4 }), { ...answer(given({ url: fresh.echo, version: 4 })), id: "ask0", order: 2 }, ask(fresh), answer(given({ url: fresh.echo, version: 4 }))]), []);
});

const WRONG = {
  person: [ask(), answer(given({ person: "bo" }))],
  token: [ask({ token: "ann.1" }), answer(given({ token: "ann.2" }))],
  tenant: [ask({ tenant: "north" }), answer()],
  header: [ask({ echo: "/api/vary/0", flavour: "sweet" }), answer(given({ url: "/api/vary/0" }))],
  key: [ask(), answer(given({ url: "/api/none/1" }))],
  epoch: [ask({ epoch: 2 }), answer(given({ epoch: 1 }))],
  stale: [ask({ floor: 6, now: 6 }), answer()],
  forged: [ask(), answer(given({ serial: 8 }))],
  garbled: [ask(), answer(null)],
  reused: [ask({ id: "ask0", order: 1 }), { ...answer(), id: "ask0", order: 2 }, ask({ now: 9 }), answer()],
  "foreign failure": [ask(), failure({ code: "http-status", status: 500 })],
  failure: [ask(), failure({ code: "network" })],
  "back in time": [{ ...ask(), type: "watch" }, { ...answer(), type: "update" }, { ...answer(given({ version: 4 })), type: "update" }],
  "watch stale": [{ ...ask({ floor: 6 }), type: "watch" }, { ...answer(), type: "update" }],
  "watch person": [{ ...ask(), type: "watch" }, { ...answer(given({ person: "bo" })), type: "update" }],
};

for (const [rule, records] of Object.entries(WRONG)) test(`named: ${rule}`, () => assert.deepEqual(judge(records), [rule]));

test("a failure that somebody had been given is nobody else's", () => {
  const again = [ask({ id: "ask0", order: 1 }), { ...failure({ code: "http-status", status: 500, serial: 7 }), id: "ask0", order: 2 }, ask(), failure({ code: "http-status", status: 500, serial: 7 })];
  assert.deepEqual(judge(again, { log: [sent({ fault: 500 })] }), ["failure reused"]);
});

test("whoever was asked for is answered, and what is watched ends as what there is", () => {
  assert.deepEqual(judge([ask()], { unsettled: [{ id: "ask1", tab: 0 }] }), ["unsettled"]);
  const watch = { ...ask(), type: "watch" };
  const update = { ...answer(), type: "update" };
  const last = (more) => ({ watches: [{ id: "ask1", tab: 0, load: 1, floor: 0, person: "ann", cookie: "ann", last: update, ...more }] });
  assert.deepEqual(judge([watch, update], last({})), []);
  assert.deepEqual(judge([watch, update], last({ floor: 6 })), ["watch left stale"]);
  assert.deepEqual(judge([watch, update], last({ person: "bo", cookie: "bo" })), ["watch left to another"]);
  assert.deepEqual(judge([watch], last({ last: undefined })), ["watch unsettled"]);
});

test("the shrinker leaves out all that is not needed", async () => {
  const steps = Array.from({ length: 40 }, (_, at) => ({ do: "ask", at, ...(at === 30 && { steps: [{ at: "a" }, { at: "b" }] }) }));
  const needs = (list) => list.some(({ at }) => at === 7) && list.some(({ at, steps }) => at === 30 && steps.some(({ at }) => at === "b"));
  const less = await shrink(steps, async (list) => needs(list));
  assert.deepEqual(less.map(({ at }) => at), [7, 30]);
  assert.deepEqual(less[1].steps, [{ at: "b" }]);
});
