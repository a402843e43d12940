/** Automatic Persisted Queries: a query's hash goes out in its place, by GET, so that caches on the way can answer. */

/** Some servers and proxies refuse longer ones. */
const LONGEST_URL = 2_000;

/** Characters. A refusal is shorter, even with the stack that servers add in development. */
const LONGEST_REFUSAL = 4_096;

/** More than any page has, unless it writes its documents anew for every call. */
const MOST_HASHES = 1_000;

/**
 * In the text as it stands. Were a good answer to hold the same words in the same place, the query would be sent once
 * more, or as it is from then on, and be answered as well.
 */
const REFUSAL = /"(?:message|code)"\s*:\s*"persisted_?query_?not_?(?:(found)|supported)"/i;

/** URLs whose servers do not do this. */
const plain = new Set<string>();

const hashes = new Map<string, Promise<string>>();

const LONG_NUMBER = /[-:,[]\d{16}/;

/**
 * As `fetch`, for a POST of a GraphQL query in JSON. Not for mutations, which no GET may carry. The response is unread.
 */
export async function exchange(url: string, init: RequestInit, fetchIt: typeof fetch = fetch): Promise<Response> {
  // Without a secure context there is no `subtle`; and a number that JSON's reader would round is sent as it is written.
  if (LONG_NUMBER.test(init.body as string) || plain.has(url) || !globalThis.crypto?.subtle) return fetchIt(url, init);
  const { query, ...asked } = JSON.parse(init.body as string);
  const extensions = { ...asked.extensions, persistedQuery: { version: 1, sha256Hash: await hashOf(query) } };
  const headers = new Headers(init.headers);
  if (!headers.has("accept")) headers.set("accept", "application/graphql-response+json, application/json");
  const post = (body: object) => fetchIt(url, { ...init, headers, body: JSON.stringify({ ...body, extensions }) });

  let get = url.split("#")[0]!;
  for (const name of ["operationName", "variables", "extensions"]) {
    const value = { ...asked, extensions }[name];
    if (value != null) get += `${get.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`;
  }
  let response;
  if (get.length > LONGEST_URL) response = await post(asked);
  else {
    const bare = new Headers(headers);
    bare.delete("content-type");
    // Apollo's servers take a GET only if it shows that no other site's form or image can have sent it.
    bare.set("apollo-require-preflight", "true");
    response = await fetchIt(get, { ...init, method: "GET", headers: bare, body: null });
  }
  const refusal = await refusalOf(response);
  if (!refusal) return response;
  if (refusal[1]) return post({ query, ...asked });
  plain.add(url);
  return fetchIt(url, init);
}

/** With a first group if the server does not know the hash, without if it does not do this at all. */
async function refusalOf(response: Response): Promise<RegExpExecArray | null> {
  // A length is that of the body as compressed, hence at most the text's.
  if (Number(response.headers.get("content-length")) > LONGEST_REFUSAL) return null;
  // Else the head of a copy tells. What is longer than a refusal is let go of there: no large answer is held twice.
  const reader = response.clone().body?.getReader();
  let text = "";
  for (let chunk; (chunk = (await reader?.read())?.value); ) {
    text += new TextDecoder().decode(chunk); // characters cut in two are none of a refusal's
    if (text.length > LONGEST_REFUSAL) return void reader!.cancel(), null;
  }
  return REFUSAL.exec(text);
}

/** SHA-256 in hexadecimal digits. */
function hashOf(text: string): Promise<string> {
  let hash = hashes.get(text);
  if (!hash) {
    if (hashes.size >= MOST_HASHES) hashes.clear();
    hash = crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))
      .then((digest) => Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join(""));
    hashes.set(text, hash);
  }
  return hash;
}
