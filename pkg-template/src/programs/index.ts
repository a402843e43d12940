/** What pages need that filter rows or hide what a person may not see; loaded with the decisions, unless they only rank. */
import type { Decisions, Predicate } from "../decisions/api.js";
import type { Module } from "../decisions/module.js";
import { Filters, KeptRows } from "./filter.js";
import { LoadedPolicies, Programs } from "./permissions.js";

/** What the bundles of a page share. */
export function programsOf(module: Module): Pick<Decisions, "filter" | "filterAsync" | "keep" | "policies"> {
  const filters = new Filters(module);
  const programs = new Programs(module);
  return {
    filter: (rows, predicate, options = {}) => filters.filter(rows, predicate, options),
    filterAsync: (rows, predicate, options = {}) => filters.filterAsync(rows, predicate, options),
    keep: (rows) => new KeptRows(module, rows, (user) => (user instanceof LoadedPolicies ? user.needs : filters.needs(user as Predicate))),
    policies: (source) => LoadedPolicies.load(programs, source),
  };
}
