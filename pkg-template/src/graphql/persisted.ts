/**
 * Automatic Persisted Queries (Apollo's protocol, which GraphQL servers share): a query goes as GET with the hash of its
 * document, so that caches on the way can answer it; a server that does not know the hash is told the document.
 */

/** Longer URLs are cut off or refused on the way. */
const LONGEST_URL = 2_000;
/** An answer that is longer is no refusal: those are a few words. */
const LONGEST_REFUSAL = 2_000;

const hashes = new Map<string, string>();
/** Endpoints that have said that they do not do this. */
const unable = new Set<string>();

/** As `fetch`, for a POST of a GraphQL query. */
export async function exchange(url: string, init: RequestInit): Promise<Response> {
  const { query, ...body } = JSON.parse(init.body as string);
  // Hashing is for secure contexts only.
  if (unable.has(url) || !globalThis.crypto?.subtle) return fetch(url, init);
  const extensions = { persistedQuery: { version: 1, sha256Hash: await hashOf(query) } };
  const asked = new URL(url);
  for (const [name, value] of Object.entries({ ...body, extensions })) {
    if (value) asked.searchParams.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  const post = () => fetch(url, { ...init, body: JSON.stringify({ query, ...body, extensions }) });
  if (asked.href.length > LONGEST_URL) return post();
  const headers = new Headers(init.headers);
  headers.delete("content-type");
  // Servers that fear forged requests want a header that no form can send.
  headers.set("apollo-require-preflight", "true");
  const { body: _, ...rest } = init;
  const response = await fetch(asked, { ...rest, method: "GET", headers });
  const refusal = await refusalOf(response);
  if (refusal === "PERSISTED_QUERY_NOT_FOUND") return post();
  if (refusal !== "PERSISTED_QUERY_NOT_SUPPORTED") return response;
  unable.add(url);
  return fetch(url, init);
}

/** The code of the error by which a server says what it does not know, read from a copy of what is short enough to be one. */
async function refusalOf(response: Response): Promise<string | undefined> {
  if (Number(response.headers.get("content-length") ?? 0) > LONGEST_REFUSAL) return;
  const reader = response.clone().body?.getReader();
  let text = "";
  const decoder = new TextDecoder();
  while (reader && text.length <= LONGEST_REFUSAL) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  if (text.length > LONGEST_REFUSAL) {
    reader?.cancel();
    return;
  }
  try {
    const [error] = JSON.parse(text).errors;
    // "PersistedQueryNotFound" is the message of servers without codes.
    return error.extensions?.code ?? error.message.replace(/\B[A-Z]/g, "_$&").toUpperCase();
  } catch {
    return;
  }
}

async function hashOf(document: string): Promise<string> {
  let hash = hashes.get(document);
  if (!hash) {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(document));
    hash = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
    hashes.set(document, hash);
  }
  return hash;
}
