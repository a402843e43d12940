// What users write of decisions must compile, and what would fail at run time must not. Nothing here is run.
import { load } from "forebay/decisions";
import type { Decisions, Filtered, Permit, Policies, Predicate, Ranked, Ranker, Rows } from "forebay/decisions";

/** Compiles only when both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : never;
const same = <A, B>(_: Same<A, B>): void => {};

interface Invoice { readonly id: string; readonly amount: number; readonly tags: readonly string[] }
declare const invoices: readonly Invoice[];

const loading = load({ wasm: "/static/decisions.wasm", wasmIntegrity: "sha384-x" });
same<typeof loading, Promise<Decisions>>(true);
declare const decisions: Decisions;

// --- filtering ------------------------------------------------------------------------------------------------

const late: Predicate = {
  and: [
    { field: "amount", ge: 100, lt: 1000 },
    { field: "title", fold: true, contains: "scan" },
    { not: { field: "closed", null: false } },
    { or: [{ field: "tags", hasAny: ["a"] }, { field: "state", in: ["open", "late"], or: [] }] },
  ],
};
const found = decisions.filter(invoices, late, { sort: [{ field: "amount", descending: true }], count: "state", sum: ["amount"], offset: 0, limit: 20 });
same<typeof found, Filtered<Invoice>>(true);

const kept = decisions.keep(invoices);
same<typeof kept, Rows<Invoice>>(true);
same<ReturnType<typeof decisions.filter<Invoice>>["rows"], Invoice[]>(true);
decisions.filter(kept, {});
const later: Promise<Filtered<Invoice>> = decisions.filterAsync(kept, late, { limit: 20, signal: new AbortController().signal });
// @ts-expect-error: at once nothing can be broken off
decisions.filter(kept, late, { signal: new AbortController().signal });
same<ReturnType<typeof kept.prepare>, Promise<void>>(true);
kept.prepare(late);
kept.set(0, { id: "1", amount: 2, tags: [] });
// @ts-expect-error rows of another type
kept.set(0, { id: "1" });
// @ts-expect-error a test needs its field
const fieldless: Predicate = { eq: 1 };
// @ts-expect-error an unknown test
const unknown: Predicate = { field: "amount", above: 1 };
// @ts-expect-error texts only
const number: Predicate = { field: "amount", contains: 1 };
// @ts-expect-error an unknown option
decisions.filter(invoices, late, { order: "amount" });

// --- permissions ----------------------------------------------------------------------------------------------

const reading = decisions.policies({ url: "/policies.fbpt", sha256: "00", expires: new Date() });
same<typeof reading, Promise<Policies>>(true);
declare const policies: Policies;
kept.prepare(policies);
const permit: Permit = policies.for({ principal: { type: "User", id: "7", parents: [{ type: "Role", id: "nurse" }], attributes: { clearance: 2, wards: ["a"] } }, action: "view", resourceType: "Item" });
same<ReturnType<typeof permit.permits>, boolean>(true);
const shown = permit.permitted(invoices);
same<typeof shown, Invoice[]>(true);
const masked = permit.masked(kept, { amount: "view.amount" });
same<typeof masked, Partial<Invoice>[]>(true);
for (const { id, note } of permit.why(invoices[0]!).policies) console.log(id, note);

// @ts-expect-error policies without an end would never be replaced
decisions.policies({ url: "/policies.fbpt", sha256: "00" });
// @ts-expect-error bytes of which it is not known what they must be
decisions.policies({ url: "/policies.fbpt", expires: 0 });
// @ts-expect-error an entity is its type and its id
policies.for({ principal: { id: "7" }, action: "view", resourceType: "Item" });

// --- ranking --------------------------------------------------------------------------------------------------

const ranking = decisions.ranker({ models: [{ url: "/inbox.forebay", sha256: "00" }], priority: "amount", learn: new Uint8Array(), names: { age: "how old it is" } });
same<typeof ranking, Promise<Ranker>>(true);
declare const ranker: Ranker;
const ranked = ranker.rank(invoices, { limit: 10, pinned: ({ id }) => id === "1", spread: { state: 0.5 }, recency: { halfLife: 3600, weight: 0.5 }, histories: { opened: [{ key: "a", time: 0 }] } });
same<typeof ranked, Ranked<Invoice>[]>(true);
same<(typeof ranked)[number]["score"], number | undefined>(true);
ranker.feedback(invoices[0]!, "dismissed", 3, { now: 0 });
for (const { feature, effect, words } of ranker.why(invoices[0]!, 3)) console.log(feature, effect + 1, words.length);
// @ts-expect-error unknown feedback
ranker.feedback(invoices[0]!, "liked", 3);
// @ts-expect-error a model of which it is not known what it must be
decisions.ranker({ models: [{ url: "/inbox.forebay" }] });

// --- signed lists, and giving back ----------------------------------------------------------------------------

async function signed() {
  const manifest = await decisions.manifest({ url: "/list.jws", trust: { kty: "OKP", crv: "Ed25519", x: "…" } });
  same<typeof manifest.version, number | undefined>(true);
  const own: Policies = await decisions.policies(manifest.file("staff"));
  const ranker: Ranker = await decisions.ranker({ models: [manifest.file("inbox")], learn: true });
  same<ReturnType<typeof manifest.refresh>, Promise<boolean>>(true);
  own.release();
  ranker.release();
  // @ts-expect-error whose signature counts must be said
  decisions.manifest({ url: "/list.jws" });
}
signed;
