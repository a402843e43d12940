/** Whether JSON itself says all of a value, so that nothing is lost or mistaken when it is written. */
export function isJson(value: any, depth = 0): boolean {
  if (typeof value !== "object") return /^(string|boolean)$/.test(typeof value) || Number.isFinite(value);
  const inside = (member: unknown) => isJson(member, depth + 1);
  // What contains itself ends here.
  if (!value || depth > DEEPEST) return !value;
  if (Array.isArray(value)) return Array.from(value).every(inside);
  return isPlain(value) && !value.toJSON && Object.values(value).every((member) => member === undefined || inside(member));
}

/** What is deeper is looked at by who writes it. */
const DEEPEST = 99;

/** Made by braces or by `Object.create(null)`, in whatever frame. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return !prototype || !Object.getPrototypeOf(prototype);
}
