/**
 * What tabs say, and what of it is believed: any script of the origin may write to the channel, and what no tab of this
 * version says goes no further than here.
 */
import { isAnswer, type Answer } from "./rows.js";

/** How the core is told that something is out of date. It is the name of one of its functions, so the list is closed. */
export type Doubt = [what: "invalidate" | "written" | "mutated", items: (string | number)[]];

export type Message =
  /** Something is out of date: how the core is told, and the how-manieth word of that tab it is. `isPlain`: it has no core. */
  | { is: "doubt"; doubt: Doubt; tab: number; count: number; isPlain?: true }
  /** The log on disk has grown. */
  | { is: "log" }
  /** About flights: see `Say` in `src/depot`. */
  | { is: "told"; key: string; say: number }
  | ({ is: "answer"; key: string; words: number[]; arrived: number } & Answer)
  /** A tab is new, or has slept; those who hear it answer when their flights can be found. */
  | { is: "hello"; from: number }
  /** To the tab that said hello, at once: there is somebody. */
  | { is: "hi"; to: number }
  /** The same, when its flights can be found: who answers, and how many words it has said. */
  | { is: "here"; from: number; to: number; count: number }
  /** A tab goes. */
  | { is: "bye"; from: number }
  /** A tab has become another person's. */
  | { is: "person"; person: string };

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
/** As the core writes fingerprints and names of partitions. */
const isDigest = (value: unknown): boolean => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isList = (value: unknown, fits: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(fits);
const isText = (item: unknown): boolean => typeof item === "string";
const isItem = (item: unknown): boolean => isText(item) || typeof item === "number";

/** What stands in each: see `Hub.outdated`. */
const DOUBTS = new Map<unknown, (items: unknown[]) => boolean>(Object.entries({
  invalidate: ([urls, ...texts]) => isCount(urls) && texts.every(isText) && (urls as number) <= texts.length,
  written: ([method, url, ...head]) => isText(method) && isText(url) && head.every(isItem),
  mutated: (texts) => texts.length > 3 && texts.every(isText),
} satisfies Record<Doubt[0], (items: unknown[]) => boolean>));
const isDoubt = (value: unknown): boolean => Array.isArray(value) && Array.isArray(value[1]) && !!DOUBTS.get(value[0])?.(value[1]);

/** What the members of each kind must be. */
const KINDS = new Map<unknown, Record<string, (value: any) => boolean>>(Object.entries({
  doubt: { doubt: isDoubt, tab: isCount, count: isCount },
  log: {},
  told: { key: isDigest, say: isCount },
  answer: { key: isDigest, words: (words) => isList(words, isCount), arrived: Number.isFinite, h: () => true, b: () => true },
  hello: { from: isCount },
  hi: { to: isCount },
  here: { from: isCount, to: isCount, count: isCount },
  bye: { from: isCount },
  person: { person: isDigest },
} satisfies Record<Message["is"], Record<string, (value: any) => boolean>>));

/** What was heard, if it is a message. */
export function messageOf(data: any): Message | undefined {
  const members = Object(data) === data && Object.hasOwn(data, "is") && KINDS.get(data.is);
  if (!members) return;
  // A page may have put anything into `Object.prototype`: what a message does not have itself is not there.
  const fits = Object.entries(members).every(([name, is]) => Object.hasOwn(data, name) && is(data[name]));
  return fits && (data.is !== "answer" || isAnswer(data)) ? data : undefined;
}
