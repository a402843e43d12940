/** What an invalidation or a write makes out of date, as far as that can be said without the core. */
import type { Invalidation } from "../api.js";
import type { DeferredMethod } from "../protocol.js";

/** Whether something is out of date. */
export type Doubt = (url: string, isQuery: boolean) => boolean;

export const everything: Doubt = () => true;

/** A whole URL, without its fragment. On a server there is nothing that a relative one could mean. */
export const absolute = (input: string | URL | Request): string => {
  const url = (input as Request)?.url ?? String(input);
  return (URL.canParse?.(url, globalThis.document?.baseURI) ? new URL(url, globalThis.document?.baseURI).href : url).split("#")[0]!;
};

const withoutQuery = (url: string) => url.split("?")[0]!;

/** Which answers have which label only the core knows: a label concerns all of them. */
export function doubtOf(method: DeferredMethod, what: unknown): Doubt {
  if (method === "clear" || method === "identify") return everything;
  if (method !== "invalidate") return () => false;
  const { urls = [], tags = [], types = [], groups = [] } = what as Invalidation;
  if ([...tags, ...types, ...groups][0] !== undefined || urls.includes("*")) return everything;
  const patterns = urls.map((url) => absolute(url));
  const named = patterns.map((pattern) => new RegExp(`^${pattern.replace(/[^\w*]/g, "\\$&").replaceAll("*", ".*")}$`));
  // A server that names operations in its endpoint's query has one endpoint.
  return (url, isQuery) => named.some((pattern) => pattern.test(url)) || (isQuery && patterns.some((pattern) => withoutQuery(pattern) === withoutQuery(url)));
}
