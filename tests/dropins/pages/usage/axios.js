// After the pages of axios's documentation.
import axios from "axios";
import { forebayAxios } from "forebay/axios";
import { settled } from "./kit.js";

const create = (app, options = {}) => axios.create({ ...(app ? forebayAxios(app) : { adapter: "fetch" }), ...options });
const plain = ({ status, statusText, data, headers, config: { url, method } }) => ({ status, statusText, data, type: headers["content-type"], url, method });
const failed = (promise) => promise.then(plain, (error) => ({ name: error.name, code: error.code, message: error.message, status: error.response?.status, data: error.response?.data, isAxiosError: axios.isAxiosError(error) }));

export const axiosUsage = {
  async "GET with parameters, and several at once"(app) {
    const client = create(app);
    const all = await Promise.all([client.get("/api/echo", { params: { a: 1, b: [2, 3] } }), client("/api/echo?x=y"), client.request({ url: "/api/echo", params: new URLSearchParams({ q: "a b" }) })]);
    return all.map(plain);
  },
  async "every method, and bodies of each kind"(app) {
    const client = create(app);
    const found = [];
    for (const method of ["post", "put", "patch"]) found.push(plain(await client[method]("/api/echo", { a: 1 })));
    found.push(plain(await client.delete("/api/echo", { data: { why: 1 } })), plain(await client.head("/api/echo")), plain(await client.options("/api/echo")));
    found.push(plain(await client.post("/api/echo", new URLSearchParams({ a: "b c" }))), plain(await client.post("/api/echo", "text", { headers: { "content-type": "text/plain" } })));
    const form = await client.postForm("/api/echo", { a: 1 });
    return [...found, /multipart\/form-data/.test(form.data.type), /name="a"/.test(form.data.body)];
  },
  async "an instance with defaults, and a base URL"(app) {
    const client = create(app, { baseURL: "/api/", timeout: 5_000, headers: { "x-custom-header": "foobar" }, auth: { username: "ann", password: "secret" } });
    client.defaults.headers.common["x-more"] = "1";
    return [plain(await client.get("echo")), plain(await client.get("/echo", { headers: { "x-custom-header": "other" } })), client.getUri({ url: "echo", params: { a: 1 } })];
  },
  async "interceptors, that can be taken away"(app) {
    const client = create(app);
    const told = [];
    const id = client.interceptors.request.use((config) => (told.push("asked " + config.url), config));
    client.interceptors.response.use((response) => (told.push(response.status), response), (error) => (told.push("failed " + error.response.status), Promise.reject(error)));
    await client.get("/api/echo");
    client.interceptors.request.eject(id);
    await client.get("/api/gone").catch(() => {});
    return told;
  },
  async "a token is renewed by an interceptor, once, and the request sent again"(app) {
    const client = create(app);
    let token = "old";
    client.interceptors.request.use((config) => (config.headers.set("authorization", token), config));
    client.interceptors.response.use(undefined, (error) => {
      if (error.response?.status !== 401 || error.config.again) throw error;
      token = "new";
      return client({ ...error.config, again: true });
    });
    return plain(await client.get("/api/guarded"));
  },
  async "failures: status, timeout, network, cancelling"(app) {
    const client = create(app);
    const leaving = new AbortController();
    const source = axios.CancelToken.source();
    const going = [failed(client.get("/api/slow?a", { signal: leaving.signal })), failed(client.get("/api/slow?b", { cancelToken: source.token }))];
    setTimeout(() => (leaving.abort(), source.cancel("enough")), 400); // they have arrived by then
    const found = [await failed(client.get("/api/gone")), await failed(client.get("/api/slow?c", { timeout: 400 })), await failed(client.get("/api/cut")), ...(await Promise.all(going))];
    // Each browser has words of its own for what it says.
    return found.map(({ message, ...rest }) => ({ ...rest, ...(rest.code && rest.code !== "ERR_NETWORK" && { message }) }));
  },
  async "which status is good, redirects, and what comes of bodies"(app) {
    const client = create(app);
    return [
      await failed(client.get("/api/gone", { validateStatus: (status) => status < 500 })),
      plain(await client.get("/api/echo", { transformResponse: [(text) => JSON.parse(text).method + "!"] })),
      plain(await client.post("/api/echo", { a: 1 }, { transformRequest: [(data, headers) => (headers.set("x-made", "1"), JSON.stringify({ wrapped: data }))] })),
      typeof (await client.get("/api/echo", { responseType: "text" })).data,
      (await client.get("/api/echo", { responseType: "arraybuffer" })).data.byteLength > 10,
      (await client.get("/api/echo", { responseType: "blob" })).data.constructor.name,
      (await client.get("/api/moved")).data.search,
      await settled(client.get("/api/not-json").then(({ data }) => data)),
    ];
  },
  async "answers are the caller's own, to be changed"(app) {
    const client = create(app);
    const { data } = await client.get("/api/patients/1");
    data.name = "mine";
    return [data, (await client.get("/api/patients/1")).data];
  },
};
