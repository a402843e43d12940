/**
 * An object of ours, or the options of a call, on a page that has put members of its own on every object: those are hidden,
 * here and in every copy. On other pages it is the very same.
 */
export function shielded(options: any): any {
  let shield: Record<string, unknown> | undefined;
  for (const name in {}) (shield ??= {})[name] = undefined;
  if (!shield || (options !== undefined && Object.getPrototypeOf(Object(options)) !== Object.prototype)) return options;
  return { ...shield, ...options };
}

/** Where the options of a call stand. */
const AT: Readonly<Record<string, number>> = { __proto__: null as never, fetch: 1, json: 1, peek: 1, prefetch: 1, explain: 1, identify: 1, query: 2, mutate: 2 };

/** The same of all that a call was given. */
export function shield(name: string, args: any[]): void {
  const at = name === "watch" ? (args[0]?.query ? 0 : args.length > 2 ? 1 : undefined) : AT[name];
  if (at === undefined) return;
  const options = shielded(args[at]);
  if (options === args[at]) return;
  if (at === 1 && name !== "identify") options.forebay = shielded(options.forebay);
  args[at] = options;
}
