// Who else decides in a page: CASL and Cedar itself on permissions, ONNX Runtime on a forest. Each is given the same work,
// prepared as far as it lets itself be.
import { createMongoAbility } from "@casl/ability";
import initCedar, { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/web";
import * as ort from "onnxruntime-web/wasm";

export interface Person { id: string; tenant: string; region: string; clearance: number; roles: string[] }
export interface Item { kind: string; sensitivity: number; tenant: string; region: string; owner: { type: string; id: string }; sealed: boolean; embargo: number }
export interface Context { now: number; mfa: boolean }

/** The policies of tests/data/policy/items.cedar that concern this person, as CASL's rules. */
export function casl(person: Person, { now, mfa }: Context): (items: readonly Item[]) => Item[] {
  const role: Record<string, [string, number][]> = { nurse: [["lab", 1], ["note", 2]], doctor: [["invoice", 2], ["message", 3]], admin: [["scan", 3], ["order", 4]], clerk: [["task", 4], ["letter", 1]], auditor: [["lab", 1], ["note", 2]] };
  const kinds: Record<string, string[]> = { nurse: ["invoice", "letter"], doctor: ["scan", "lab"], admin: ["task", "note"], clerk: ["lab", "invoice"], auditor: ["invoice", "message"] };
  const rule = (conditions: object, inverted = false) => ({ action: "view", subject: "Item", conditions, inverted });
  const rules = person.roles.flatMap((name) => [
    ...role[name]!.map(([kind, most]) => rule({ kind, sensitivity: { $lte: most } })),
    rule({ kind: { $in: kinds[name] }, sensitivity: { $lte: person.clearance } }),
  ]);
  rules.push(
    rule({ tenant: { $ne: person.tenant } }, true),
    rule({ sealed: true, "owner.id": { $ne: person.id } }, true),
    rule({ embargo: { $gt: now } }, true),
    rule({ region: { $regex: "^restricted-", $ne: person.region } }, true),
  );
  if (!mfa) rules.push(rule({ sensitivity: { $gt: 3 } }, true));
  const ability = createMongoAbility(rules, { detectSubjectType: () => "Item" });
  return (items) => items.filter((item) => ability.can("view", item as never));
}

/** The policies themselves, parsed once. */
export async function cedar(policies: string, person: Person, context: Context): Promise<(items: readonly Item[]) => Item[]> {
  await initCedar({ module_or_path: "/bench-peers/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm" });
  const parsed = preparsePolicySet("items", { staticPolicies: policies });
  if (parsed.type !== "success") throw new Error(JSON.stringify(parsed));
  const principal = { type: "User", id: person.id };
  const roles = person.roles.map((id) => ({ type: "Role", id }));
  const known = [{ uid: principal, attrs: { tenant: person.tenant, region: person.region, clearance: person.clearance }, parents: roles }, ...roles.map((uid) => ({ uid, attrs: {}, parents: [] }))];
  const resource = { type: "Item", id: "it" };
  return (items) => items.filter(({ owner, ...item }) => {
    const answer = statefulIsAuthorized({
      principal, action: { type: "Action", id: "view" }, resource, context: { ...context }, preparsedPolicySetId: "items",
      entities: [...known, { uid: resource, attrs: { ...item, owner: { __entity: owner } }, parents: [] }],
    });
    return answer.type === "success" && answer.response.decision === "allow" && !answer.response.diagnostics.errors[0];
  });
}

/** A forest's margins of rows that lie in one list, in the runtime's own threadless build. */
export async function onnx(url: string, columns: number): Promise<(rows: Float32Array) => Promise<Float32Array>> {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = "/bench-peers/onnxruntime-web/dist/";
  const session = await ort.InferenceSession.create(new Uint8Array(await (await fetch(url)).arrayBuffer()), { executionProviders: ["wasm"] });
  return async (rows) => (await session.run({ X: new ort.Tensor("float32", rows, [rows.length / columns, columns]) })).Y!.data as Float32Array;
}
