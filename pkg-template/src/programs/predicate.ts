/** Predicates as data. */
import { pack, unpack } from "../../../src/browser/driver.js";
import type { FieldTest, Predicate } from "../decisions/api.js";
import type { Core } from "../decisions/module.js";

const OBJECT = 0, LIST = 1, TEXT = 2, NUMBER = 3, FLAG = 4, NULL = 5;

/** Deeper than what the module accepts, which says so; and no deeper, since what is in itself has no end. */
const DEEPEST = 60;

/** As the module takes it: of each value its depth, path, name, sort, text and number. */
export function tokensOf(predicate: Predicate): (string | number)[] {
  const tokens: (string | number)[] = [];
  const take = (value: unknown, depth: number, path: string, key: string, fold: boolean) => {
    const token = (sort: number, text = "", number = 0) => tokens.push(depth, path, key, sort, text, number);
    if (value === null) token(NULL);
    else if (typeof value === "string") token(TEXT, fold && key !== "field" ? value.toLowerCase() : value);
    else if (typeof value === "number") {
      if (!Number.isFinite(value)) throw new TypeError(`${path} must be finite`);
      token(NUMBER, "", value);
    } else if (typeof value === "boolean") token(FLAG, "", Number(value));
    else if (typeof value !== "object") throw new TypeError(`${path} is no JSON`);
    else {
      const isList = Array.isArray(value);
      token(isList ? LIST : OBJECT);
      if (depth > DEEPEST) return;
      const folds = isList ? fold : (value as FieldTest).fold === true;
      for (const [name, member] of Object.entries(value)) {
        if (isList) take(member, depth + 1, `${path}[${name}]`, "", folds);
        else if (member !== undefined) take(member, depth + 1, `${path}.${name}`, name, folds);
      }
    }
  };
  take(predicate, 0, "predicate", "", false);
  return tokens;
}

/** The number of a predicate's program. Throws what is wrong with it, and where. */
export function compile(core: Core, tokens: (string | number)[]): number {
  const program = core.predicate(pack(core, tokens));
  if (program > 0) return program;
  throw new TypeError(unpack(core, -program).text());
}
