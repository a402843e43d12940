/** A model's order of items, and what it learns from what a person does with them. */
import { pack, unpack } from "../../../src/browser/driver.js";
import type { DriftReport, InTurns, RankContext, RankOptions, Ranked, Ranker, RankerOptions, Reason, Source } from "../decisions/api.js";
import type { Core, Module } from "../decisions/module.js";
import { checkDecision } from "../checks/decisions.js";
import { digestOf, fetched, found, put } from "../decisions/module.js";
import { DAY, numberOf, plainly } from "../decisions/plain.js";
import { inTurns, type Steps } from "../decisions/turns.js";
import type { Learner, Learning } from "./learning.js";

/** Where scores come from: there are none, the features that were filled, or the page knows them. */
const UNSCORED = 0, SCORED = 1, KNOWN = 2;
/** Stands for no text. */
const NO_TEXT = 2 ** 32 - 1;
/** How many texts of an input stay known. */
const MOST_TEXTS = 1024;
/** How many numbers of a ranker's lists are not of rows. */
const HEAD = 5;
/** A step of ranking in turns should take about so many milliseconds… */
const STEP = 0.5;
/** …and has at least and at most so many items. */
const FEWEST = 16, MOST = 4096;
/** How often it is begun anew when what ranks changes meanwhile, before it is done at once. */
const ATTEMPTS = 3;
const FEEDBACK = ["opened", "dismissed", "ignored"] as const;

interface Input {
  readonly isText: boolean;
  readonly name: string;
  readonly codes: Map<string, number>;
}

/** A model as the module describes it. */
interface Model {
  readonly id: string;
  readonly version: string;
  readonly inputs: readonly Input[];
  /** Past events, and the input whose texts they count. */
  readonly histories: readonly { readonly input: number; readonly name: string }[];
  readonly features: readonly string[];
}

type Options = RankOptions<any>;

export class ModelRanker implements Ranker, Learner {
  readonly #module: Module;
  readonly #options: RankerOptions;
  readonly #learning: Learning;
  readonly #problems: string[] = [];
  #number = 0;
  #model: Model | undefined;
  /** What has been learned, and by which model it is ranked: another object whenever it is another. */
  #state: unknown = {};
  #isReleased = false;
  /** From whom it has learned. */
  #person: unknown;

  private constructor(module: Module, options: RankerOptions, learning: Learning) {
    this.#module = module;
    this.#options = options;
    this.#learning = learning;
    this.#person = learning.person;
  }

