/**
 * Starts what a route needs when it begins, before the code that will ask for it is there: in the background, a few at a
 * time (`src/broker/schedule.rs`), until somebody asks and lifts it. Loaded where the manifest says what routes need.
 */
import type { Manifest, NeededQuery, NeededRequest } from "../api.js";
import { isJson } from "../request/json.js";
import type { Hub } from "../runtime/hub.js";
import type { Spelled } from "../runtime/spellings.js";
import { flaw, filled, needed, urlAt, valueAt, type Place } from "./match.js";
import { watch } from "./used.js";

/** Takes over what the manifest says of routes; gives what is to be called when one begins. */
export function plan(hub: Hub, routes: NonNullable<Manifest["routes"]>): (path: string) => void {
  const given = [routes].flat();
  const tables = given.filter((table) => {
    const wrong = flaw(table);
    if (wrong) hub.warn("invalid-option", `configure(): manifest.routes${wrong[0] === "." ? "" : " "}${wrong}. It is passed over.`);
    return !wrong;
  });
  const counts = watch(hub);

  /** Asks ahead for what is neither there nor on its way. */
  const foresee = (spelled: Spelled | null | undefined) => {
    if (spelled?.request) counts.during(spelled.request, () => hub.safely((core) => core.foresee(spelled.request)));
  };
  const request = (need: NeededRequest, place: Place) => {
    const { method, headers } = need;
    const url = urlAt(need.url, place);
    const body = need.body && filled(need.body, place, (value) => (isJson(value) ? JSON.stringify(value) : undefined));
    if (url !== undefined && !(need.body && body === undefined)) foresee(hub.spell(url, { method, headers, body } as RequestInit));
  };
  const query = async (need: NeededQuery, place: Place) => {
    const variables: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(need.variables ?? {})) if ((variables[name] = valueAt(value, place)) === undefined) return;
    foresee((await hub.graph())?.prepare(need.query, need.variables && variables, { endpoint: need.endpoint! }));
  };

  return (path) => {
    for (const [need, place] of needed(tables, path)) {
      if (isSpared()) counts.withheld += 1;
      else if ("query" in need) query(need, place).catch(console.warn);
      else request(need, place);
    }
  };
}

/** Whether the person has asked for few bytes, or the line is so slow that what is not asked for would be in the way. */
function isSpared(): boolean {
  const { saveData, effectiveType } = (navigator as { connection?: { saveData?: boolean; effectiveType?: string } }).connection ?? {};
  return saveData || /2g/.test(effectiveType!);
}

