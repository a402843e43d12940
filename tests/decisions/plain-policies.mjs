// The policies of tests/data/policy/items.cedar written down the plainest way, and read strictly: permitted is what one
// permits, none forbids, and none fails on.

class Undecided extends Error {}

function read(type) {
  return (from, name) => {
    const value = from[name];
    const isOne = type === "User" ? value?.type === "User" && typeof value.id === "string" : typeof value === type && (type !== "number" || Number.isSafeInteger(value)) && (type !== "string" || value.isWellFormed());
    if (!isOne) throw new Undecided(name);
    return value;
  };
}
const [text, long, flag, user] = ["string", "number", "boolean", "User"].map(read);

const ROLES = [
  ["nurse", ["lab", 1], ["note", 2], ["invoice", "letter"]],
  ["doctor", ["invoice", 2], ["message", 3], ["scan", "lab"]],
  ["admin", ["scan", 3], ["order", 4], ["task", "note"]],
  ["clerk", ["task", 4], ["letter", 1], ["lab", "invoice"]],
  ["auditor", ["lab", 1], ["note", 2], ["invoice", "message"]],
];

const PERMITS = ROLES.flatMap(([role, one, two, kinds]) => [
  ...[one, two].map(([kind, most], at) => [`${role}-${at + 1}`, role, (item) => text(item, "kind") === kind && long(item, "sensitivity") <= most]),
  [`${role}-3`, role, (item, { clearance }) => kinds.includes(text(item, "kind")) && long(item, "sensitivity") <= clearance],
]);

const FORBIDS = [
  ["tenant", (item, person) => text(item, "tenant") !== person.tenant],
  ["sealed", (item, person) => flag(item, "sealed") && user(item, "owner").id !== person.id],
  ["embargo", (item, _, context) => {
    if (item.embargo === undefined) return false;
    return context.now < long(item, "embargo");
  }],
  ["mfa", (item, _, context) => long(item, "sensitivity") > 3 && !context.mfa],
  ["region", (item, person) => text(item, "region").startsWith("restricted-") && item.region !== person.region],
];

/** How it is decided, and by which policies. */
export function decide(item, person, context) {
  const found = { permits: [], forbids: [], errors: [] };
  const ask = (id, list, holds) => {
    try {
      if (holds()) list.push(id);
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      found.errors.push(id);
    }
  };
  for (const [id, role, holds] of PERMITS) if (person.roles.includes(role)) ask(id, found.permits, () => holds(item, person));
  for (const [id, holds] of FORBIDS) ask(id, found.forbids, () => holds(item, person, context));
  if (found.forbids.length) return ["forbidden", found.forbids];
  if (found.errors.length) return ["undecided", found.errors];
  return found.permits.length ? ["permitted", found.permits] : ["not-permitted", []];
}
