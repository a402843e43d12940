/** The words between the core's depot and the page (see `src/bindings/depot.rs`). */
import type { Hub } from "../runtime/hub.js";
import { moment, pack, unpack } from "../../../src/browser/driver.js";

/** What the depot can be told, by number. */
export const FACTS = [
  "opened", "met", "parted", "read", "heard", "sought", "adopted", "loaded", "claimed", "told", "offered", "headed", "failed",
  "settled", "written", "ended", "indexed", "full", "budget", "emptied", "sleeping", "timePassed", "identified", "doubted", "given", "judged", "changed",
] as const;

export type Fact = (typeof FACTS)[number];

/** What it orders, by number: the page's half has these methods. */
const ORDERS = [
  "load", "claim", "queue", "seize", "release", "send", "give", "take", "fail", "say", "offer", "write", "erase", "wakeAt", "log", "partition", "body", "judgement",
] as const;

/** One order: most have only some of these. */
export type Carry = (a: number, b: number, key: string, text: string, words: number[]) => void;

export type Orders = Record<(typeof ORDERS)[number], Carry>;

/** Tells a fact, and carries out what follows. Says whether the core was there to hear it. */
export function tell(hub: Hub, orders: Orders, what: Fact, flight = 0, items: readonly (string | number)[] = []): boolean {
  const list: [name: keyof Orders, ...Parameters<Carry>][] = [];
  const heard = hub.safely((core) => {
    const answer = unpack(core, core.depot(FACTS.indexOf(what), flight, pack(core, [moment(), ...items])));
    while (answer.more()) {
      list.push([
        ORDERS[answer.number()]!, answer.number(), answer.number(), answer.text(), answer.text(),
        Array.from({ length: answer.number() }, () => answer.number()),
      ]);
    }
    return true;
  });
  // All is read before the first is carried out, since that may call the core again.
  for (const [name, ...what] of list) orders[name](...what);
  return heard ?? false;
}
