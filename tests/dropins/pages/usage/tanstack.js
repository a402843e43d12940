// After the guides of TanStack Query's documentation, by its observers, which its hooks are made of.
import { InfiniteQueryObserver, keepPreviousData, MutationObserver, QueriesObserver, QueryClient, QueryObserver } from "@tanstack/query-core";
import { shareQueries } from "forebay/tanstack";
import { settled, steps, until } from "./kit.js";

const json = async (input, init) => {
  const response = await fetch(input, init);
  if (!response.ok) throw Object.assign(new Error("status " + response.status), { status: response.status });
  return response.json();
};
const queryFn = ({ queryKey: [url, params], signal }) => json(params ? `${url}?${new URLSearchParams(params)}` : url, { signal });

function clientOf(app, queries = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, ...(!app && { queryFn }), ...queries } } });
  if (app) shareQueries(app, client);
  client.mount();
  return client;
}
const watch = (client, options, Observer = QueryObserver, pick = ({ status, data, error }) => ({ status, data, error: error?.message })) => {
  const { seen, add } = steps();
  const observer = new Observer(client, options);
  add(pick(observer.getCurrentResult()));
  const stop = observer.subscribe((result) => add(pick(result)));
  return { seen, observer, stop };
};
const done = ({ seen }) => until(() => seen.at(-1).status !== "pending");

export const tanstack = {
  async "queries: pending, success, error"(app) {
    const client = clientOf(app);
    const found = [];
    for (const url of ["/api/patients", "/api/gone"]) {
      const query = watch(client, { queryKey: [url] });
      await done(query);
      query.stop();
      found.push(query.seen.map(({ status, data }) => ({ status, data })));
    }
    return found;
  },
  async "retries, by a number and by a function"(app) {
    const client = clientOf(app, { retryDelay: 1 });
    let failures = 0;
    return [
      await settled(client.fetchQuery({ queryKey: ["/api/flaky"], retry: 3 })),
      (await settled(client.fetchQuery({ queryKey: ["/api/gone"], retry: (count, { status }) => !!(failures += 1) && status === 404 && count < 2 }))).error.status,
      failures,
    ];
  },
  async "at intervals"(app) {
    const query = watch(clientOf(app), { queryKey: ["/api/tick"], refetchInterval: 50 });
    await until(() => query.seen.filter(({ data }) => data).length >= 3);
    query.stop();
    return query.seen.filter(({ data }) => data).slice(0, 3);
  },
  async "dependent and parallel queries"(app) {
    const client = clientOf(app);
    const user = watch(client, { queryKey: ["/api/patients/1"] });
    const visits = watch(client, { queryKey: ["/api/patients/1/visits"], enabled: false });
    await done(user);
    visits.observer.setOptions({ queryKey: ["/api/patients/1/visits"], enabled: true });
    await done(visits);
    const all = watch(client, ["1", "2", "3"].map((id) => ({ queryKey: ["/api/patients/" + id] })), QueriesObserver, (results) => results.map(({ data }) => data?.name));
    await until(() => all.seen.at(-1).every(Boolean) && all.seen.at(-1).length === 3);
    for (const { stop } of [user, visits, all]) stop();
    return [user.seen, visits.seen, all.seen.at(-1)];
  },
  async "pages: the previous is shown until the next is there"(app) {
    const page = (number) => ({ queryKey: ["/api/pages", { page: number }], placeholderData: keepPreviousData });
    const query = watch(clientOf(app), page(1), QueryObserver, ({ data, isPlaceholderData }) => ({ data, isPlaceholderData }));
    await until(() => query.seen.at(-1).data);
    query.observer.setOptions(page(2));
    await until(() => query.seen.at(-1).data.page === "2");
    query.stop();
    return query.seen;
  },
  async "infinite queries"(app) {
    const client = clientOf(app);
    const query = watch(client, {
      queryKey: ["endless"], initialPageParam: 1, getNextPageParam: (last) => (last.page < 3 ? +last.page + 1 : undefined),
      queryFn: ({ pageParam, signal }) => (app ? app.json("/api/pages?page=" + pageParam, { signal }) : json("/api/pages?page=" + pageParam, { signal })),
    }, InfiniteQueryObserver, ({ data, hasNextPage }) => ({ pages: data?.pages, hasNextPage }));
    await until(() => query.seen.at(-1).pages);
    await query.observer.fetchNextPage();
    await query.observer.fetchNextPage();
    query.stop();
    return query.seen;
  },
  async "a change that is shown before it is made, and taken back where it is refused"(app) {
    const client = clientOf(app);
    const queryKey = ["/api/todo"];
    const query = watch(client, { queryKey });
    await done(query);
    const change = new MutationObserver(client, {
      mutationFn: async (text) => (await (app ? app.fetch("/api/todo", { method: "PUT", body: text }) : fetch("/api/todo", { method: "PUT", body: text }))).ok || Promise.reject(new Error("refused")),
      onMutate: async (text) => {
        await client.cancelQueries({ queryKey });
        const before = client.getQueryData(queryKey);
        client.setQueryData(queryKey, { text });
        return { before };
      },
      onError: (_error, _text, { before }) => client.setQueryData(queryKey, before),
      onSettled: () => client.invalidateQueries({ queryKey }),
    });
    await change.mutate("learn");
    const refused = await settled(change.mutate("bad"));
    await until(() => query.seen.at(-1).data.text === "learn");
    query.stop();
    return [query.seen, refused.error.message];
  },
  async "cancelling, prefetching, what is stale, and a part of the data"(app) {
    const client = clientOf(app);
    const slow = client.fetchQuery({ queryKey: ["/api/slow"] }).catch((error) => error.constructor.name.length > 0 && "cancelled");
    await client.cancelQueries({ queryKey: ["/api/slow"] });
    await client.prefetchQuery({ queryKey: ["/api/tick"], staleTime: 60_000 });
    const first = await client.fetchQuery({ queryKey: ["/api/tick"], staleTime: 60_000 });
    const part = watch(client, { queryKey: ["/api/patients/1"], select: ({ name }) => name.toUpperCase() });
    await done(part);
    part.stop();
    return [await slow, first, part.seen, client.getQueryData(["/api/patients/1"])];
  },
};
