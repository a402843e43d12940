/** What a write has made out of date, as far as that can be said without the core. */
import type { Invalidation } from "./api.js";

/**
 * The URL that was written to, those of its origin that the answer names (RFC 9111, §4.4), and groups (RFC 9875, §3.2).
 * Without an answer it may have been done all the same.
 */
export function wroteTo(url: string, response?: Response): Invalidation {
  const said = (name: string) => response?.headers.get(name) ?? "";
  const named = ["location", "content-location"].map((name) => {
    try {
      return said(name) && new URL(said(name), url);
    } catch {
      return; // nobody knows what it means
    }
  });
  const others = named.flatMap((other) => (other && other.origin === new URL(url).origin ? [other.href] : []));
  return { urls: [url, ...others], groups: groupsOf(said("cache-group-invalidation")) };
}

/** The texts of a list (RFC 9651, §3.1). */
export const groupsOf = (list: string): string[] => (list.match(/"[^"]*"/g) ?? []).map((group) => group.slice(1, -1));
