// The rows of `XMLHttpRequest`, under `install`: each member that this browser's has, after an exchange is over. A row is given
// the class too: the browser's own, or what stands in its place.

const place = (value) => (typeof value === "string" ? value.replace(/[?].*/, "") : value);

/** What a request ends with: its events in their order. */
const ended = (Xhr, tag, begin = () => {}) => new Promise((done) => {
  const xhr = new Xhr();
  const events = [];
  for (const type of ["readystatechange", "loadstart", "progress", "load", "error", "abort", "timeout", "loadend"])
    xhr.addEventListener(type, () => {
      events.push(type === "readystatechange" ? xhr.readyState : type);
      if (type === "loadend") done({ xhr, events });
    });
  xhr.open("GET", "/api/answer/text?" + tag);
  begin(xhr);
  xhr.send();
});

export function* xhrRows() {
  for (const name in XMLHttpRequest.prototype) {
    yield [`XMLHttpRequest ${name}`, async (_, tag, Xhr) => {
      const { xhr } = await ended(Xhr, tag);
      const value = xhr[name];
      return typeof value === "function" ? "function" : Object(value) === value ? Object.prototype.toString.call(value) : place(value);
    }];
  }
  yield ["XMLHttpRequest events", async (_, tag, Xhr) => (await ended(Xhr, tag)).events.filter((event, at, all) => event !== "progress" && event !== all[at - 1])];
  for (const type of ["", "text", "json", "arraybuffer", "blob"])
    yield [`XMLHttpRequest response as ${type || "default"}`, async (_, tag, Xhr) => {
      const { response } = (await ended(Xhr, tag, (xhr) => (xhr.responseType = type))).xhr;
      return [Object.prototype.toString.call(response), response?.byteLength ?? response?.size ?? response];
    }];
}
