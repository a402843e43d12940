// What runs in the page: filters, permissions and ranking, each beside the plain version of the same.
//
// Outside cross-origin isolation the clock ticks in 0.1 ms, so that everything is timed in batches.
import type { Predicate } from "../../pkg-template/src/decisions/api.js";
import { decide } from "../decisions/plain-policies.mjs";
import { random } from "../decisions/random.mjs";
import { casl, cedar, onnx } from "./peers.js";

const { load } = (await import(/* the built package */ location.origin + "/pkg/decisions.js")) as typeof import("../../pkg-template/src/decisions/index.js");

const decisions = await load();
const { next, of, below } = random(1);

/** Milliseconds of a run, the median of `rounds` batches. */
function median(rounds: number, times: number, run: () => unknown): number {
  const all = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (let time = 0; time < times; time += 1) run();
    return (performance.now() - start) / times;
  });
  return all.sort((a, b) => a - b)[rounds >> 1]!;
}

async function source(url: string) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return { bytes, sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

function same(ours: readonly unknown[], plain: readonly unknown[]): void {
  if (ours.length !== plain.length || ours.some((item, at) => item !== plain[at])) throw new Error("ours and the plain version differ");
}

export function filters(rounds: number, times: number) {
  const rows = Array.from({ length: 10_000 }, (_, id) => ({ id, state: of(["open", "late", "paid", "void"]), amount: below(5_000), title: `Scan ${below(500)} of ${of(["knee", "hand", "back"])}` }));
  const predicate: Predicate = { and: [{ field: "state", in: ["open", "late"] }, { field: "amount", ge: 100, lt: 2_500 }, { field: "title", fold: true, contains: "knee" }] };
  const plain = () => rows.filter(({ state, amount, title }) => (state === "open" || state === "late") && amount >= 100 && amount < 2_500 && title.toLowerCase().includes("knee"));
  const kept = decisions.keep(rows);
  same(decisions.filter(kept, predicate).rows, plain());
  return {
    kept: median(rounds, times, () => decisions.filter(kept, predicate)),
    changed: median(rounds, times, () => {
      kept.set(below(rows.length), rows[0]!);
      return decisions.filter(kept, predicate);
    }),
    objects: median(rounds, Math.ceil(times / 5), () => decisions.filter(rows, predicate)),
    plain: median(rounds, times, plain),
  };
}

export async function permissions(rounds: number, times: number) {
  const policies = await decisions.policies({ ...(await source("/bench-policy/items.fbpt")), expires: Date.now() + 3_600_000 });
  const person = { id: "u1", tenant: "t1", region: "north", clearance: 3, roles: ["nurse", "clerk"] };
  const context = { now: 100, mfa: false };
  const permit = policies.for({
    principal: { type: "User", id: person.id, parents: person.roles.map((id) => ({ type: "Role", id })), attributes: { tenant: person.tenant, region: person.region, clearance: person.clearance } },
    action: "view", resourceType: "Item", context,
  });
  const items = Array.from({ length: 1_000 }, () => ({
    kind: of(["lab", "note", "invoice", "letter", "message", "scan", "order", "task"]), sensitivity: below(5), tenant: of(["t1", "t1", "t1", "t2"]),
    region: of(["north", "south", "restricted-a"]), owner: { type: "User", id: of(["u1", "u2"]) }, sealed: next() < 0.1, embargo: below(200),
  }));
  const plain = () => items.filter((item) => decide(item, person, context)[0] === "permitted");
  const kept = decisions.keep(items);
  same(permit.permitted(kept), plain());
  const byCasl = casl(person, context);
  const byCedar = await cedar(await (await fetch("/bench-policy/items.cedar")).text(), person, context);
  same(byCasl(items), plain());
  same(byCedar(items), plain());
  return {
    casl: median(rounds, times, () => byCasl(items)),
    cedar: median(3, 1, () => byCedar(items)),
    kept: median(rounds, times, () => permit.permitted(kept)),
    objects: median(rounds, times, () => permit.permitted(items)),
    plain: median(rounds, times, plain),
  };
}

interface Node { leaf_value?: number; split_feature: number; threshold: number; left_child: Node; right_child: Node }

/** `url`: a forest over numbers; beside it what it was made of. */
export async function ranking(rounds: number, times: number, url: string) {
  const { tree_info, feature_names: names } = (await (await fetch(url.replace(/forebay$/, "json"))).json()) as { tree_info: { tree_structure: Node }[]; feature_names: string[] };
  const ranker = await decisions.ranker({ models: [await source(url)] });
  if (!ranker.model) throw new Error(ranker.problems.join(" "));
  const items = Array.from({ length: 200 }, () => Object.fromEntries(names.map((name) => [name, next() * 2 - 1])));
  // Flat, as whoever cares for speed would write it down.
  const nodes: number[][] = [];
  const flat = (node: Node): number => {
    const at = nodes.push([]) - 1;
    nodes[at] = node.leaf_value !== undefined ? [-1, node.leaf_value, 0, 0] : [node.split_feature, node.threshold, flat(node.left_child), flat(node.right_child)];
    return at;
  };
  const roots = tree_info.map(({ tree_structure }) => flat(tree_structure));
  const [features, values, lefts, rights] = [Int32Array, Float64Array, Int32Array, Int32Array].map((list, at) => list.from(nodes.map((node) => node[at]!)));
  const row = new Float32Array(names.length);
  const score = (item: Record<string, number>) => {
    names.forEach((name, at) => (row[at] = item[name]!));
    let sum = 0;
    for (let node of roots) {
      while (features![node]! >= 0) node = row[features![node]!]! <= values![node]! ? lefts![node]! : rights![node]!;
      sum += values![node]!;
    }
    return sum;
  };
  const plain = () => items.map((item) => [item, score(item)] as const).sort((a, b) => b[1] - a[1]).slice(0, 20);
  same(ranker.rank(items, { limit: 20 }).map(({ item }) => item), plain().map(([item]) => item));
  // The forest alone: the rows lie in the list that it takes.
  const forest = await onnx(url.replace(/forebay$/, "onnx"), names.length);
  const rows = Float32Array.from(items.flatMap((item) => names.map((name) => item[name]!)));
  (await forest(rows)).forEach((sum, at) => {
    if (Math.abs(sum - score(items[at]!)) > 1e-4) throw new Error("ONNX Runtime and the plain version differ");
  });
  const alone: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    for (let time = 0; time < times; time += 1) await forest(rows);
    alone.push((performance.now() - start) / times);
  }
  return {
    onnx: alone.sort((a, b) => a - b)[rounds >> 1]!,
    order: median(rounds, times, () => ranker.rank(items, { limit: 20 })),
    reasons: median(rounds, times, () => ranker.why(of(items), 3)),
    plain: median(rounds, times, plain),
  };
}
