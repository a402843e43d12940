/** What pages see of decisions. */

/** What a field is tested for; all tests of one object must hold. */
export interface FieldTest {
  /** The field. */
  readonly field: string;
  /** Compares texts without regard to case (`toLowerCase` on both sides). */
  readonly fold?: boolean;
  readonly eq?: string | number | boolean | null;
  readonly ne?: string | number | boolean | null;
  /** Less; texts are compared by their code points. */
  readonly lt?: string | number;
  readonly le?: string | number;
  readonly gt?: string | number;
  readonly ge?: string | number;
  /** The field is one of these. */
  readonly in?: readonly string[] | readonly number[];
  readonly contains?: string;
  readonly startsWith?: string;
  readonly endsWith?: string;
  /** The field is a list and has this element, one of these, all of these. */
  readonly has?: string | number;
  readonly hasAny?: readonly string[] | readonly number[];
  readonly hasAll?: readonly string[] | readonly number[];
  /** `true`: the field is missing or null; `false`: it is not. */
  readonly null?: boolean;
}

/**
 * Which rows are chosen. A test of a value that is missing, null or of another kind is neither true nor false, and
 * `not` leaves it so; a row is chosen where the whole is true.
 */
export type Predicate = (FieldTest | { readonly field?: never }) & {
  readonly and?: readonly Predicate[];
  readonly or?: readonly Predicate[];
  readonly not?: Predicate;
};

/** What is made of the rows that were chosen. */
export interface FilterOptions {
  /** Fields to order by, the first one first; rows without a value come last. Without it rows stay as they are. */
  readonly sort?: readonly { readonly field: string; readonly descending?: boolean }[];
  /** Counts the chosen rows by the values of this field. */
  readonly count?: string;
  /** Adds up the numbers of these fields over the chosen rows; what is no number adds nothing. */
  readonly sum?: readonly string[];
  /** How many of the chosen rows are left out at the start. */
  readonly offset?: number;
  /** How many rows are given at most. */
  readonly limit?: number;
}

