/** Which rows a predicate chooses, in which order, and what they come to. */
import type { FilterOptions, Filtered, InTurns, Policies, Predicate, Rows } from "../decisions/api.js";
import type { Core, Module } from "../decisions/module.js";
import { found } from "../decisions/module.js";
import { compile, tokensOf } from "./predicate.js";
import { summary } from "./summary.js";
import type { Need } from "./table.js";
import { Table, needsOf } from "./table.js";
import { TURN, atOnce, inTurns, pause, type Steps } from "../decisions/turns.js";

/** Blocks of 64 rows that are decided in one step, and rows that are sorted in one. */
const BLOCKS = 64;
const ROWS = 2048;
/** How often it is begun anew when rows change meanwhile, before it is done at once. */
const ATTEMPTS = 3;

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
      await pause();
      began = performance.now();
    }
  }

  release(): void {
    if (this.#module.problem === undefined) this.#module.use((core) => this.table.drop(core));
  }
}

export class Filters {
  /** Programs and what they need, by their tokens; the one that was used last is the last. */
  readonly #programs = new Map<string, [program: number, needs: Need[]]>();

  constructor(readonly module: Module) {}

  needs(predicate: Predicate): readonly Need[] {
    const tokens = tokensOf(predicate);
    return this.module.use((core) => this.#program(core, tokens)[1]);
  }

  /** Finds rows in some blocks of 64; how many. */
  choose(core: Core, table: Table, tokens: (string | number)[], from: number, to: number): number {
    const [program, needs] = this.#program(core, tokens);
    const count = core.choose(table.ready(core, needs), program, from, to);
    if (count < 0) throw new Error("The rows could not be filtered.");
    return count;
  }

  filter<T>(rows: readonly T[] | Rows<T>, predicate: Predicate, options: FilterOptions): Filtered<T> {
    const kept = rows instanceof KeptRows ? (rows as KeptRows<T>) : undefined;
    const all = kept ? kept.rows : (rows as readonly T[]);
    const tokens = tokensOf(predicate);
    const chosen = this.module.use((core) => {
      const table = kept ? kept.table : new Table(all);
      try {
        const count = this.choose(core, table, tokens, 0, Math.ceil(all.length / 64));
        return Array.from(found(core, count), (row) => all[row]!);
      } finally {
        if (!kept) table.drop(core);
      }
    });
    return atOnce(summary(chosen, options, Infinity));
  }

  async filterAsync<T>(rows: readonly T[] | Rows<T>, predicate: Predicate, { signal, ...options }: FilterOptions & InTurns): Promise<Filtered<T>> {
    return inTurns(this.#steps(rows, predicate, options), signal);
  }

  *#steps<T>(rows: readonly T[] | Rows<T>, predicate: Predicate, options: FilterOptions): Steps<Filtered<T>> {
    const tokens = tokensOf(predicate);
    return yield* decided(
      this.module, rows, () => this.needs(predicate), (core, table, from, to) => this.choose(core, table, tokens, from, to),
      (chosen: T[]) => summary(chosen, options, ROWS),
    );
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

/**
 * What is made of the rows of which `find` says so, looking at some blocks of 64. Fills the columns first.
 *
 * Rows that change before all of it is done are looked at anew: nobody is given what was so before.
 */
export function* decided<T, Made>(
  module: Module, rows: readonly T[] | Rows<T>, needs: () => readonly Need[], find: (core: Core, table: Table, from: number, to: number) => number,
  make: (chosen: T[]) => Steps<Made>,
): Steps<Made> {
  const kept = rows instanceof KeptRows ? (rows as KeptRows<T>) : new KeptRows(module, rows as readonly T[], () => []);
  const { table } = kept;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const { version } = table;
      const all = kept.rows;
      const blocks = Math.ceil(all.length / 64);
      const isLast = attempt > ATTEMPTS;
      const wanted = needs();
      while (!isLast && table.version === version && !module.use((core) => table.prepare(core, wanted))) yield;
      const chosen: T[] = [];
      const step = isLast ? blocks : BLOCKS;
      for (let from = 0; from < blocks && table.version === version; from += step) {
        module.use((core) => found(core, find(core, table, from, Math.min(from + step, blocks))).forEach((row) => chosen.push(all[row]!)));
        if (!isLast) yield;
      }
      const steps = make(chosen);
      while (table.version === version) {
        const { done, value } = steps.next();
        if (done) return value;
        if (!isLast) yield;
      }
    }
  } finally {
    if (kept !== rows) kept.release();
  }
}
