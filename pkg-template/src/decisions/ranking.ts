/** What comes first. */
import { pack, unpack } from "../../../src/browser/driver.js";
import type { DriftReport, RankContext, RankOptions, Ranked, Ranker, RankerOptions, Reason, Source } from "./api.js";
import type { Core, Module } from "./module.js";
import { fetched, found, put } from "./module.js";

/** Stands for no text. */
const NO_TEXT = 2 ** 32 - 1;
const DAY = 86_400;
/** How many texts of an input stay known. */
const MOST_TEXTS = 1024;
/** How many numbers of a ranker's lists are not of rows. */
const HEAD = 5;
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

export class ModelRanker implements Ranker {
  readonly #module: Module;
  readonly #options: RankerOptions;
  readonly #problems: string[] = [];
  #number = 0;
  #model: Model | undefined;

  private constructor(module: Module, options: RankerOptions) {
    this.#module = module;
    this.#options = options;
  }

  /** `extend`: loads what rankers need of the module. */
  static async load(module: Module, options: RankerOptions, extend: () => Promise<unknown>): Promise<Ranker> {
    const ranker = new ModelRanker(module, options);
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
      const file = await fetched(source);
      this.#module.use((core) => {
        this.#number ||= core.ranker();
        const taken = core.model(this.#number, put(core, file));
        if (taken <= 0) throw new Error(`The file ${unpack(core, -taken).text()}.`);
        const isFirst = !this.#model;
        this.#model = described(core, this.#number);
        const { learn } = this.#options;
        if (isFirst && learn) core.let_learn(this.#number, put(core, learn === true ? new Uint8Array() : learn));
      });
      return true;
    } catch (error) {
      this.#problems.push((error as Error).message);
      return false;
    }
  }

  rank<T extends object>(items: readonly T[], options: RankOptions<T> = {}): Ranked<T>[] {
    try {
      const { pinned, muted } = options;
      // Outside of the module: the page may decide them by a permission or a filter.
      const marks = items.map((item) => (pinned?.(item) ? 1 : muted?.(item) ? 2 : 0));
      return this.#module.use((core) => {
        this.#number ||= core.ranker();
        const spreads = this.#write(core, items, options, marks);
        const hasFeatures = !!core.fill(this.#number, items.length, spreads, 1);
        const ranked = [...found(core, core.rank_rows(this.#number, items.length, spreads, Number(hasFeatures)))];
        return Array.from({ length: ranked.length / 2 }, (_, at) => {
          const row = ranked[2 * at]!;
          const score = ranked[2 * at + 1]!;
          return { item: items[row]!, score: Number.isNaN(score) ? undefined : score };
        });
      });
    } catch {
      return plainly(items, this.#options, options);
    }
  }

  why(item: object, most: number, context: RankContext = {}): Reason[] {
    try {
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
      return this.#module.use((core) => {
        const place = FEEDBACK.indexOf(what);
        return place >= 0 && position >= 0 && this.#fillOne(core, item, context) && !!core.learn(this.#number, 0, place, position);
      });
    } catch {
      return false;
    }
  }

  learned(): Uint8Array | undefined {
    try {
      return this.#module.use((core) => {
        const length = core.learned(this.#number);
        return length ? new Uint8Array(core.memory.buffer, core.scratch(0), length).slice() : undefined;
      });
    } catch {
      return undefined;
    }
  }

  forget(): void {
    // Where the module has failed there is nothing left.
    if (this.#module.problem !== undefined || !this.learned()) return;
    this.#module.use((core) => core.let_learn(this.#number, 0));
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

  /** Writes items into the ranker's lists; by how many fields they are spread. */
  #write(core: Core, items: readonly any[], options: Options, marks: readonly number[] = [0]): number {
    const { limit = Infinity, spread = {}, recency, now = Date.now(), histories = {} } = options;
    const { priority, time, halfLife = DAY } = this.#options;
    const inputs = this.#model?.inputs ?? [];
    if (inputs.some(({ codes }) => codes.size > MOST_TEXTS)) {
      core.forget_words(this.#number);
      for (const { codes } of inputs) codes.clear();
    }
    const spreads = Object.entries(spread);
    const rows = items.length;
    // All of the rows' getters run, and all texts get their codes, before a view of the memory is taken.
    const lists = new Float64Array(HEAD + spreads.length + rows * (3 + spreads.length + inputs.length));
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
    inputs.forEach(({ isText, name, codes }, input) => {
      each(isText ? (item) => this.#codeOf(core, input, codes, item[name]) : (item) => numberOf(item[name]));
    });
    this.#model?.histories.forEach(({ input, name }, place) => {
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

/** Dates and flags count as numbers. */
function numberOf(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "boolean" || value instanceof Date ? Number(value) : NaN;
}

/** Equal values have one number; what has none is like nothing else. */
function codeOf(codes: Map<unknown, number>, value: unknown = {}): number {
  let code = codes.get(value);
  if (code === undefined) codes.set(value, (code = codes.size));
  return code;
}

/** The order by priority and age, where the module cannot say it. */
function plainly<T extends object>(items: readonly T[], { priority = "", time = "", halfLife = DAY }: RankerOptions, options: RankOptions<T>): Ranked<T>[] {
  const { limit = Infinity, pinned, muted, now = Date.now() } = options;
  /** What cannot be read is not known. */
  const safely = <U>(read: () => U, otherwise: U) => {
    try {
      return read();
    } catch {
      return otherwise;
    }
  };
  const places = items.map((item) => {
    const steps = safely(() => numberOf((item as any)[priority]), NaN);
    const age = now - safely(() => numberOf((item as any)[time]), NaN);
    const score = (Number.isNaN(steps) ? 0 : Math.min(Math.max(steps, -60), 60)) - (Number.isNaN(age) ? 1 : Math.max(age, 0) / 1000 / halfLife);
    const tier = safely(() => (pinned?.(item) ? 0 : muted?.(item) ? 2 : 1), 1);
    return { item, tier, score: tier ? score : 0 };
  });
  places.sort((a, b) => a.tier - b.tier || b.score - a.score);
  return places.slice(0, limit).map(({ item }) => ({ item, score: undefined }));
}
