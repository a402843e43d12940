/** What a developer asks about the page, in a part of the runtime that is loaded when the first of them does. */
import type { Explanation, JsonOptions } from "../api.js";
import { ForebayError, invalid } from "../error.js";
import { asInit } from "../options.js";
import type { Hub } from "../runtime/hub.js";
import { fetchPart } from "../runtime/core.js";
import { OUTCOMES, type Packed } from "../runtime/reports.js";
import { items, takeApart } from "../runtime/spelling.js";
import { pack, unpack } from "../../../src/browser/driver.js";

/** The core's part for it, once it is there. */
let extended: Promise<void> | undefined;

/** What would happen to a request now, and why. */
export async function explain(hub: Hub, input: string | URL | Request, init: JsonOptions | undefined): Promise<Explanation> {
  const written = takeApart(input, asInit(init));
  if (!written) throw invalid("explain(): this request is always sent as it is.");
  await (extended ??= hub.extend(fetchPart(new URL("./inspect.wasm", import.meta.url), undefined)));
  const explained = hub.safely((core) => {
    const length = core.explain(pack(core, items(written)));
    return length ? explanation(unpack(core, length)) : undefined;
  });
  if (!explained) throw new ForebayError("invalid-body", "explain(): the body is not what its type says, or the core is gone.");
  // What is not in memory may lie on disk.
  const row = explained.entry ? undefined : await hub.onDisk?.(explained.fingerprint, written.url);
  if (!row || explained.outcome !== "missed") return explained;
  return { ...explained, outcome: "persisted", because: "An answer of an earlier page lies on disk, and is fresh.", entry: row };
}

/** As `src/bindings/reports.rs` packs it. */
function explanation({ more, number, text }: Packed): Explanation {
  const told: any = { fingerprint: text(), outcome: OUTCOMES[number()], because: text(), parts: [] };
  const tags = number();
  if (tags >= 0) told.entry = { age: number(), freshFor: number(), bytes: number(), tags: Array.from({ length: tags }, text) };
  while (more()) told.parts.push({ name: text(), value: text() });
  return told;
}
