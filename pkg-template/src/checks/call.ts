/** What calls on an app's handle take beside what `fetch` takes: checked at once, whether the broker is there or not. */
import { ForebayError } from "../error.js";
import { check, type Shape } from "./shape.js";

const whole = (value: unknown) => (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 10 ? undefined : "must be a whole number from 0 to 10");

const ASK = { priority: new Set(["background", "user-visible", "user-blocking"]), deadline: "number", retries: whole } as const;
const QUERY = {
  ...ASK, endpoint: "url", headers: "any", signal: "any", credentials: new Set(["omit", "same-origin", "include"]), operationName: "string", onResponse: "function",
} as const;
const LABELS: Shape = { urls: ["string"], tags: ["string"], types: ["string"], groups: ["string"] };
const EVENTS = new Set(["answer", "warning", "mode"]);

/** Checks what a call was given; throws what is wrong. */
export function checkCall(method: string, [first, second, third]: readonly any[]): void {
  const where = method + "()";
  const init = (options: any) => {
    // As for `fetch`: nothing, or none.
    if (options == null) return;
    check(options, "object", where);
    check(options.forebay, ASK, where, "forebay");
    // What a browser of tomorrow takes is on its `Request`. To `fetch` all else is nothing.
    if (method !== "fetch") for (const name of Object.keys(options)) {
      if (!(name in Request.prototype) && !/^(json|forebay|body|window|priority|duplex)$/.test(name)) throw new ForebayError("invalid-option", `${where}: unknown option ${name}; expected one of json, forebay, or those of fetch.`);
    }
    if (options.json !== undefined && options.body !== undefined) throw new ForebayError("invalid-option", `${where}: give "json" or "body", not both.`);
  };
  /** Clients hand on what `fetch` takes besides. */
  const query = (options: any, more: { readonly [name: string]: Shape }) => {
    check(options ?? {}, "object", where);
    const shape = { ...QUERY, ...more };
    check(Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => name in shape || !(name in Request.prototype))), shape, where);
  };
  switch (method) {
    case "query": return query(third, {});
    case "mutate": return query(third, { invalidates: ["string"] });
    case "watch":
      if (typeof (third ?? second) !== "function") throw new ForebayError("invalid-option", "watch() needs a listener as its last argument.");
      return first?.query ? query(first, { query: "any", variables: "any" }) : third && init(second);
    case "fetch": case "json": case "peek": case "prefetch": case "explain": return init(second);
    case "identify":
      if (first !== null && (typeof first !== "string" || !first)) throw new ForebayError("invalid-option", "identify() needs the person's id as a string, or null for nobody.");
      return check(second, { tokens: new Set(["distinct", "interchangeable"]) }, where);
    case "invalidate":
      check(first ?? null, LABELS, where);
      if (!Object.values<unknown[]>(first).some((list) => list?.[0])) throw new ForebayError("invalid-option", 'invalidate() needs something to invalidate: { urls: ["/api/visits/*"], tags: ["visits"] }.');
      return;
    case "on":
      if (!EVENTS.has(first)) throw new ForebayError("invalid-option", `on(): unknown event ${String(first)}; expected one of ${[...EVENTS].join(", ")}.`);
      return check(second ?? null, "function", "on()", "the listener");
    case "exclusive": return check(third ?? {}, { timeout: "number", signal: "any" }, where);
    case "route": return check(first ?? null, "string", where, "the path");
  }
}
