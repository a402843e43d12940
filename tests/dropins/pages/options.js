// What the libraries let their users say of one request, one option to a row: who tests compares what arrives at the server
// and what is shown, over the browser's fetch and over Forebay.
import { ApolloClient, HttpLink, InMemoryCache, gql as apolloGql } from "@apollo/client/core";
import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import axios from "axios";
import { forebayLink } from "forebay/apollo";
import { forebayAxios } from "forebay/axios";
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

export const rowsOf = { axios: overAxios, apollo: overApollo, urql: overUrql, tanstack: overTanstack };
