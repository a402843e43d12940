// Whatever is shared, united, cut out and kept: every app is given what the server would have answered to its own query
// alone. The server is graphql-js, with random schemas, documents and data; the page is the delivered package.
//
// FOREBAY_CASES=100000 node --test tests/client/oracle/*.test.mjs for a long run; FOREBAY_SEED=7 replays one world.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse, validate } from "graphql";
import { random } from "../client.mjs";
import { operation } from "./operations.mjs";
import { page } from "./page.mjs";
import { answer, chooser, world } from "./world.mjs";

const CASES = Number(process.env.FOREBAY_CASES ?? 5_000);
const SEED = process.env.FOREBAY_SEED;

test("every app is given what its own query alone would have been answered", async (t) => {
  const tally = { worlds: 0, asked: 0, sent: 0, composed: 0, invalid: 0, withErrors: 0, joined: 0, fresh: 0, reordered: 0 };
  for (let seed = Number(SEED ?? 1); tally.asked < CASES && !(SEED && tally.worlds); seed += 1) await explore(seed, tally);
  t.diagnostic(JSON.stringify(tally));
  if (SEED) return;
  // The worlds must not have grown dull.
  assert.ok(tally.sent < tally.asked * 0.75, "hardly anything is shared");
  assert.ok(tally.composed > tally.asked / 10 && tally.fresh > tally.asked / 50 && tally.joined > tally.asked / 50);
  assert.ok(tally.withErrors > tally.asked / 10);
  assert.ok(tally.reordered < tally.asked / 200);
  // What is made of valid operations is valid; a server that refuses a union costs a request.
  assert.ok(tally.invalid === 0, `${tally.invalid} unions were refused`);
});

async function explore(seed, tally) {
  const draw = random(seed);
  const choose = chooser(draw);
  const here = world(draw);
  const own = new Set();
  const foreseen = choose.chance(30) ? Array.from({ length: 3 }, () => operation(here.schema, draw).query.replaceAll(/\bF(\d)/g, "G$1")) : [];
  const pool = Array.from({ length: 8 }, () => operation(here.schema, draw));
  // Nothing is known of the schema, or all, or some.
  const known = choose.one([() => false, () => true, () => choose.chance(60)]);
  const types = Object.fromEntries(Object.entries(here.types).filter(known));
  const host = { manifest: { types, documents: foreseen } };
  const broker = await page(host, async ({ query, variables, operationName }, signal) => {
    tally.sent += 1;
    if (!own.has(query)) tally.composed += 1;
    const errors = validate(here.schema, parse(query));
    if (errors.length) tally.invalid += 1;
    await sleep(choose.below(4));
    signal?.throwIfAborted();
    const headers = { "content-type": "application/json", ...(choose.chance(60) && { "cache-control": "max-age=60" }) };
    return Response.json(errors.length ? { errors } : answer(here, query, variables, operationName), { headers });
  });
  const apps = ["a", "b", "c"].map((app) => broker.connect(app));
  const asking = [];
  for (let round = 0; round < 5; round += 1) {
    for (let count = 1 + choose.below(4); count > 0; count -= 1) {
      const asked = choose.chance(75) ? choose.one(pool) : operation(here.schema, draw);
      own.add(asked.query);
      tally.asked += 1;
      asking.push(check(here, choose.one(apps), asked, choose.chance(10) ? { priority: "user-blocking" } : {}, tally, seed));
    }
    await sleep(choose.below(6));
  }
  await Promise.all(asking);
  const { joined, fresh } = apps[0].report().counts;
  tally.joined += joined;
  tally.fresh += fresh;
  tally.worlds += 1;
}

async function check(here, app, { query, variables }, options, tally, seed) {
  const expected = answer(here, query, variables);
  const given = await app.query(query, variables, options).then((data) => ({ data }), ({ code, message, errors, data }) => {
    assert.equal(code, "graphql", `seed ${seed}: ${message}\n${query}`);
    return { errors, data };
  });
  const story = () => `seed ${seed}\n${here.sdl}\n\n${query}\n${JSON.stringify(variables)}`;
  if (expected.errors) tally.withErrors += 1;
  assert.deepEqual(given.data, expected.data, story());
  // In the order, too, in which it was asked for; but for a field that is asked for on one type first and then on all,
  // which stands in two places, by the type, and here in the first.
  if (JSON.stringify(given.data) !== JSON.stringify(expected.data)) {
    assert.match(query, /\.\.\./, story());
    tally.reordered += 1;
  }
  assert.deepEqual(nullsOf(given), nullsOf(expected), story());
}

/** Where errors have left a null. (Of several that leave the same, a server need report only one: §6.4.4.) */
function nullsOf({ errors = [], data }) {
  const places = errors.map(({ path }) => {
    let value = data;
    let at = 0;
    while (value !== null && at < path.length) value = value[path[at++]];
    assert.equal(value, null, `an error with a path that leads to no null: ${path}`);
    return JSON.stringify(path.slice(0, at));
  });
  return [...new Set(places)].sort();
}

