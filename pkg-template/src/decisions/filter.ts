/** Which rows a predicate chooses, in which order, and what they come to. */
import type { FilterOptions, Filtered, Policies, Predicate, Rows } from "./api.js";
import type { Core, Module } from "./module.js";
import { found } from "./module.js";
import { compile, tokensOf } from "./predicate.js";
import type { Need } from "./table.js";
import { Table, needsOf } from "./table.js";

/** Milliseconds of work before others have their turn. */
const TURN = 4;

/** How many predicates stay compiled. */
const MOST_PROGRAMS = 32;

export class KeptRows<T> implements Rows<T> {
  #rows: T[];
  readonly #module: Module;
  readonly #needsOf: (user: Predicate | Policies) => readonly Need[];
  readonly table: Table;

  constructor(module: Module, rows: readonly T[], needsOf: (user: Predicate | Policies) => readonly Need[]) {
    this.#module = module;
    this.#needsOf = needsOf;
    this.#rows = [...rows];
    this.table = new Table(this.#rows);
  }

  get rows(): readonly T[] {
    return this.#rows;
  }

  set(index: number, row: T): void {
    if (!(index in this.#rows) && index !== this.#rows.length) throw new RangeError(`There is no row ${index}.`);
    this.#rows[index] = row;
    this.table.change(index);
  }

  replace(rows: readonly T[]): void {
    this.#rows = [...rows];
    this.table.replace(this.#rows);
  }

  async prepare(user: Predicate | Policies): Promise<void> {
    const needs = this.#needsOf(user);
    for (let began = performance.now(); !this.#module.use((core) => this.table.prepare(core, needs)); ) {
      if (performance.now() - began < TURN) continue;
      await ((globalThis as any).scheduler?.yield?.() ?? new Promise((done) => setTimeout(done)));
      began = performance.now();
    }
  }

  release(): void {
    if (this.#module.problem === undefined) this.#module.use((core) => this.table.drop(core));
  }
}

export class Filters {
  readonly #module: Module;
  /** Programs and what they need, by their tokens; the one that was used last is the last. */
  readonly #programs = new Map<string, [program: number, needs: Need[]]>();

  constructor(module: Module) {
    this.#module = module;
  }

  needs(predicate: Predicate): readonly Need[] {
    const tokens = tokensOf(predicate);
    return this.#module.use((core) => this.#program(core, tokens)[1]);
  }

  filter<T>(rows: readonly T[] | Rows<T>, predicate: Predicate, options: FilterOptions): Filtered<T> {
    const kept = rows instanceof KeptRows ? (rows as KeptRows<T>) : undefined;
    const all = kept ? kept.rows : (rows as readonly T[]);
    const tokens = tokensOf(predicate);
    const chosen = this.#module.use((core) => {
      const [program, needs] = this.#program(core, tokens);
      const table = kept ? kept.table : new Table(all);
      try {
        const count = core.choose(table.ready(core, needs), program, 0, Math.ceil(all.length / 64));
        if (count < 0) throw new Error("The rows could not be filtered.");
        return Array.from(found(core, count), (row) => all[row]!);
      } finally {
        if (!kept) table.drop(core);
      }
    });
    return summary(chosen, options);
  }

  #program(core: Core, tokens: (string | number)[]): [program: number, needs: Need[]] {
    const key = JSON.stringify(tokens);
    let program = this.#programs.get(key);
    if (!program) {
      const number = compile(core, tokens);
      program = [number, needsOf(core, number)];
    }
    this.#programs.delete(key);
    this.#programs.set(key, program);
    for (const [old, [number]] of this.#programs) {
      if (this.#programs.size <= MOST_PROGRAMS) break;
      core.drop_program(number);
      this.#programs.delete(old);
    }
    return program;
  }
}

function summary<T>(chosen: T[], { sort, count, sum = [], offset = 0, limit = Infinity }: FilterOptions): Filtered<T> {
  const counts = new Map<unknown, number>();
  if (count !== undefined) {
    for (const row of chosen) {
      const value = (row as any)[count];
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  const sums: Record<string, number> = {};
  for (const field of sum) {
    let total = 0;
    for (const row of chosen) {
      const value = (row as any)[field];
      if (typeof value === "number" && Number.isFinite(value)) total += value;
    }
    sums[field] = total;
  }
  const total = chosen.length;
  const ordered = sort?.length ? inOrder(chosen, sort) : chosen;
  return { rows: offset || limit < total ? ordered.slice(offset, offset + limit) : ordered, total, counts, sums };
}

/** Rows that are equal stay as they were. */
function inOrder<T>(rows: T[], sort: NonNullable<FilterOptions["sort"]>): T[] {
  const keys = sort.map(({ field }) => rows.map((row) => (row as any)[field]));
  const order = rows.map((_, at) => at);
  order.sort((a, b) => {
    for (const [at, { descending }] of sort.entries()) {
      const left = keys[at]![a];
      const right = keys[at]![b];
      const by = rank(left) - rank(right);
      if (by) return by;
      if (left < right) return descending ? 1 : -1;
      if (left > right) return descending ? -1 : 1;
    }
    return 0;
  });
  return order.map((at) => rows[at]!);
}

/** What can be compared with one another: flags, numbers, texts; then what has no order. */
function rank(value: unknown): number {
  if (typeof value === "number") return Number.isNaN(value) ? 3 : 1;
  return typeof value === "boolean" ? 0 : typeof value === "string" ? 2 : 3;
}
