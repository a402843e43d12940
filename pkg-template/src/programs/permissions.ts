/** What a person may see. */
import { pack, unpack } from "../../../src/browser/driver.js";
import type { Entity, PermissionCall, Permit, Policies, PolicySource, Rows, Why } from "../decisions/api.js";
import { KeptRows, decided } from "./filter.js";
import type { Core, Module } from "../decisions/module.js";
import { fetched, found, put } from "../decisions/module.js";
import type { Need } from "./table.js";
import { Table, needsOf } from "./table.js";
import { inTurns, type Steps } from "../decisions/turns.js";

const VERDICTS = ["permitted", "forbidden", "undecided", "not-permitted", "refused", "refused"] as const;

type Packed = (string | number)[];

/** The program of a file, and how one who uses it gives it back. */
interface Loaded {
  readonly program: number;
  readonly needs: readonly Need[];
  release(): void;
}

/** The programs of files, by their digests: each is read once for all apps. */
export class Programs {
  readonly #files = new Map<string, { readonly read: Promise<[program: number, needs: Need[]]>; users: number }>();

  constructor(readonly module: Module) {}

  async take(source: PolicySource): Promise<Loaded> {
    const key = String(source.sha256).toLowerCase();
    const file = this.#files.get(key) ?? { read: this.#read(source), users: 0 };
    this.#files.set(key, file);
    file.users += 1;
    try {
      const [program, needs] = await file.read;
      const release = () => {
        if (--file.users) return;
        this.#files.delete(key);
        if (this.module.problem === undefined) this.module.use((core) => core.drop_program(program));
      };
      return { program, needs, release };
    } catch (cause) {
      if (this.#files.get(key) === file) this.#files.delete(key);
      throw cause;
    }
  }

  async #read(source: PolicySource): Promise<[program: number, needs: Need[]]> {
    const file = await fetched(source);
    return this.module.use((core) => {
      const program = core.policies(put(core, file));
      if (program <= 0) throw new Error(`The file ${unpack(core, -program).text()}.`);
      return [program, needsOf(core, program)];
    });
  }
}

export class LoadedPolicies implements Policies {
  readonly #module: Module;
  #loaded: Loaded | undefined;
  readonly #expires: number;
  #problem: string | undefined;
  /** Holds items that are not kept. */
  readonly #loose = new Table([]);

  private constructor(programs: Programs, { expires }: PolicySource, loaded: Loaded | undefined, problem?: string) {
    this.#module = programs.module;
    this.#expires = Number(expires);
    this.#loaded = loaded;
    this.#problem = problem;
  }

  /** Never rejects: what cannot be had permits nothing, and says why. */
  static async load(programs: Programs, source: PolicySource): Promise<Policies> {
    try {
      return new LoadedPolicies(programs, source, await programs.take(source));
    } catch (error) {
      return new LoadedPolicies(programs, source, undefined, `Nothing is permitted: ${(error as Error).message}`);
    }
  }

  get needs(): readonly Need[] {
    return this.#loaded?.needs ?? [];
  }

