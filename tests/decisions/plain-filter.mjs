// Predicates read the plainest way: row by row, with true, false, and undefined for what cannot be said.

const not = (truth) => (truth === undefined ? undefined : !truth);
const every = (truths) => (truths.includes(false) ? false : truths.includes(undefined) ? undefined : true);
const some = (truths) => not(every(truths.map(not)));
const points = (text) => Array.from(text, (sign) => sign.codePointAt(0));

/** Less than 0, 0, more than 0. */
function compare(a, b) {
  if (typeof a === "number") return a - b;
  const [left, right] = [points(a), points(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) if (left[at] !== right[at]) return left[at] - right[at];
  return left.length - right.length;
}

const TESTS = {
  eq: (value, wanted) => value === wanted,
  ne: (value, wanted) => value !== wanted,
  lt: (value, wanted) => compare(value, wanted) < 0,
  le: (value, wanted) => compare(value, wanted) <= 0,
  gt: (value, wanted) => compare(value, wanted) > 0,
  ge: (value, wanted) => compare(value, wanted) >= 0,
  in: (value, wanted) => wanted.includes(value),
  contains: (value, wanted) => value.includes(wanted),
  startsWith: (value, wanted) => value.startsWith(wanted),
  endsWith: (value, wanted) => value.endsWith(wanted),
  has: (value, wanted) => value.includes(wanted),
  hasAny: (value, wanted) => wanted.some((item) => value.includes(item)),
  hasAll: (value, wanted) => wanted.every((item) => value.includes(item)),
};

function tested(value, name, wanted, fold) {
  if (name === "null") return (value == null) === wanted;
  if (wanted === null) {
    // Whether it is null can be said of every value.
    return (value == null) === (name === "eq");
  }
  if (Array.isArray(wanted) && wanted.length === 0) return name === "hasAll";
  const one = Array.isArray(wanted) ? wanted[0] : wanted;
  if (name.startsWith("has")) {
    if (!Array.isArray(value) || !value.every((item) => typeof item === typeof one)) return undefined;
  } else if (typeof value !== typeof one) return undefined;
  const lower = (text) => (fold && typeof text === "string" ? text.toLowerCase() : text);
  return TESTS[name](lower(value), Array.isArray(wanted) ? wanted.map(lower) : lower(wanted));
}

export function truth({ field, fold, and, or, not: inner, ...tests }, row) {
  const truths = Object.entries(tests).map(([name, wanted]) => tested(row[field], name, wanted, fold));
  if (and) truths.push(every(and.map((part) => truth(part, row))));
  if (or) truths.push(some(or.map((part) => truth(part, row))));
  if (inner) truths.push(not(truth(inner, row)));
  return every(truths);
}