  /** `extend`: loads what rankers need of the module. */
  static async load(module: Module, options: RankerOptions, learning: Learning, extend: () => Promise<unknown>): Promise<Ranker> {
    const ranker = new ModelRanker(module, options, learning);
    await extend().catch((cause) => ranker.#problems.push(`Models cannot be used: ${cause}`));
    for (const source of options.models ?? []) if (await ranker.use(source)) break;
    return ranker;
  }

  get model(): Model | undefined {
    return this.#module.problem === undefined ? this.#model : undefined;
  }

  get problems(): readonly string[] {
    const { problem } = this.#module;
    return problem === undefined ? this.#problems : [...this.#problems, problem];
  }

  async use(source: Source): Promise<boolean> {
    try {
      const { learn } = this.#options;
      const before = this.#model;
      // One that the page has already is the same one.
      if (!this.#take(digestOf(source))) this.#take(await fetched(source), true);
      if (!before && learn) this.#module.use((core) => core.let_learn(this.#number, put(core, learn === true ? new Uint8Array() : learn)));
      if (learn === true && before?.id !== this.#model!.id) await this.#learning.join(this);
      return true;
    } catch (error) {
      this.#problems.push((error as Error).message);
      return false;
    }
  }

  /** Takes the model of this digest, of which the page has the bytes or another ranker has it. */
  #take(file: Uint8Array, isWhole = false): boolean {
    return this.#module.use((core) => {
      if (this.#isReleased) throw new Error("The ranker was released.");
      this.#number ||= core.ranker();
      const taken = core.model(this.#number, put(core, file));
      if (taken <= 0 && isWhole) throw new Error(`The file ${unpack(core, -taken).text()}.`);
      if (taken > 0) {
        this.#model = described(core, this.#number);
        this.#state = {};
      }
      return taken > 0;
    });
  }

  rank<T extends object>(items: readonly T[], options: RankOptions<T> = {}): Ranked<T>[] {
    checkDecision("rank()", options);
    try {
      if (this.#isReleased) return plainly(items, this.#options, options);
      this.#own();
      return this.#inOrder(items, options, (core, marks) => {
        const spreads = this.#write(core, items, options, marks);
        return [spreads, core.fill(this.#number, items.length, spreads, 1) ? SCORED : UNSCORED];
      });
    } catch {
      return plainly(items, this.#options, options);
    }
  }

  async rankAsync<T extends object>(items: readonly T[], { signal, ...options }: RankOptions<T> & InTurns = {}): Promise<Ranked<T>[]> {
    checkDecision("rank()", options);
    try {
      return await inTurns(this.#steps(items, options), signal);
    } catch (cause) {
      if (signal?.aborted) throw cause;
      return plainly(items, this.#options, options);
    }
  }

  /** Scores come first, of as many items in one step as the last ones say; then their order. */
  *#steps<T extends object>(items: readonly T[], options: RankOptions<T>): Steps<Ranked<T>[]> {
    const all = [...items];
    const { now = Date.now(), histories = {} } = options;
    for (let attempt = 1; attempt <= ATTEMPTS && !this.#isReleased; attempt += 1) {
      const state = this.#current;
      const scores = new Float64Array(all.length);
      let count = FEWEST;
      for (let from = 0; from < all.length && this.#current === state; ) {
        const began = performance.now();
        const next = all.slice(from, from + count);
        scores.set(this.#scores(next, { now, histories }), from);
        from += next.length;
        const wanted = Math.round((count * STEP) / (performance.now() - began + 0.01));
        count = Math.min(Math.max(wanted, FEWEST), MOST, 2 * count);
        yield;
      }
      if (this.#current === state) return this.#inOrder(all, { ...options, now }, (core, marks) => [this.#write(core, all, { ...options, now }, marks, scores), KNOWN]);
    }
    return this.rank(all, options);
  }

  /** What scores hang on besides the items: another whenever it is another. */
  get #current(): unknown {
    this.#own();
    return this.#isReleased ? undefined : this.model && this.#state;
  }

  /** Scores of some items before anything is made of them; NaN where there is none. */
  #scores(items: readonly object[], context: RankContext): number[] {
    return this.#module.use((core) => {
      this.#write(core, items, context as Options, items.map(() => 0));
      const hasFeatures = !!core.fill(this.#number, items.length, 0, 1);
      const ranked = found(core, core.rank_rows(this.#number, items.length, 0, hasFeatures ? SCORED : UNSCORED));
      const scores = items.map(() => NaN);
      for (let at = 0; at < ranked.length; at += 2) scores[ranked[at]!] = ranked[at + 1]!;
      return scores;
    });
  }

  /** `write` writes the items into the ranker's lists: by how many fields they are spread, and where their scores come from. */
  #inOrder<T extends object>(items: readonly T[], { pinned, muted }: RankOptions<T>, write: (core: Core, marks: number[]) => [spreads: number, from: number]): Ranked<T>[] {
    // Outside of the module: the page may decide them by a permission or a filter.
    const marks = items.map((item) => (pinned?.(item) ? 1 : muted?.(item) ? 2 : 0));
    return this.#module.use((core) => {
      this.#number ||= core.ranker();
      const ranked = [...found(core, core.rank_rows(this.#number, items.length, ...write(core, marks)))];
      return Array.from({ length: ranked.length / 2 }, (_, at) => {
        const row = ranked[2 * at]!;
        const score = ranked[2 * at + 1]!;
        return { item: items[row]!, score: Number.isNaN(score) ? undefined : score };
      });
    });
  }

  why(item: object, most: number, context: RankContext = {}): Reason[] {
    try {
      this.#own();
      return this.#module.use((core) => {
        if (!this.#fillOne(core, item, context)) return [];
        const effects = [...found(core, core.explain(this.#number, 0))];
        const reasons = effects.map((effect, at) => {
          const feature = this.#model!.features[at]!;
          return { feature, effect, words: `${this.#options.names?.[feature] ?? feature} ${effect > 0 ? "raises" : "lowers"} it` };
        });
        return reasons.filter(({ effect }) => effect).sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)).slice(0, most);
      });
    } catch {
      return [];
    }
  }

  feedback(item: object, what: (typeof FEEDBACK)[number], position: number, context: RankContext = {}): boolean {
    try {
      this.#own();
      const hasLearned = this.#module.use((core) => {
        const place = FEEDBACK.indexOf(what);
        return place >= 0 && position >= 0 && this.#fillOne(core, item, context) && !!core.learn(this.#number, 0, place, position);
      });
      if (hasLearned) this.#tell();
      return hasLearned;
    } catch {
      return false;
    }
  }

  learned(): Uint8Array | undefined {
    try {
      this.#own();
      return this.#module.use((core) => {
        const length = core.learned(this.#number);
        return length ? new Uint8Array(core.memory.buffer, core.scratch(0), length).slice() : undefined;
      });
    } catch {
      return undefined;
    }
  }

  forget(): void {
    this.adopt();
    this.#tell();
  }

  adopt(learned = new Uint8Array()): void {
    this.#state = {};
    this.#person = this.#learning.person;
    // Where the module has failed there is nothing left.
    if (!this.model || !this.learned()) return;
    this.#module.use((core) => core.let_learn(this.#number, put(core, learned)));
  }

  release(): void {
    this.#isReleased = true;
    this.#learning.leave(this);
    this.#model = undefined;
    if (this.#number && this.#module.problem === undefined) this.#module.use((core) => core.drop_ranker(this.#number));
    this.#number = 0;
  }

  report(): DriftReport | undefined {
    const { model } = this;
    if (!model) return undefined;
    return this.#module.use((core) => {
      const [rows = 0, ...numbers] = found(core, core.drift(this.#number));
      const features = model.features.map((feature, at) => {
        const [missing = 0, unknown = 0, outside = 0, stability = NaN] = numbers.slice(4 * at, 4 * at + 4);
        return { feature, missing, unknown, outside, stability: Number.isNaN(stability) ? undefined : stability };
      });
      return { rows, features };
    });
  }

  /** Forgets at once what another person taught it. What the page itself has brought along was for whoever came first. */
  #own(): void {
    const { person } = this.#learning;
    if (person === this.#person) return;
    const isBrought = this.#person === undefined && this.#options.learn !== true;
    this.#person = person;
    if (!isBrought) this.adopt();
  }

  #tell(): void {
    if (this.#options.learn === true && this.model) this.#learning.learned(this);
  }

  /** Writes items into the ranker's lists; by how many fields they are spread. */
  #write(core: Core, items: readonly any[], options: Options, marks: readonly number[] = [0], scores?: ArrayLike<number>): number {
    const { limit = Infinity, spread = {}, recency, now = Date.now(), histories = {} } = options;
    const { priority, time, halfLife = DAY } = this.#options;
    const inputs = (!scores && this.#model?.inputs) || [];
    if (inputs.some(({ codes }) => codes.size > MOST_TEXTS)) {
      core.forget_words(this.#number);
      for (const { codes } of inputs) codes.clear();
    }
    const spreads = Object.entries(spread);
    const rows = items.length;
    // All of the rows' getters run, and all texts get their codes, before a view of the memory is taken.
    const lists = new Float64Array(HEAD + spreads.length + rows * (3 + spreads.length + (scores ? 1 : inputs.length)));
    lists.set([now, limit, halfLife, recency?.halfLife ?? 1, recency?.weight ?? 0, ...spreads.map(([, factor]) => factor)]);
    let at = HEAD + spreads.length;
    const each = (read: (item: any) => number) => {
      for (const item of items) lists[at++] = read(item);
    };
    for (const mark of marks) lists[at++] = mark;
    each((item) => (priority === undefined ? NaN : numberOf(item[priority])));
    each((item) => (time === undefined ? NaN : numberOf(item[time])));
    for (const [field] of spreads) {
      const codes = new Map<unknown, number>();
      each((item) => codeOf(codes, item[field] ?? undefined));
    }
    if (scores) lists.set(scores, at);
    inputs.forEach(({ isText, name, codes }, input) => {
      each(isText ? (item) => this.#codeOf(core, input, codes, item[name]) : (item) => numberOf(item[name]));
    });
    if (!scores) this.#model?.histories.forEach(({ input, name }, place) => {
      const events = histories[name] ?? [];
      const keys = events.map(({ key }) => this.#codeOf(core, input, inputs[input]!.codes, key));
      const times = events.map(({ time }) => numberOf(time));
      const address = core.history(this.#number, place, events.length);
      if (address) new Float64Array(core.memory.buffer, address, 2 * events.length).set([...keys, ...times]);
    });
    const address = core.lists(this.#number, lists.length);
    if (!address) throw new Error("The items could not be kept.");
    new Float64Array(core.memory.buffer, address, lists.length).set(lists);
    return spreads.length;
  }

  /** Makes one item's features, which are not counted; whether there is a model that they are for. */
  #fillOne(core: Core, item: object, context: RankContext): boolean {
    if (!this.#model) return false;
    this.#write(core, [item], context as Options);
    return !!core.fill(this.#number, 1, 0, 0);
  }

  #codeOf(core: Core, input: number, codes: Map<string, number>, value: unknown): number {
    if (typeof value !== "string") return NO_TEXT;
    let code = codes.get(value);
    if (code === undefined) codes.set(value, (code = core.word(this.#number, input, pack(core, [value])) >>> 0));
    return code;
  }
}

function described(core: Core, ranker: number): Model {
  const packed = unpack(core, core.described(ranker));
  const [id, version] = [packed.text(), packed.text()];
  const inputs = Array.from({ length: packed.number() }, () => ({ isText: !!packed.number(), name: packed.text(), codes: new Map() }));
  const histories = Array.from({ length: packed.number() }, () => ({ input: packed.number(), name: packed.text() }));
  const features: string[] = [];
  while (packed.more()) features.push(packed.text());
  return { id, version, inputs, histories, features };
}

/** Equal values have one number; what has none is like nothing else. */
function codeOf(codes: Map<unknown, number>, value: unknown = {}): number {
  let code = codes.get(value);
  if (code === undefined) codes.set(value, (code = codes.size));
  return code;
}