  get problem(): string | undefined {
    if (this.#problem ?? this.#module.problem) return this.#problem ?? this.#module.problem;
    // Also where the date is none.
    return Date.now() < this.#expires ? undefined : "Nothing is permitted: the policies have expired.";
  }

  release(): void {
    this.#loaded?.release();
    this.#loaded = undefined;
    this.#problem ??= "Nothing is permitted: the policies were released.";
    if (this.#module.problem === undefined) this.#module.use((core) => this.#loose.drop(core));
  }

  for(call: PermissionCall): Permit {
    let packed: ((action: string) => Packed) | undefined;
    try {
      packed = packer(call);
    } catch {
      // A call that cannot be read is one that nothing is permitted to.
    }
    const { action } = call;
    return {
      permits: (item) => this.#places(packed?.(action), [item], undefined).length === 1,
      permitted: (items) => this.#rows(packed?.(action), items),
      masked: (items, fields) => {
        const shown = this.#rows(packed?.(action), items);
        return without(shown, Object.entries(fields).map(([field, own]) => [field, this.#rows(packed?.(own), shown)]));
      },
      permittedAsync: (items, { signal } = {}) => this.#later(packed?.(action), items, signal),
      maskedAsync: async (items, fields, { signal } = {}) => {
        const shown = await this.#later(packed?.(action), items, signal);
        const visible: [string, unknown[]][] = [];
        for (const [field, own] of Object.entries(fields)) visible.push([field, await this.#later(packed?.(own), shown, signal)]);
        return without(shown, visible);
      },
      why: (item) => this.#why(packed?.(action), item),
    };
  }

  #rows<T extends object>(packed: Packed | undefined, items: readonly T[] | Rows<T>): T[] {
    const kept = items instanceof KeptRows ? (items as KeptRows<T>) : undefined;
    const rows = kept ? kept.rows : (items as readonly T[]);
    return this.#places(packed, rows, kept?.table).map((at) => rows[at]!);
  }

  /** Which rows are permitted; none if anything at all goes wrong. */
  #places(packed: Packed | undefined, rows: readonly object[], kept: Table | undefined): number[] {
    if (!packed || this.problem !== undefined) return [];
    try {
      return this.#module.use((core) => {
        const table = this.#filled(core, rows, kept);
        const count = core.permit(table, this.#loaded!.program, pack(core, packed), 0, Math.ceil(rows.length / 64));
        return count > 0 ? Array.from(found(core, count)) : [];
      });
    } catch {
      return [];
    }
  }

  /** As `#rows`, in turns. What is broken off rejects; whatever else goes wrong permits nothing. */
  async #later<T extends object>(packed: Packed | undefined, items: readonly T[] | Rows<T>, signal?: AbortSignal): Promise<T[]> {
    try {
      const find = (core: Core, table: Table, from: number, to: number) => {
        const count = this.problem === undefined ? core.permit(table.ready(core, this.needs), this.#loaded!.program, pack(core, packed!), from, to) : 0;
        if (count < 0) throw new Error("It cannot be said.");
        return count;
      };
      const shown = packed ? await inTurns(decided(this.#module, items, () => this.needs, find, asTheyAre<T>), signal) : [];
      // They may have expired meanwhile.
      return this.problem === undefined ? shown : [];
    } catch (cause) {
      if (signal?.aborted) throw cause;
      return [];
    }
  }

  #filled(core: Core, rows: readonly object[], kept: Table | undefined): number {
    if (!kept) this.#loose.replace(rows);
    return (kept ?? this.#loose).ready(core, this.needs);
  }

  #why(packed: Packed | undefined, item: object): Why {
    const refused = (message: string): Why => ({ permitted: false, verdict: "refused", policies: [], lacking: [], message });
    const { problem } = this;
    if (problem !== undefined) return refused(problem);
    if (!packed) return refused("Nothing is permitted: the principal or the context cannot be read.");
    try {
      return this.#module.use((core) => {
        const table = this.#filled(core, [item], undefined);
        const answer = unpack(core, core.why(table, this.#loaded!.program, pack(core, packed), 0));
        const verdict = VERDICTS[answer.number()]!;
        const message = answer.text();
        const policies = Array.from({ length: answer.number() }, () => ({ id: answer.text(), note: answer.text() }));
        const lacking: string[] = [];
        while (answer.more()) lacking.push(answer.text());
        return { permitted: verdict === "permitted", verdict, policies, lacking, message };
      });
    } catch (error) {
      return refused(`Nothing is permitted: ${(error as Error).message}`);
    }
  }
}

function* asTheyAre<T>(chosen: T[]): Steps<T[]> {
  return chosen;
}

/** Copies of items, each without the fields that are not visible in it. */
function without<T extends object>(items: readonly T[], visible: [field: string, of: unknown[]][]): Partial<T>[] {
  const copies = items.map((item) => ({ ...item })) as any[];
  for (const [field, of] of visible) {
    const has = new Set(of);
    copies.forEach((copy, at) => has.has(items[at]) || delete copy[field]);
  }
  return copies;
}

/** A call as the module takes it, for one action or another. */
function packer({ principal, resourceType, context = {} }: PermissionCall): (action: string) => Packed {
  const { type, id, parents = [], attributes = {} } = principal;
  const rest: Packed = [parents.length, ...parents.flatMap((parent) => [sound(parent.type), sound(parent.id)])];
  for (const values of [attributes, context]) {
    const named = Object.entries(values).filter(([, value]) => value !== undefined);
    rest.push(named.length);
    for (const [name, value] of named) rest.push(sound(name), ...valueOf(value));
  }
  const [ofPrincipal, ofResource] = [[sound(type), sound(id)], sound(resourceType)];
  return (action) => [...ofPrincipal, String(action), ofResource, ...rest];
}

function valueOf(value: unknown, isElement = false): Packed {
  const { type, id } = (value ?? {}) as Entity;
  if (value === null) return [0];
  if (typeof value === "boolean") return [1, Number(value)];
  if (typeof value === "number" && Number.isFinite(value)) return [2, value];
  if (typeof value === "string" && isSound(value)) return [3, value];
  if (typeof value === "object" && isSound(type) && isSound(id)) return [4, type, id];
  if (Array.isArray(value) && !isElement) return [5, value.length, ...value.flatMap((element) => valueOf(element, true))];
  return [6];
}

/** In UTF-8 two texts with halves of characters may be one. */
const isSound = (text: unknown): text is string => typeof text === "string" && !/\p{Surrogate}/u.test(text);

function sound(text: unknown): string {
  if (isSound(text)) return text;
  throw new TypeError("must be a text");
}
