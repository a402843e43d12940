/** Rows as columns in the module's memory. */
import { pack, unpack } from "../../../src/browser/driver.js";
import type { Core } from "../decisions/module.js";

/** Stand where there is no value: missing, null, of another kind (see `src/permit/columns.rs`). */
const MISSING = NaN;
const NULL = -Infinity;
const WRONG = Infinity;

/** Kinds by their numbers in the format of programs. */
const ANY = 0, FLAG = 1, LONG = 2, NUMBER = 3, TEXT = 4, FOLDED = 5, ENTITY = 6, TEXTS = 7;
/** Of what the sets are sets, from `TEXTS` on. */
const ELEMENTS = [TEXT, LONG, NUMBER, ENTITY];

/** A table with more texts than this that are not kept begins anew. */
const MOST_TEXTS = 4096;

/** How many rows are written before it is asked whether somebody waits. */
const SLICE = 2048;

/** A value that a program reads of rows. */
export interface Need {
  /** Tells it from all others. */
  readonly key: string;
  readonly isId: boolean;
  readonly kind: number;
  readonly name: string;
  readonly of: string;
}

interface Column extends Need {
  readonly number: number;
  /** It could mean two things, so it means none. */
  isTorn?: boolean;
}

/** What a program reads of rows. */
export function needsOf(core: Core, program: number): Need[] {
  const packed = unpack(core, core.needs(program));
  const needs: Need[] = [];
  while (packed.more()) {
    const need = { isId: !!packed.number(), kind: packed.number(), name: packed.text(), of: packed.text() };
    needs.push({ ...need, key: JSON.stringify(Object.values(need)) });
  }
  return needs;
}

export class Table {
  #number = 0;
  #rows: readonly unknown[];
  readonly #columns = new Map<string, Column>();
  readonly #texts = new Map<string, number>();
  readonly #folded = new Map<string, number>();
  /** Rows that were changed since the columns were filled. */
  readonly #changed = new Set<number>();
  /** How many rows the table in the module has. */
  #filled = 0;
  /** All rows are others. */
  #isStale = false;
  /** Another whenever rows are. */
  version = 0;
  /** The column that is being filled slice by slice, and how many of its rows are. */
  #begun: { readonly column: Column; next: number } | undefined;

  constructor(rows: readonly unknown[]) {
    this.#rows = rows;
  }

  /** Other rows in the place of these. */
  replace(rows: readonly unknown[]): void {
    this.#rows = rows;
    this.#isStale = true;
    this.#begun = undefined;
    this.version += 1;
  }

  /** Says that a row is another now. */
  change(row: number): void {
    this.#changed.add(row);
    this.#begun = undefined;
    this.version += 1;
  }

