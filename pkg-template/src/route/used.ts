/** Which exchanges were begun because a route began, and which of them have served anybody. */
import type { Report } from "../api.js";
import type { Hub } from "../runtime/hub.js";

export interface Counts {
  withheld: number;
  /** Whatever is begun within is counted. */
  during(request: number, begin: () => void): void;
}

const watched = new WeakMap<Hub, Counts>();

/**
 * Looks on at what the core orders, once for each page: the number of an exchange is that of its answer. The part of the
 * runtime for GraphQL takes some of these orders for itself, whenever it comes, so they are wrapped anew when needed.
 */
export function watch(hub: Hub): Counts {
  const known = watched.get(hub);
  if (known) return known;
  /** Requests that are to be sent because of a route. */
  const queued = new Set<number>();
  /** Exchanges that nobody has had anything of yet. */
  const unused = new Set<number>();
  let started = 0;
  let used = 0;
  const use = (body: number) => {
    if (unused.delete(body)) used += 1;
  };
  const cutOut = () => {
    if (unused.size) (JSON.parse(hub.said) as [number[]])[0].forEach(use);
  };
  const orders: Record<string, (a: number, b: number) => void> = {
    sendable(request, flight) {
      if (!queued.delete(request)) return;
      started += 1;
      unused.add(flight);
    },
    answer: (_, body) => use(body),
    notify: (_, body) => use(body),
    compose: cutOut,
    notifyComposed: cutOut,
    // Asked whether an older answer still holds, the server has said yes: that one is what people are given.
    renew: (body, flight) => void (unused.delete(flight) && unused.add(body)),
  };
  const wrapped = new Set<unknown>();
  const page = hub as any;
  const look = () => {
    for (const name in orders) {
      const carryOut = page[name];
      if (!carryOut || wrapped.has(carryOut)) continue;
      page[name] = (...order: [number, number]) => (orders[name]!(...order), carryOut.apply(page, order));
      wrapped.add(page[name]);
    }
  };
  look();
  const { report } = hub;
  hub.report = (): Report => ({ ...report.call(hub), routes: { started, used, unused: started - used, withheld: counts.withheld } });
  const flights = () => report.call(hub).live?.flights ?? 0;
  const counts: Counts = {
    withheld: 0,
    during(request, begin) {
      look();
      const before = flights();
      queued.add(request);
      begin();
      // It was there, or goes along with another.
      if (flights() <= before) queued.delete(request);
    },
  };
  watched.set(hub, counts);
  return counts;
}
