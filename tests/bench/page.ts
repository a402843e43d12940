// What runs in the page: Forebay, TanStack Query and SWR side by side, on the same URLs of the same server.
//
// Outside cross-origin isolation the clock ticks in 0.1 ms, so that everything is timed in batches.
import { QueryClient } from "@tanstack/query-core";
import { cache, createCacheHelper, serialize } from "swr/_internal";
import { fetchPart, load } from "../../pkg-template/src/runtime/core.js";
import { flatten } from "../../pkg-template/src/runtime/options.js";
import { items } from "../../pkg-template/src/runtime/spelling.js";
import { pack } from "../../src/browser/driver.js";

const { connect, configure, ready } = (await import(/* the built package */ location.origin + "/pkg/index.js")) as typeof import("../../pkg-template/src/stub/index.js");

const fetchJson = (url: string) => fetch(url).then((response) => response.json());
const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } });
const tanstack = (url: string) => client.fetchQuery({ queryKey: [url], queryFn: () => fetchJson(url) });

/** Microseconds for each of `times` runs, the median of `rounds`. */
function median(rounds: number, measure: () => number): number {
  return middle(Array.from({ length: rounds }, measure));
}

async function medianAsync(rounds: number, measure: () => Promise<number>): Promise<number> {
  const all = [];
  for (let round = 0; round < rounds; round += 1) all.push(await measure());
  return middle(all);
}

const middle = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1]!;

function each(times: number, run: () => unknown): number {
  const start = performance.now();
  for (let time = 0; time < times; time += 1) run();
  return ((performance.now() - start) * 1000) / times;
}

async function eachAwaited(times: number, run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let time = 0; time < times; time += 1) await run();
  return ((performance.now() - start) * 1000) / times;
}

export async function hits(rounds: number, times: number) {
  const forebay = connect({ app: "bench" });
  await ready();
  const url = "/bench/hit";
  await forebay.json(url);
  await tanstack(url);
  // SWR has no read outside React; this is what its hook does to find an entry: serialise the key, look it up.
  const [key] = serialize([url]);
  const [, set] = createCacheHelper(cache, key);
  set({ data: await fetchJson(url) });
  const swr = () => createCacheHelper(cache, serialize([url])[0])[0]();
  if (forebay.peek(url) === undefined || client.getQueryData([url]) === undefined || (swr() as { data?: unknown }).data === undefined)
    throw new Error("a hit that is none");
  return {
    sync: {
      forebay: median(rounds, () => each(times, () => forebay.peek(url))),
      swr: median(rounds, () => each(times, swr)),
      tanstack: median(rounds, () => each(times, () => client.getQueryData([url]))),
    },
    async: {
      forebay: await medianAsync(rounds, () => eachAwaited(times, () => forebay.json(url))),
      tanstack: await medianAsync(rounds, () => eachAwaited(times, () => tanstack(url))),
    },
  };
}

export async function fanOut(rounds: number, callers: number) {
  const forebay = connect({ app: "bench" });
  await ready();
  let number = 0;
  const together = (ask: (url: string) => Promise<unknown>) => async () => {
    const url = `/bench/fan?${(number += 1)}`;
    const start = performance.now();
    const calls = Array.from({ length: callers }, () => ask(url));
    const asked = performance.now();
    await Promise.all(calls);
    return { asking: asked - start, whole: performance.now() - start };
  };
  const run = { forebay: together((url) => forebay.json(url)), tanstack: together(tanstack), "plain fetch, once": together(() => Promise.resolve()) };
  const once = async () => {
    const start = performance.now();
    await fetchJson(`/bench/fan?${(number += 1)}`);
    return { asking: 0, whole: performance.now() - start };
  };
  const all: Record<string, { asking: number; whole: number }[]> = { forebay: [], tanstack: [], once: [] };
  for (let round = 0; round < rounds; round += 1) {
    all.forebay!.push(await run.forebay());
    all.tanstack!.push(await run.tanstack());
    all.once!.push(await once());
  }
  return Object.fromEntries(
    Object.entries(all).map(([name, times]) => [
      name,
      { asking: middle(times.map(({ asking }) => asking)), whole: middle(times.map(({ whole }) => whole)) },
    ]),
  );
}

/** New requests of about 500 bytes: packed, normalised and hashed by a core of its own; nothing is sent. */
export async function fingerprints(rounds: number, times: number) {
  const [own, extend] = await load({ wasm: "/pkg/forebay.wasm" });
  await extend(fetchPart("/pkg/graphql.wasm", undefined));
  own.start(pack(own, [location.origin, ...crypto.getRandomValues(new Uint32Array(10))]));
  own.configure(pack(own, flatten({ rules: [{ match: "/bench/search", coalescePost: true }] })));
  const filler = "x".repeat(180);
  let number = 0;
  const request = () => ({
    url: `${location.origin}/bench/search?page=${(number += 1)}`,
    method: "POST",
    credentials: "same-origin" as const,
    headers: [["accept", "application/json"], ["content-type", "application/json"]] as [string, string][],
    body: `{"text":"${filler}","page":${number},"filters":{"ward":["4b","5a"],"from":"2026-01-01","to":"2026-12-31","open":true},"sort":["name","-date"],"columns":["id","name","dob","ward","clinician"]}`,
  });
  const sample = request();
  const bytes = sample.url.length + sample.body.length + 60;
  const first = each(1, () => own.spell(pack(own, items(sample))));
  const measure = (run: (written: ReturnType<typeof request>) => unknown) =>
    median(rounds, () => {
      const requests = Array.from({ length: times }, request);
      let at = 0;
      return each(times, () => run(requests[at++]!));
    });
  // A named operation with variables, fragments and aliases, of as many bytes; each with another value.
  const document = `query Chart($id: ID!, $first: Int = 10, $open: Boolean!) {
  patient(id: $id) { ...Who wards: stays(first: $first, open: $open) { id ward { name floor } since until } }
  me: viewer { id name role permissions { scope write } }
  recent: visits(first: $first, order: { by: TIME, descending: true }) { id time clinician { id ...Name } }
}
fragment Who on Patient { id ...Name dob address { street city postcode } }
fragment Name on Person { name given family }`;
  const operation = () => [
    `${location.origin}/graphql`, "same-origin", document, "Chart", `{"id":"p-${(number += 1)}","open":true}`,
    "accept", "application/json", "content-type", "application/json",
  ];
  const described = () =>
    median(rounds, () => {
      const operations = Array.from({ length: times }, operation);
      let at = 0;
      return each(times, () => keep.push(own.spell_operation(pack(own, operations[at++]!))));
    });
  const keep: number[] = [];
  const named = measure((written) => keep.push(own.spell(pack(own, items(written)))));
  const query = described();
  if (keep.some((name) => name <= 0)) throw new Error("a request was not named");
  return { bytes, first, warm: named, packing: measure((written) => pack(own, items(written))), query, document: document.length };
}
