// What the libraries let their users say of one request, one option to a row: who tests compares what arrives at the server
// and what is shown, over the browser's fetch and over Forebay.
import { ApolloClient, HttpLink, InMemoryCache, gql as apolloGql } from "@apollo/client/core";
import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import axios from "axios";
import { Component, Suspense, createElement, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import useSWR, { SWRConfig, preload } from "swr";
import useSWRImmutable from "swr/immutable";
import useSWRInfinite from "swr/infinite";
import useSWRMutation from "swr/mutation";
import { forebayLink } from "forebay/apollo";
import { forebayAxios } from "forebay/axios";
import { forebayFetcher, forebayProvider } from "forebay/swr";
import { forebayQueryFn } from "forebay/tanstack";
import { forebayExchange } from "forebay/urql";

/** What a user is shown; a failure by what the library says of it. */
const shownBy = (promise) => Promise.race([promise, new Promise((late) => setTimeout(late, 3_000, "has not ended"))]).then(
  (value) => value,
  ({ name, code, status, message }) => ({ name, code, status, message: /fetch|Network ?Error|load/i.test(message) ? "of the network" : message }),
);

const text = (data) => (data instanceof Blob ? data.text() : data instanceof ArrayBuffer ? new TextDecoder().decode(data) : data?.getReader ? new Response(data).text() : data);

function axiosRows() {
  const url = "/api/echo";
  const post = (more) => ({ url, method: "post", data: { a: 1 }, ...more });
  const each = (name, values, made) => Object.fromEntries(values.map((value) => [`${name} ${JSON.stringify(value)}`, made(value)]));
  const form = () => Object.entries({ a: "1", b: "x y" }).reduce((form, [name, value]) => (form.append(name, value), form), new FormData());
  const steps = () => {
    const told = [];
    return { told, listener: ({ loaded, total, progress }) => told.push([loaded, total, progress]) };
  };
  return {
    nothing: { url }, "a base URL": { url: "echo", baseURL: "/api/" }, "an absolute URL and a base": { url: location.origin + url, baseURL: "/elsewhere/" },
    "a base for absolute URLs, too": { url: location.origin + url, baseURL: "/api/", allowAbsoluteUrls: false },
    ...each("method", ["get", "GET", "delete", "head", "options", "post", "put", "patch"], (method) => ({ url, method })),
    "delete with data": { url, method: "delete", data: { a: 1 } },
    params: { url, params: { a: 1, b: [1, 2], c: { d: 1 }, e: null, f: new Date(0), g: "x y&z" } }, "params of the platform": { url, params: new URLSearchParams({ a: "b c" }) },
    ...each("indexes", [null, true, false], (indexes) => ({ url, params: { a: [1, 2] }, paramsSerializer: { indexes } })),
    "params of one's own": { url, params: { a: 1 }, paramsSerializer: { serialize: (params) => "own=" + Object.keys(params) } }, "params in words of one's own": { url, params: { a: "x y" }, paramsSerializer: { encode: (value) => String(value).toUpperCase() } },
    headers: { url, headers: { "x-a": "1", accept: "text/plain" } }, "a header that is none": { url, headers: { "x-a": null, "x-b": undefined, "x-c": false, accept: null } },
    "data: an object": post(), "data: a list": post({ data: [1, { a: 2 }] }), "data: text": post({ data: "text" }), "data: text as JSON": post({ data: "text", headers: { "content-type": "application/json" } }),
    "data: a form of the platform": post({ data: new URLSearchParams({ a: "b c" }) }), "data: bytes": post({ data: new Uint8Array([65, 66]).buffer }), "data: a view": post({ data: new Uint8Array([65, 66]) }), "data: a blob": post({ data: new Blob(["ab"], { type: "text/x" }) }),
    "data: an object as a form": post({ headers: { "content-type": "application/x-www-form-urlencoded" } }), "data: a multipart form": post({ data: form() }), "data: nothing": post({ data: null }),
    "auth": { url, auth: { username: "ann", password: "ü" } },
    ...each("withCredentials", [true, false], (withCredentials) => ({ url, withCredentials })),
    ...each("responseType", ["json", "text", "arraybuffer", "blob", "stream"], (responseType) => ({ url, responseType })),
    "xsrf names": { url, xsrfCookieName: "mark", xsrfHeaderName: "x-mark" }, "xsrf always": { url, withXSRFToken: true, xsrfCookieName: "mark" }, "xsrf never": { url, withXSRFToken: false, xsrfCookieName: "mark" },
    "validateStatus: anything": { url: "/api/gone", validateStatus: null }, "validateStatus: nothing": { url, validateStatus: () => false }, "a status that fails": { url: "/api/gone" },
    "maxContentLength": { url, maxContentLength: 3 }, "maxBodyLength": post({ maxBodyLength: 3 }),
    "maxRedirects": { url: "/api/moved", maxRedirects: 0 }, redirected: { url: "/api/moved" },
    transformRequest: post({ transformRequest: [(data, headers) => (headers.set("x-made", "1"), "own " + data.a)] }), transformResponse: { url, transformResponse: [(data) => "own " + String(data).length] },
    "transitional: JSON that is none is told": { url: "/api/not-json", responseType: "json", transitional: { silentJSONParsing: false } }, "transitional: JSON is not looked for": { url, transitional: { forcedJSONParsing: false } },
    "timeout": { url: "/api/slow", timeout: 60 }, "timeout in words of one's own": { url: "/api/slow", timeout: 60, timeoutErrorMessage: "too late" }, "timeout by another code": { url: "/api/slow", timeout: 60, transitional: { clarifyTimeoutError: true } },
    "a signal": { url: "/api/slow", get signal() { return AbortSignal.timeout(60); } }, "a signal that was given before": { url, signal: AbortSignal.abort() },
    ...Object.fromEntries(Object.entries({
      cache: ["no-store", "no-cache", "reload", "force-cache"], credentials: ["omit", "include"], mode: ["same-origin", "cors"], redirect: ["error", "follow"], priority: ["high"], keepalive: [true],
      referrerPolicy: ["no-referrer", "unsafe-url", "origin"], referrer: ["", "/elsewhere"], integrity: ["sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
    }).flatMap(([name, values]) => values.map((value) => [`fetchOptions.${name} ${value}`, { url, fetchOptions: { [name]: value } }]))),
    "fetchOptions with a redirect": { url: "/api/moved", fetchOptions: { redirect: "error" } },
    downloads: { url, ...progressed("onDownloadProgress", steps()) }, uploads: post(progressed("onUploadProgress", steps())),
    "formSerializer": { url, method: "post", data: { a: [1, { b: 2 }] }, headers: { "content-type": "multipart/form-data" }, formSerializer: { dots: true, indexes: true } },
    "decompress": { url, decompress: false }, "socketPath, proxy, agents": { url, proxy: false, maxRate: 100, family: 4 }, "allowAbsoluteUrls": { url, allowAbsoluteUrls: true },
  };
}

const progressed = (name, { told, listener }) => ({ [name]: listener, told });

async function overAxios(app) {
  const client = axios.create(app ? forebayAxios(app) : { adapter: "fetch" });
  return Object.fromEntries(Object.entries(axiosRows()).map(([name, { told, ...config }], n) => [name, async () => {
    // A resource for each row, lest the browser's cache answer it.
    const shown = await shownBy(client.request({ ...config, url: config.url.replace(/echo$/, `echo/${n}`) }).then(async ({ status, statusText, data, headers }) => ({ status, statusText, kind: data?.constructor?.name, data: await text(data), type: headers["content-type"], made: headers["x-made"] })));
    // How often somebody is told on the way is the network's to say.
    return { ...shown, ...(told && { told: told.at(-1) }) };
  }]));
}

const QUERY = "query Q($id: ID!) { patient(id: $id) { id name } }";
const WRONG = "query Wrong { secret }";
const MUTATION = "mutation M($id: ID!, $name: String!) { rename(id: $id, name: $name) { id name } }";

async function overApollo(app) {
  const to = (options = {}) => new ApolloClient({ link: app ? forebayLink(app, { uri: "/graphql", ...options }) : new HttpLink({ uri: "/graphql", ...options }), cache: new InMemoryCache(), ...options.client });
  const ask = (options, more) => async () => shownBy(to(options).query({ query: apolloGql(QUERY), variables: { id: "1" }, ...(typeof more === "function" ? more() : more) }).then(({ data, errors, error }) => ({ data, errors: (errors ?? error?.errors)?.map(({ message }) => message) })));
  const write = (options, more) => async () => shownBy(to(options).mutate({ mutation: apolloGql(MUTATION), variables: { id: "1", name: "Eve" }, ...more }).then(({ data, errors }) => ({ data, errors })));
  const wrong = (more) => async () => shownBy(to().query({ query: apolloGql(WRONG), ...more }).then(({ data, errors, error }) => ({ data, errors: (errors ?? error?.errors)?.map(({ message }) => message) })));
  return {
    nothing: ask(), "a mutation": write(),
    "uri: a function": ask({ uri: ({ operationName }) => "/elsewhere?op=" + operationName }), "headers": ask({ headers: { "X-Custom": "1" } }), "preserveHeaderCase": ask({ headers: { "X-Custom": "1" }, preserveHeaderCase: true }),
    ...Object.fromEntries(["omit", "same-origin", "include"].map((credentials) => [`credentials ${credentials}`, ask({ credentials })])),
    ...Object.fromEntries(Object.entries({ cache: "no-store", mode: "same-origin", keepalive: true, referrerPolicy: "no-referrer", redirect: "error", priority: "high" }).map(([name, value]) => [`fetchOptions.${name}`, ask({ fetchOptions: { [name]: value } })])),
    "fetchOptions.method GET": ask({ fetchOptions: { method: "GET" } }), "useGETForQueries": ask({ useGETForQueries: true }), "useGETForQueries, and a mutation": write({ useGETForQueries: true }),
    "includeExtensions": ask({ includeExtensions: true }, { context: { extensions: { trace: 1 } } }), "includeUnusedVariables": ask({ includeUnusedVariables: true }, { variables: { id: "1", unused: 2 } }), "variables that are not used": ask({}, { variables: { id: "1", unused: 2 } }),
    "print": ask({ print: (document, original) => original(document).replaceAll("\n", " ") }),
    "context.headers": ask({}, { context: { headers: { "x-context": "1" } } }), "context.uri": ask({}, { context: { uri: "/elsewhere" } }), "context.credentials": ask({}, { context: { credentials: "omit" } }),
    "context.fetchOptions": ask({}, { context: { fetchOptions: { method: "GET" } } }), "context.http.includeQuery": ask({}, { context: { http: { includeQuery: false, includeExtensions: true }, extensions: { persistedQuery: { version: 1, sha256Hash: "0" } } } }),
    "context.http.accept": ask({}, { context: { http: { accept: ["application/custom+json"] } } }), "context.fetchOptions.signal": ask({ uri: "/slow" }, () => ({ context: { fetchOptions: { signal: AbortSignal.timeout(60) } } })),
    "a mutation's context": write({}, { context: { headers: { "x-context": "1" }, uri: "/elsewhere" } }),
    ...Object.fromEntries(["none", "ignore", "all"].map((errorPolicy) => [`errorPolicy ${errorPolicy}`, wrong({ errorPolicy })])),
    ...Object.fromEntries(["network-only", "no-cache", "cache-first"].map((fetchPolicy) => [`fetchPolicy ${fetchPolicy}`, ask({}, { fetchPolicy })])),
    "of a server that is busy": ask({ uri: "/busy" }), "of one that answers no JSON": ask({ uri: "/words" }), "of one that is not there": ask({ uri: "http://127.0.0.1:1/" }),
    "who asks, by name": ask({ client: { name: "web", version: "7", clientAwareness: { name: "web", version: "7" } } }),
  };
}

async function overUrql(app) {
  const to = (options = {}) => new Client({ url: "/graphql", preferGetMethod: false, exchanges: [cacheExchange, ...(app ? [forebayExchange(app)] : []), fetchExchange], ...options });
  const plain = ({ data, error, extensions, stale, hasNext }) => ({ data, extensions, stale, hasNext, error: error && { name: error.name, errors: error.graphQLErrors.map(({ message }) => message), isNetwork: !!error.networkError, status: error.response?.status } });
  const ask = (options, context, variables = { id: "1" }) => async () => shownBy(to(options).query(gql(QUERY), variables, context).toPromise().then(plain));
  const write = (options, context) => async () => shownBy(to(options).mutation(gql(MUTATION), { id: "1", name: "Eve" }, context).toPromise().then(plain));
  return {
    nothing: ask(), "a mutation": write(),
    "fetchOptions": ask({ fetchOptions: { headers: { "x-custom": "1" }, credentials: "omit" } }), "fetchOptions: a function": ask({ fetchOptions: () => ({ headers: { "x-custom": "2" } }) }),
    ...Object.fromEntries(Object.entries({ cache: "no-store", mode: "same-origin", keepalive: true, referrerPolicy: "no-referrer", redirect: "error", priority: "high", credentials: "include" }).map(([name, value]) => [`fetchOptions.${name}`, ask({ fetchOptions: { [name]: value } })])),
    ...Object.fromEntries([true, "force", "within-url-limit"].map((preferGetMethod) => [`preferGetMethod ${preferGetMethod}`, ask({ preferGetMethod })])), "preferGetMethod, and a mutation": write({ preferGetMethod: true }),
    "context.url": ask({}, { url: "/elsewhere" }), "context.fetchOptions": ask({}, { fetchOptions: { headers: { "x-context": "1" } } }), "a mutation's context": write({}, { url: "/elsewhere", fetchOptions: { headers: { "x-context": "1" } } }),
    "context.preferGetMethod": ask({}, { preferGetMethod: true }), "fetch of one's own": ask({}, {}),
    ...Object.fromEntries(["cache-first", "network-only", "cache-and-network"].map((requestPolicy) => [`requestPolicy ${requestPolicy}`, ask({ requestPolicy })])),
    "variables that are not used": ask({}, {}, { id: "1", unused: 2 }), "a variable that is lacking": ask({}, {}, {}),
    "of a server that is busy": ask({ url: "/busy" }), "of one that answers no JSON": ask({ url: "/words" }), "of one that is not there": ask({ url: "http://127.0.0.1:1/" }),
  };
}

/** TanStack's options are its own; what its functions are given, and what they make of it, is not. */
async function overTanstack(app) {
  const json = async ({ queryKey: [url, params], signal }) => {
    const response = await fetch(params ? `${url}?${new URLSearchParams(params)}` : url, { signal });
    if (!response.ok) throw new Error("failed");
    return response.json();
  };
  const queryFn = app ? forebayQueryFn(app) : json;
  const named = (promise) => promise.then((value) => value, () => "failed");
  const row = (options = {}, queryKey = ["/api/echo"]) => async () => named(new QueryClient({ defaultOptions: { queries: { retry: false } } }).fetchQuery({ queryKey, queryFn, ...options }));
  const observed = (options, until = ({ status, fetchStatus }) => status !== "pending" && fetchStatus === "idle", queryKey = ["/api/echo"]) => async () => {
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const seen = [];
    const observer = new QueryObserver(client, { queryKey, queryFn, ...options });
    const end = new Promise((done) => setTimeout(done, 400));
    const settled = new Promise((done) => (seen.stop = observer.subscribe((result) => {
      const { status, fetchStatus, data, isPlaceholderData, isError } = result;
      seen.push(JSON.stringify({ status, fetchStatus, data, isPlaceholderData, isError }));
      if (until(result)) done();
    })));
    await Promise.race([settled, end]);
    seen.stop();
    client.clear();
    return seen;
  };
  return {
    nothing: row(), "a key with parameters": row({}, ["/api/echo", { a: 1, b: "x y" }]), "a failure": row({}, ["/api/gone"]), "a failure that is tried again": row({ retry: 2, retryDelay: 1 }, ["/api/gone"]), "staleTime": row({ staleTime: 1_000 }), "gcTime": row({ gcTime: 0 }),
    "initialData": row({ initialData: { given: true }, staleTime: 1_000 }), "meta": row({ meta: { a: 1 } }), "structuralSharing": row({ structuralSharing: false }), "queryKeyHashFn": row({ queryKeyHashFn: ([url]) => "own " + url }), "networkMode": row({ networkMode: "always" }),
    "observed": observed({}), "observed: select": observed({ select: ({ method }) => ({ chosen: method }) }), "observed: enabled false": observed({ enabled: false }), "observed: placeholderData": observed({ placeholderData: { held: true } }), "observed: initialData": observed({ initialData: { given: true } }),
    "observed: failed": observed({}, undefined, ["/api/gone"]), "observed: tried again": observed({ retry: 1, retryDelay: 1 }, undefined, ["/api/gone"]), "observed: throwOnError": observed({ throwOnError: true }, undefined, ["/api/gone"]), "observed: notifyOnChangeProps": observed({ notifyOnChangeProps: ["data"] }, ({ data }) => data),
    "observed: refetchOnMount always": observed({ refetchOnMount: "always", initialData: { given: true }, staleTime: 60_000 }), "observed: subscribed false": observed({ subscribed: false }),
  };
}

/** What React's error boundaries show. */
class Boundary extends Component {
  state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  componentDidCatch() {
    this.props.told({ caught: true });
  }
  render() {
    return this.state.failed ? null : this.props.children;
  }
}

/** SWR's options say when it asks and what it makes of what came; rendered for real, and each row in a cache of its own. */
async function overSwr(app) {
  const json = async (key) => {
    const response = await fetch(...[key].flat());
    if (!response.ok) throw new Error("failed");
    return response.json();
  };
  let rows = 0;
  /** A URL of the row's own: what an earlier row still asks is not its. */
  const own = () => `/api/echo/${(rows += 1)}`;
  const fetcher = app ? forebayFetcher(app) : json;
  const provider = app ? forebayProvider(app) : () => new Map();
  /**
   * Shows what `use` gives until it says that this was all (or for half a second), and gives what was shown, each state once.
   * `use(told)` is a hook; what it returns is shown.
   */
  const shown = (use, config = {}) => async () => {
    const seen = [];
    let end;
    const ended = new Promise((done) => (end = done));
    const told = (what) => {
      const text = JSON.stringify(what);
      if (seen.at(-1) !== text) seen.push(text);
    };
    function Row() {
      const { data, error, isLoading, isOver, more } = use(told);
      useEffect(() => {
        told({ data, failed: !!error, isLoading, ...more });
        if (isOver) end();
      });
      return null;
    }
    const root = createRoot(document.body.appendChild(document.createElement("div")), { onCaughtError() {} });
    const inside = createElement(Suspense, { fallback: null }, createElement(Row));
    root.render(createElement(SWRConfig, { value: { provider, dedupingInterval: 0, shouldRetryOnError: false, revalidateOnFocus: false, ...config } }, createElement(Boundary, { told: (what) => (told(what), end()) }, inside)));
    await Promise.race([ended, new Promise((late) => setTimeout(late, 500))]);
    root.unmount();
    // Whether React shows a state before or after SWR's words come is a matter of its turns.
    return seen.sort();
  };
  const settled = (result) => ({ data: result.data, error: result.error, isLoading: result.isLoading, isOver: !result.isLoading && !result.isValidating });
  const plain = (options = {}, key = own(), config = {}) => shown((told) => settled(useSWR(key, fetcher, typeof options === "function" ? options(told) : options)), config);
  /** Shown to the end of half a second. */
  const retried = (options) => shown((told) => ({ ...settled(useSWR("/api/gone", fetcher, typeof options === "function" ? options(told) : options)), isOver: false }));
  /** Acts once when the first data is there; over when `times` more renderings have settled. */
  const acting = (act, options = {}, key = own()) => shown((told) => {
    const result = useSWR(key, fetcher, options);
    const [isDone, setDone] = useState(false);
    const begun = useRef(false);
    const isThere = result.data !== undefined && !result.isValidating;
    useEffect(() => {
      if (!isThere || begun.current) return;
      begun.current = true;
      Promise.resolve(act(result, told)).then((value) => told({ acted: value }), () => told({ acted: "failed" })).then(() => setDone(true));
    }, [isThere]);
    return { ...settled(result), isOver: isDone && !result.isValidating };
  });
  const keyed = (options, url = own()) => shown(() => {
    const [key, setKey] = useState(url + "?1");
    const result = useSWR(key, fetcher, options);
    useEffect(() => {
      if (/1/.test(result.data?.search)) setKey(url + "?2");
    }, [result.data]);
    return { ...settled(result), isOver: /2/.test(result.data?.search) && !result.isValidating };
  });
  const focused = (options) => acting(async (_, told) => {
    await new Promise((later) => setTimeout(later, 30));
    window.dispatchEvent(new Event("focus"));
    told("focus");
    await new Promise((later) => setTimeout(later, 60));
  }, options);
  const written = (body) => async (url, { arg }) => (app ? app.fetch : fetch)(url, { method: "POST", body: JSON.stringify(body ?? arg) }).then((response) => response.json());
  const mutated = (options, url = own()) => shown((told) => {
    const { trigger, data, error, isMutating } = useSWRMutation(url, written(), options?.(told));
    const [isDone, setDone] = useState(false);
    useEffect(() => void trigger({ a: 1 }).then((value) => told({ value }), () => told("failed")).then(() => setDone(true)), []);
    return { data, error, isLoading: isMutating, isOver: isDone && !isMutating };
  });
  const paged = (options, url = own()) => shown(() => {
    const result = useSWRInfinite((at) => `${url}?page=${at}`, fetcher, options);
    useEffect(() => {
      if (result.data?.length === 1 && result.size === 1) result.setSize(2);
    }, [result.data]);
    return { ...settled(result), isOver: result.data?.length >= 2 && !result.isValidating };
  });
  return {
    nothing: plain(), "a key with options": plain({}, ["/api/echo", { headers: { "x-a": "1" } }]), "key null": plain({}, null), "key function": plain({}, () => "/api/echo?f"),
    "key that throws": plain({}, () => { throw new Error("not yet"); }), "a failure": plain({}, "/api/gone"), "not JSON": plain({}, "/api/not-json"),
    errorRetryCount: retried({ shouldRetryOnError: true, errorRetryInterval: 1, errorRetryCount: 2 }),
    onErrorRetry: retried((told) => ({ shouldRetryOnError: true, onErrorRetry: (error, key, _, revalidate, { retryCount }) => (told({ key, retryCount }), retryCount < 3 && setTimeout(() => revalidate({ retryCount }), 5)) })),
    fallbackData: plain({ fallbackData: { given: true } }), fallback: plain({}, "/api/echo/fallback", { fallback: { "/api/echo/fallback": { given: true } } }), "revalidateIfStale false": plain({ fallbackData: { given: true }, revalidateIfStale: false }),
    "revalidateOnMount false": plain({ revalidateOnMount: false }), "revalidateOnMount true": plain({ revalidateOnMount: true, revalidateIfStale: false, fallbackData: { given: true } }),
    refreshInterval: shown(() => {
      const [times, setTimes] = useState(0);
      const { data } = useSWR("/api/echo/refreshed", fetcher, { refreshInterval: 40, onSuccess: () => setTimes((times) => times + 1) });
      return { data, more: { times }, isOver: times === 2 };
    }),
    "keepPreviousData": keyed({ keepPreviousData: true }), "another key": keyed({}), isPaused: plain({ isPaused: () => true }), compare: acting(({ mutate }) => mutate(), { compare: () => true }),
    suspense: plain({ suspense: true, dedupingInterval: 2_000 }), "suspense, a failure": plain({ suspense: true, dedupingInterval: 2_000 }, "/api/gone"), onLoadingSlow: plain((told) => ({ loadingTimeout: 20, onLoadingSlow: (key) => told({ slow: key }) }), "/api/slow"),
    onSuccess: plain((told) => ({ onSuccess: (data, key) => told({ data, key }) })), onError: plain((told) => ({ onError: (_, key) => told({ key }) }), "/api/gone"),
    onDiscarded: acting(({ mutate }) => Promise.all([mutate(), mutate({ mine: true }, { revalidate: false })]), { onDiscarded() {} }),
    use: plain({ use: [(next) => (key, fetcher, options) => next(key + "?used", fetcher, options)] }), "fetcher in the options": shown(() => settled(useSWR("/api/echo/inside", { fetcher }))), "fetcher of its own": shown(() => settled(useSWR(["own", 1], async ([, n]) => n))),
    "dedupingInterval": acting(({ mutate }) => mutate(), { dedupingInterval: 5_000 }), "revalidateOnFocus": focused({ revalidateOnFocus: true, focusThrottleInterval: 0 }), "revalidateOnFocus false": focused({ revalidateOnFocus: false }),
    "revalidateOnReconnect": acting(async () => (window.dispatchEvent(new Event("online")), new Promise((later) => setTimeout(later, 60)))), "mutate": acting(({ mutate }) => mutate()), "mutate with data": acting(({ mutate }) => mutate({ mine: true }, { revalidate: false })),
    "mutate, revalidate": acting(({ mutate }) => mutate({ mine: true }, { revalidate: true })), "mutate with a function": acting(({ mutate }) => mutate((data) => ({ ...data, more: 1 }), { revalidate: false })),
    optimisticData: acting(({ mutate }) => mutate(written({ a: 1 })("/api/echo/written", {}), { optimisticData: { hoped: true }, revalidate: false })), rollbackOnError: acting(({ mutate }) => mutate(Promise.reject(new Error("no")), { optimisticData: { hoped: true }, rollbackOnError: true, revalidate: false })),
    populateCache: acting(({ mutate }) => mutate(written({ a: 1 })("/api/echo/written", {}), { populateCache: ({ body }, data) => ({ ...data, body }), revalidate: false })), "throwOnError false": acting(({ mutate }) => mutate(Promise.reject(new Error("no")), { throwOnError: false })),
    useSWRMutation: mutated(), "useSWRMutation: a failure": mutated(undefined, "/api/not-json"), "useSWRMutation: onSuccess": mutated((told) => ({ onSuccess: (data, key) => told({ data, key }) })), "useSWRMutation: populateCache": mutated(() => ({ populateCache: true, revalidate: false })),
    useSWRImmutable: shown(() => settled(useSWRImmutable("/api/echo/immutable", fetcher))), useSWRInfinite: paged({}), "useSWRInfinite: initialSize": paged({ initialSize: 2 }), "useSWRInfinite: parallel": paged({ initialSize: 2, parallel: true }), "useSWRInfinite: revalidateFirstPage false": paged({ revalidateFirstPage: false }),
    preload: async () => (await preload("/api/echo?preloaded", fetcher), shown(() => settled(useSWR("/api/echo?preloaded", fetcher)))()),
  };
}

export const rowsOf = { axios: overAxios, apollo: overApollo, urql: overUrql, tanstack: overTanstack, swr: overSwr };
