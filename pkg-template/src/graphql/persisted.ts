/** Automatic Persisted Queries: a query's hash goes out in its place, by GET, so that caches on the way can answer. */

/** Some servers and proxies refuse longer ones. */
const LONGEST_URL = 2_000;

/** Characters. A refusal is shorter, even with the stack that servers add in development. */
const LONGEST_REFUSAL = 4_096;

/** More than any page has, unless it writes its documents anew for every call. */
const MOST_HASHES = 1_000;

const REFUSAL = /^persisted_?query_?not_?(found|supported)$/i;

/** URLs whose servers do not do this. */
const plain = new Set<string>();

const hashes = new Map<string, Promise<string>>();

/**
 * As `fetch`, for a POST of a GraphQL query in JSON. Not for mutations, which no GET may carry. The response is unread.
 */
export async function exchange(url: string, init: RequestInit, fetchIt: typeof fetch = fetch): Promise<Response> {
  // Without a secure context there is no `subtle`.
  if (plain.has(url) || !globalThis.crypto?.subtle) return fetchIt(url, init);
  const { query, ...asked } = JSON.parse(init.body as string);
  const extensions = { ...asked.extensions, persistedQuery: { version: 1, sha256Hash: await hashOf(query) } };
  const headers = new Headers(init.headers);
  if (!headers.has("accept")) headers.set("accept", "application/graphql-response+json, application/json");
  const post = (body: object) => fetchIt(url, { ...init, headers, body: JSON.stringify({ ...body, extensions }) });

  let get = url.replace(/#.*/s, "");
  for (const [name, value] of [["operationName", asked.operationName], ["variables", asked.variables], ["extensions", extensions]]) {
    if (value != null) get += `${get.includes("?") ? "&" : "?"}${name}=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`;
  }
  let response;
  if (get.length > LONGEST_URL) response = await post(asked);
  else {
    const bare = new Headers(headers);
    bare.delete("content-type");
    // Apollo's servers take a GET only if it shows that no other site's form or image can have sent it.
    bare.set("apollo-require-preflight", "true");
    const { body: _body, ...rest } = init;
    response = await fetchIt(get, { ...rest, method: "GET", headers: bare });
  }
  const refusal = await refusalOf(response);
  if (!refusal) return response;
  if (/f/i.test(refusal)) return post({ query, ...asked });
  plain.add(url);
  return fetchIt(url, init);
}

/** `found` or `supported`: what the server says is not so. */
async function refusalOf(response: Response): Promise<string | undefined> {
  // The length is that of the compressed body, hence at most the text's.
  if (Number(response.headers.get("content-length")) > LONGEST_REFUSAL) return;
  // The head of a copy tells. What is longer than a refusal is let go of there, so that no large answer is held twice.
  const reader = response.clone().body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    text += decoder.decode(value, { stream: true });
    if (text.length > LONGEST_REFUSAL) return void reader!.cancel();
  }
  try {
    for (const { message, extensions } of JSON.parse(text).errors) {
      const said = REFUSAL.exec(message) ?? REFUSAL.exec(extensions?.code);
      if (said) return said[1];
    }
  } catch {
    // No errors, or no JSON: an answer like any other.
  }
  return;
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
