/** What a developer asks about the page, in a part of the runtime that is loaded when the first of them does. */
import type { Explanation, JsonOptions } from "../api.js";
import { ForebayError, invalid } from "../error.js";
import { asInit } from "../options.js";
import type { Hub } from "../runtime/hub.js";
import { OUTCOMES, type Packed } from "../runtime/reports.js";
import { check, items, takeApart } from "../runtime/spelling.js";
import { pack, unpack } from "../../../src/browser/driver.js";

/** What would happen to a request now, and why. */
export function explain(hub: Hub, input: string | URL | Request, init: JsonOptions | undefined): Explanation {
  check(init, true);
  const written = takeApart(input, asInit(init));
  if (!written) throw invalid("explain(): this request is always sent as it is.");
  const explained = hub.safely((core) => {
    const length = core.explain(pack(core, items(written)));
    return length ? explanation(unpack(core, length)) : undefined;
  });
  if (!explained) throw new ForebayError("invalid-body", "explain(): the body is not what its type says, or the core is gone.");
  return explained;
}

/** As `src/bindings/reports.rs` packs it. */
function explanation({ more, number, text }: Packed): Explanation {
  const told: any = { fingerprint: text(), outcome: OUTCOMES[number()], because: text(), parts: [] };
  const tags = number();
  if (tags >= 0) told.entry = { age: number(), freshFor: number(), bytes: number(), tags: Array.from({ length: tags }, text) };
  while (more()) told.parts.push({ name: text(), value: text() });
  return told;
}