/** For work in turns. */
export interface InTurns {
  /** Breaks it off: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a filter found. */
export interface Filtered<T> {
  /** The rows, themselves and not copies. */
  readonly rows: T[];
  /** How many were chosen, on all pages. */
  readonly total: number;
  /** How many rows have each value of the field that was to be counted. */
  readonly counts: Map<unknown, number>;
  /** By field. */
  readonly sums: Record<string, number>;
}

/** Rows that stay in columns between calls. */
export interface Rows<T> {
  /** The rows as they are now. */
  readonly rows: readonly T[];
  /** Puts another row in a place. The place behind the last adds one. */
  set(index: number, row: T): void;
  /** Puts all others in their place. */
  replace(rows: readonly T[]): void;
  /**
   * Fills the columns that a predicate or policies read, some milliseconds at a time (those of lists each at once).
   * Without it the first that reads them does so. Rejects where a filter would throw; a row that is `set` meanwhile
   * begins a column anew.
   */
  prepare(user: Predicate | Policies): Promise<void>;
  /** Gives the memory back; used again, the columns are made anew. */
  release(): void;
}

/** Where bytes come from, and what they must be. */
export interface Source {
  /** The bytes themselves… */
  readonly bytes?: Uint8Array;
  /** …or where they are fetched from. */
  readonly url?: string | URL;
  /** Their SHA-256 in hexadecimal digits. Bytes of which it is not known are never used. */
  readonly sha256: string;
}

/** A signed list of files (`forebay sign`), and whose signature counts. */
export interface ManifestSource {
  readonly url: string | URL;
  /** The public key, Ed25519 or P-256 (`forebay sign key`). Browsers without Ed25519 refuse what it signs. */
  readonly trust: JsonWebKey;
  /** Lists that are older than this are refused from the beginning. */
  readonly leastVersion?: number;
}

/** Files by their names, as their maker has signed them. */
export interface Manifest {
  /** Undefined: none could be had so far. */
  readonly version: number | undefined;
  /** Why lists were refused. */
  readonly problems: readonly string[];
  /**
   * Where a file is, what it must be, and until when that counts: for `policies` and `models`. What is not in the list
   * is a source that is never used.
   */
  file(name: string): PolicySource;
  /** Fetches the list again. One that is not signed, expired or older is refused, and the one before stays. Does not reject. */
  refresh(): Promise<boolean>;
}

/** Compiled policies (`forebay policy compile`). */
export interface PolicySource extends Source {
  /** From when on nothing is permitted by them: a date, or milliseconds since 1970. */
  readonly expires: Date | number;
}

/** An entity: its type with its namespace, and its id. */
export interface Entity {
  readonly type: string;
  readonly id: string;
}

/** A value of the principal or the context. */
export type AttributeValue = string | number | boolean | null | Entity | readonly (string | number | Entity)[];

/** Who asks, for what. */
export interface PermissionCall {
  readonly principal: Entity & {
    /** All entities in which the principal is, directly or not. */
    readonly parents?: readonly Entity[];
    readonly attributes?: Readonly<Record<string, AttributeValue>>;
  };
  /** The action's id. */
  readonly action: string;
  /** The type of the items, with its namespace. */
  readonly resourceType: string;
  readonly context?: Readonly<Record<string, AttributeValue>>;
}

/** Why an item is shown or not. */
export interface Why {
  readonly permitted: boolean;
  /** `undecided`: a policy is in error. `refused`: nothing is permitted to anybody, and `message` says why. */
  readonly verdict: "permitted" | "forbidden" | "undecided" | "not-permitted" | "refused";
  /** The policies that decided: those that permit, that forbid, or that are in error. */
  readonly policies: readonly { readonly id: string; readonly note: string }[];
  /** What policies in error read and did not find, or found of another kind. */
  readonly lacking: readonly string[];
  readonly message: string;
}

/**
 * What a person may see of some items. This is a mask for rendering: whoever holds the page can read and change
 * everything in it, and the server decides. All that is unknown, missing, expired or broken denies.
 */
export interface Permit {
  permits(item: object): boolean;
  /** The items that are permitted, in their order. */
  permitted<T extends object>(items: readonly T[] | Rows<T>): T[];
  /** Copies of the permitted items, each without the fields whose own action is denied: `{ salary: "view.salary" }`. */
  masked<T extends object>(items: readonly T[] | Rows<T>, fields: Readonly<Record<string, string>>): Partial<T>[];
  /** The same for more items than can be looked at within a millisecond: in turns, between which the page goes on. */
  permittedAsync<T extends object>(items: readonly T[] | Rows<T>, options?: InTurns): Promise<T[]>;
  maskedAsync<T extends object>(items: readonly T[] | Rows<T>, fields: Readonly<Record<string, string>>, options?: InTurns): Promise<Partial<T>[]>;
  why(item: object): Why;
}

export interface Policies {
  /** Why they permit nothing, if they could not be had. */
  readonly problem: string | undefined;
  for(call: PermissionCall): Permit;
  /** Gives the memory back, where no other app uses the same file; from then on nothing is permitted by them. */
  release(): void;
}

/** How items are ranked. */
export interface RankerOptions {
  /** Models (`forebay model convert`), the newest first: the first that can be had is used. Without any the order is that of priority and age. */
  readonly models?: readonly Source[];
  /** The field with an item's priority: each step counts as much as one half-life of youth. */
  readonly priority?: string;
  /** The field with an item's time: a date, or milliseconds since 1970. */
  readonly time?: string;
  /** In seconds; a day if nothing is said. */
  readonly halfLife?: number;
  /**
   * Learns from `feedback`. `true`: from the person that `identify` names, together with all rankers of that model, in
   * all apps and tabs; it is kept with what else is stored of that person, and erased with it when another is named or
   * nobody. (Where nobody is, or nothing may be stored, or only encrypted, it lasts as long as the page.) What
   * `learned()` gave before: from there on, and kept by the page itself. It never leaves the browser.
   */
  readonly learn?: boolean | Uint8Array;
  /** What features are called in reasons. */
  readonly names?: Readonly<Record<string, string>>;
}

export interface RankOptions<T> {
  /** How many items are wanted; all if nothing is said. */
  readonly limit?: number;
  /** Items before all others, in their order. */
  readonly pinned?: (item: T) => boolean;
  /** Items after all others. */
  readonly muted?: (item: T) => boolean;
  /** By field: what a score is multiplied by for each item above with the same value, more than 0 and less than 1. */
  readonly spread?: Readonly<Record<string, number>>;
  /** Lets scores fall with age: the half-life in seconds, and the part of a score that age takes in the end. */
  readonly recency?: { readonly halfLife: number; readonly weight: number };
  /** Milliseconds since 1970; the clock's time if nothing is said. */
  readonly now?: number;
  /** Past events by the name that the model's schema gives them. */
  readonly histories?: Readonly<Record<string, readonly { readonly key: string; readonly time: Date | number }[]>>;
}

/** What speaks for or against an item, beside what is expected of any. */
export interface Reason {
  readonly feature: string;
  /** What it adds to the score before that is made a probability. */
  readonly effect: number;
  /** `priority raises it`. */
  readonly words: string;
}

export interface Ranked<T> {
  readonly item: T;
  /** Undefined where the model has none. */
  readonly score: number | undefined;
}

/** When it is, and what happened before. */
export type RankContext = Pick<RankOptions<never>, "now" | "histories">;

/** What a model was fed with that it was not trained for, since it was loaded. */
export interface DriftReport {
  readonly rows: number;
  readonly features: readonly {
    readonly feature: string;
    readonly missing: number;
    readonly unknown: number;
    readonly outside: number;
    /** Population stability index; undefined if it is not known. */
    readonly stability: number | undefined;
  }[];
}

export interface Ranker {
  /** The model that is used; undefined: priority and age. */
  readonly model: { readonly id: string; readonly version: string } | undefined;
  /** What is wrong with the models that are not used. */
  readonly problems: readonly string[];
  /** Takes another model. One that cannot be had is refused, and the one before stays. Does not reject; whether it is used. */
  use(model: Source): Promise<boolean>;
  /** The items in order. Does not throw because of a model. It does all its work at once. */
  rank<T extends object>(items: readonly T[], options?: RankOptions<T>): Ranked<T>[];
  /** The same for more items than can be ranked within a millisecond: in turns, between which the page goes on. */
  rankAsync<T extends object>(items: readonly T[], options?: RankOptions<T> & InTurns): Promise<Ranked<T>[]>;
  /**
   * What speaks most for or against an item, the greatest first; nothing where the model cannot say it. For large
   * forests it takes much longer than the order of all items: ask for those that are looked at, one at a time.
   */
  why(item: object, most: number, context?: RankContext): Reason[];
  /** Learns from what a person did with an item at a place of the list, the first of which is 0. Whether it could. */
  feedback(item: object, what: "opened" | "dismissed" | "ignored", position: number, context?: RankContext): boolean;
  /** All that was learned, to be stored; it is only what `learn` takes. Undefined: it does not learn. */
  learned(): Uint8Array | undefined;
  /** Forgets all that was learned, also what is kept. */
  forget(): void;
  report(): DriftReport | undefined;
  /** Gives the memory back. From then on the order is that of priority and age. */
  release(): void;
}

export interface DecisionOptions {
  /** Where `decisions.wasm` is; without it, beside this script. */
  readonly wasm?: string | URL;
  /** The module's digest in the form of `integrity` attributes (`integrity.json` has it). */
  readonly wasmIntegrity?: string;
  /** This page only ranks: what filters and hides is fetched when policies are first asked for, and `filter` and `keep` throw until then. */
  readonly only?: "ranking";
  /** The same of `programs.wasm`, the part that filters and hides. */
  readonly programs?: { readonly wasm?: string | URL; readonly wasmIntegrity?: string };
  /** The same of `ranking.wasm`, the part that is fetched with the first ranker. */
  readonly ranking?: { readonly wasm?: string | URL; readonly wasmIntegrity?: string };
}

export interface Decisions {
  /** Why nothing can be decided, if the module could not be loaded or has failed. */
  readonly problem: string | undefined;
  /**
   * The rows that a predicate chooses. Throws a `TypeError` that says what is wrong with the predicate and where, and
   * an `Error` where the module cannot be had. It does all its work at once, which takes longer for more rows: keep
   * large tables.
   */
  filter<T extends object>(rows: readonly T[] | Rows<T>, predicate: Predicate, options?: FilterOptions): Filtered<T>;
  /**
   * The same for more rows than can be looked at within a millisecond: what takes longer is done in turns of a few
   * milliseconds, between which the page goes on. Kept rows that change meanwhile are looked at as they are then.
   */
  filterAsync<T extends object>(rows: readonly T[] | Rows<T>, predicate: Predicate, options?: FilterOptions & InTurns): Promise<Filtered<T>>;
  /** Keeps rows in columns between calls. Who changes a row in place must `set` it again. */
  keep<T extends object>(rows: readonly T[]): Rows<T>;
  /** Reads compiled policies. Does not reject: policies that cannot be had permit nothing, and say why. */
  policies(source: PolicySource): Promise<Policies>;
  /** Reads a signed list of files. Does not reject: without it no file is used, and `problems` says why. */
  manifest(source: ManifestSource): Promise<Manifest>;
  /** Puts items in order by a model. Does not reject: without a model the order is that of priority and age. */
  ranker(options?: RankerOptions): Promise<Ranker>;
}
