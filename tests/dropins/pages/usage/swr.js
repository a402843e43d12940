// After the pages of SWR's documentation, in React.
import { createElement as h } from "react";
import useSWR, { preload, SWRConfig } from "swr";
import useSWRImmutable from "swr/immutable";
import useSWRInfinite from "swr/infinite";
import useSWRMutation from "swr/mutation";
import { forebayFetcher, forebayProvider } from "forebay/swr";
import { show as rendered } from "./hooks.js";
import { settled, until } from "./kit.js";

const json = async (key) => {
  const [url, init] = typeof key === "string" ? [key] : key;
  const response = await fetch(url, init);
  if (!response.ok) throw Object.assign(new Error(`${response.url.replace(location.origin, "")}: ${response.status}`), { status: response.status });
  return response.json();
};

function show(app, hook, config = {}) {
  const fetcher = app ? forebayFetcher(app) : json;
  const provider = app ? forebayProvider(app) : () => new Map();
  const value = { fetcher, provider, dedupingInterval: 0, errorRetryInterval: 1, revalidateOnFocus: false, ...config };
  return rendered(hook, ({ data, error, isLoading }) => ({ data, failed: error && true, isLoading }), (inner) => h(SWRConfig, { value }, inner));
}

export const swr = {
  async "data, errors and loading"(app) {
    const good = show(app, () => useSWR("/api/patients"));
    const bad = show(app, () => useSWR("/api/gone"), { shouldRetryOnError: false });
    await good.has(({ data }) => data);
    await bad.has(({ failed }) => failed);
    good.stop();
    bad.stop();
    return [good.seen, bad.seen];
  },
  async "conditional and dependent fetching"(app) {
    const shown = show(app, ({ isReady }) => {
      const { data: user } = useSWR(isReady ? "/api/patients/1" : null);
      return useSWR(() => `/api/patients/${user.id}/visits`);
    });
    await new Promise((later) => setTimeout(later, 50));
    const before = [...shown.seen];
    shown.render({ isReady: true });
    await shown.has(({ data }) => data);
    shown.stop();
    return [before, shown.seen.at(-1)];
  },
  async "keys that are lists, with options of the request"(app) {
    const shown = show(app, () => useSWR(["/api/whoami", { headers: { authorization: "Bearer ann" } }]));
    await shown.has(({ data }) => data);
    shown.stop();
    return shown.seen.at(-1);
  },
  async "errors are tried again, by its own rules"(app) {
    const shown = show(app, () => useSWR("/api/flaky"), { errorRetryCount: 5 });
    await shown.has(({ data }) => data);
    shown.stop();
    let tries = 0;
    const own = show(app, () => useSWR("/api/gone"), { onErrorRetry: (_error, _key, _config, revalidate, { retryCount }) => void (tries += 1) || (retryCount < 3 && setTimeout(() => revalidate({ retryCount }), 1)) });
    await until(() => tries === 3);
    await new Promise((later) => setTimeout(later, 100));
    own.stop();
    return [shown.seen.at(-1).data, tries];
  },
  async "at intervals, and when it is told to"(app) {
    const shown = show(app, () => useSWR("/api/tick", { refreshInterval: 60 }));
    await until(() => shown.seen.filter(({ data }) => data).length >= 3);
    shown.stop();
    const told = show(app, () => useSWR("/api/tock"));
    await told.has(({ data }) => data);
    await told.now.mutate();
    await until(() => told.seen.at(-1).data.tock === 2);
    told.stop();
    return [shown.seen.filter(({ data }) => data).slice(0, 3), told.seen.at(-1)];
  },
  async "who asks again within the interval for duplicates is given what is there, and after it what is new"(app) {
    const found = [];
    for (const [url, dedupingInterval] of [["/api/tick", 60_000], ["/api/tock", 10]]) {
      const shown = show(app, ({ isOpen }) => {
        const [one, other] = [useSWR(url), useSWR(isOpen ? url : null)];
        return { ...one, data: [one.data, other.data] };
      }, { dedupingInterval });
      await shown.has(({ data }) => data[0]);
      await new Promise((later) => setTimeout(later, 50));
      shown.render({ isOpen: true });
      await new Promise((later) => setTimeout(later, 200));
      shown.stop();
      found.push(shown.seen.at(-1));
    }
    return found;
  },
  async "a change that is shown before it is made, and taken back where it is refused"(app) {
    const put = async (text) => (await (app ? app.fetch("/api/todo", { method: "PUT", body: text }) : fetch("/api/todo", { method: "PUT", body: text }))).ok || Promise.reject(new Error("refused"));
    const shown = show(app, () => useSWR("/api/todo"));
    await shown.has(({ data }) => data);
    await shown.now.mutate(() => put("learn").then(() => ({ text: "learn" })), { optimisticData: { text: "learn…" }, revalidate: false });
    const refused = await settled(shown.now.mutate(() => put("bad"), { optimisticData: { text: "bad…" }, rollbackOnError: true, revalidate: true }));
    await until(() => shown.seen.at(-1).data.text === "learn");
    shown.stop();
    return [shown.seen.map(({ data }) => data?.text), refused.error.message];
  },
  async "useSWRInfinite"(app) {
    const shown = show(app, () => useSWRInfinite((index, before) => (before?.page === "3" ? null : "/api/pages?page=" + (index + 1)), { revalidateFirstPage: false }));
    await shown.has(({ data }) => data?.length === 1);
    await shown.now.setSize(4);
    await shown.has(({ data }) => data?.length === 3);
    shown.stop();
    return [shown.seen.at(-1).data, shown.now.size];
  },
  async "useSWRMutation"(app) {
    const send = async (url, { arg }) => (await (app ? app.fetch(url, { method: "PUT", body: arg }) : fetch(url, { method: "PUT", body: arg }))).ok || Promise.reject(new Error("refused"));
    const shown = show(app, () => {
      const { data } = useSWR("/api/todo");
      return { ...useSWRMutation("/api/todo", send, { throwOnError: false }), data };
    });
    await shown.has(({ data }) => data);
    await shown.now.trigger("learn");
    await until(() => shown.seen.at(-1).data.text === "learn");
    await shown.now.trigger("bad");
    await until(() => shown.now.error);
    const { message } = shown.now.error;
    shown.stop();
    return [shown.seen.at(-1).data, message];
  },
  async "immutable, previous data, and preloading"(app) {
    const shown = show(app, ({ id = 1 }) => useSWR("/api/patients/" + id, { keepPreviousData: true }));
    await shown.has(({ data }) => data?.id === "1");
    shown.render({ id: 2 });
    await shown.has(({ data }) => data?.id === "2");
    shown.stop();
    const kept = show(app, () => useSWRImmutable("/api/tick"));
    await kept.has(({ data }) => data);
    kept.stop();
    const loaded = await preload("/api/patients/3", app ? forebayFetcher(app) : json);
    return [shown.seen.filter(({ data }) => data), kept.seen.at(-1), loaded];
  },
};
