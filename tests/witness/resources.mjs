// What there is to ask for, and what the server says of how long it may be kept.

/** A policy is the first part of a resource's path: `/api/fresh/1`. */
export const POLICIES = {
  /** May be used again without asking. */
  fresh: { cacheControl: "private, max-age=600", hasTag: true, isFresh: true, says: "authorization, x-tenant" },
  /** Says nothing. */
  none: {},
  /** Must be asked for; its validator does not name the person. */
  nocache: { cacheControl: "private, no-cache", hasTag: true, says: "authorization, x-tenant" },
  nostore: { cacheControl: "no-store" },
  /** May be used while it is asked for again. */
  swr: { cacheControl: "private, max-age=0, stale-while-revalidate=600", hasTag: true, isFresh: true, says: "authorization, x-tenant" },
  /** Depends on a header that no list knows. */
  vary: { cacheControl: "private, max-age=600", hasTag: true, isFresh: true, says: "authorization, x-tenant, x-flavour" },
  /** The same, and may not be kept. */
  varynostore: { cacheControl: "no-store", says: "x-flavour" },
  /** Says nothing; the host has a rule. */
  ttl: { isFresh: true },
};

/** The host's rules, with which every page begins. */
export const RULES = [{ match: "/api/ttl/:n", ttl: 600, tags: ["ttl"] }, { match: "/api/post/:n", coalescePost: true }];

export const varyOf = (policy) => POLICIES[policy]?.says;

/** Whether answers of this resource may be older than the request for them. */
export const isFresh = (url) => POLICIES[policyOf(url)]?.isFresh ?? false;

/** Whether an answer must be that to the very flavour that was asked for. */
export const dependsOnFlavour = (url) => policyOf(url).startsWith("vary");

/** `/api/fresh/1?q=a` → `fresh`; of GraphQL the whole. */
export const policyOf = (url) => /^\/api\/(\w+)/.exec(url)?.[1] ?? url;

/** `/api/fresh/1?q=a` → `fresh/1`: what the server counts versions of. */
export const resourceOf = (url) => /^\/api\/([^? ]+)/.exec(url)?.[1] ?? url;