  drop(core: Core): void {
    if (this.#number) core.drop_table(this.#number);
    this.#number = 0;
    this.#begun = undefined;
    this.#columns.clear();
    this.#texts.clear();
    this.#folded.clear();
  }

  /** The table's number, with all columns filled that a program needs. What throws half way is done anew next time. */
  ready(core: Core, needs: readonly Need[]): number {
    const { length } = this.#rows;
    if (this.#isStale && this.#texts.size + this.#folded.size > MOST_TEXTS) this.drop(core);
    if (!this.#number) this.#number = core.table((this.#filled = length));
    if (length !== this.#filled) {
      core.resize(this.#number, length);
      for (let row = this.#filled; row < length; row += 1) this.#changed.add(row);
    }
    const some = this.#isStale ? undefined : [...this.#changed];
    if (!some || some.length) for (const column of this.#columns.values()) this.#fill(core, column, some);
    this.#filled = length;
    this.#changed.clear();
    this.#isStale = false;
    for (const need of needs) while (!this.#columns.has(need.key)) this.#add(core, need, length);
    return this.#number;
  }

  /** Fills a slice of what a program needs; whether that was all. */
  prepare(core: Core, needs: readonly Need[]): boolean {
    this.ready(core, []);
    const need = needs.find(({ key }) => !this.#columns.has(key));
    if (need) this.#add(core, need, SLICE);
    return !need;
  }

  /** Fills so many more rows of a new column. */
  #add(core: Core, need: Need, rows: number): void {
    const { key, kind, name, of } = need;
    if (this.#begun?.column.key !== key) {
      const column: Column = { ...need, number: core.column(this.#number, kind, pack(core, [name, of])) };
      // The rows' id, and an attribute of that name that is an entity of the rows' type.
      for (const other of this.#columns.values()) if (other.number === column.number) column.isTorn = other.isTorn = true;
      this.#begun = { column, next: 0 };
    }
    const { column, next } = this.#begun!;
    const until = Math.min(next + rows, this.#rows.length);
    this.#fill(core, column, undefined, next, until);
    this.#begun!.next = until;
    if (until < this.#rows.length && kind < TEXTS) return;
    this.#begun = undefined;
    this.#columns.set(key, column);
  }

  /** Writes a column's values: of all rows, or of some. A getter that throws leaves it unchecked, and so without values. */
  #fill(core: Core, column: Column, some?: readonly number[], from = 0, until = this.#rows.length): void {
    const { kind, number, isTorn } = column;
    const address = core.values(this.#number, number);
    if (number < 0 || !address) throw new Error("The rows could not be kept.");
    if (isTorn) return;
    if (kind >= TEXTS) return this.#fillSets(core, column);
    const rows = this.#rows;
    const read = this.#reader(column);
    const encode = this.#encoder(core, column);
    const { memory } = core;
    let values = new Float64Array(memory.buffer, address, rows.length);
    const count = some ? some.length : until;
    for (let at = from; at < count; at += 1) {
      const row = some ? some[at]! : at;
      const value = encode(read(rows[row]));
      // A new text may have made the memory grow.
      if (values.buffer !== memory.buffer) values = new Float64Array(memory.buffer, address, rows.length);
      values[row] = value;
    }
    if (until === rows.length) core.check(this.#number, number);
  }

  #fillSets(core: Core, column: Column): void {
    const { kind, number } = column;
    const read = this.#reader(column);
    const encode = this.#encoder(core, { ...column, kind: ELEMENTS[kind - TEXTS]! });
    const counts: number[] = [];
    const starts: number[] = [];
    const items: number[] = [];
    for (const row of this.#rows) {
      const value = read(row);
      starts.push(items.length);
      if (Array.isArray(value)) for (const element of value) items.push(encode(element));
      counts.push(value === undefined ? MISSING : value === null ? NULL : Array.isArray(value) ? value.length : WRONG);
    }
    const { memory } = core;
    const table = this.#number;
    const first = core.items(table, number, items.length);
    new Float64Array(memory.buffer, first, items.length).set(items);
    new Uint32Array(memory.buffer, core.starts(table, number), starts.length).set(starts);
    new Float64Array(memory.buffer, core.values(table, number), counts.length).set(counts);
    core.check(table, number);
  }

  /** How a row's value is read. What every object inherits is no value. */
  #reader({ name }: Column): (row: any) => unknown {
    if (name in Object.prototype) return (row) => (Object.hasOwn(row, name) ? row[name] : undefined);
    return (row) => row[name];
  }

  #encoder(core: Core, { kind, of, isId }: Column): (value: any) => number {
    const nothing = (value: unknown) => (value === undefined ? MISSING : value === null ? NULL : WRONG);
    const text = (value: string) => this.#texts.get(value) ?? this.#intern(core, this.#texts, value, value);
    if (isId) return (value) => (typeof value === "string" ? text(value) : nothing(value));
    switch (kind) {
      case ANY:
        return (value) => (value == null || typeof value === "function" ? nothing(value) : 0);
      case FLAG:
        return (value) => (typeof value === "boolean" ? Number(value) : nothing(value));
      case LONG:
      case NUMBER:
        return (value) => (typeof value === "number" ? (Number.isFinite(value) ? value : WRONG) : nothing(value));
      case TEXT:
        return (value) => (typeof value === "string" ? text(value) : nothing(value));
      case FOLDED:
        return (value) => (typeof value === "string" ? this.#folded.get(value) ?? this.#intern(core, this.#folded, value, value.toLowerCase()) : nothing(value));
      case ENTITY:
        return (value) => (value && value.type === of && typeof value.id === "string" ? text(value.id) : nothing(value));
      default:
        return () => WRONG;
    }
  }

  #intern(core: Core, known: Map<string, number>, text: string, as: string): number {
    // In UTF-8 two texts with halves of characters may be one.
    const number = /\p{Surrogate}/u.test(as) ? WRONG : core.intern(this.#number, pack(core, [as]));
    known.set(text, number);
    return number;
  }
}
