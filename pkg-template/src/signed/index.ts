/** Lists of files that whoever builds them has signed, checked by the browser's own cryptography. */
import type { Manifest, ManifestSource, PolicySource } from "../decisions/api.js";

/** What is signed. */
interface List {
  readonly version: number;
  /** In seconds since 1970. */
  readonly exp: number;
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly url: string }>>;
}

/** By the sort of the key, and never by what the list says of itself. */
const ALGORITHMS: Record<string, [name: string, AlgorithmIdentifier | EcKeyImportParams, EcdsaParams | AlgorithmIdentifier]> = {
  "Ed25519": ["EdDSA", "Ed25519", "Ed25519"],
  "P-256": ["ES256", { name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
};

export class SignedManifest implements Manifest {
  readonly #source: ManifestSource;
  #list: List | undefined;
  #base = "";
  readonly problems: string[] = [];

  constructor(source: ManifestSource) {
    this.#source = source;
  }

  get version(): number | undefined {
    return this.#list?.version;
  }

  async refresh(): Promise<boolean> {
    const { url, trust } = this.#source;
    try {
      const response = await fetch(url, { cache: "no-cache" });
      if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
      const list = await opened((await response.text()).trim(), trust);
      const { version, exp, files } = list;
      if (!Number.isSafeInteger(version) || typeof exp !== "number" || typeof files !== "object") throw new Error("it is not a list of files (`forebay sign` makes one).");
      if (Date.now() >= exp * 1000) throw new Error("it has expired: sign a new one.");
      // Who can keep the newest away could else bring an old one back.
      if (version < (this.#list?.version ?? this.#source.leastVersion ?? 0)) throw new Error(`it is of version ${version}, which is older than what is known.`);
      this.#list = list;
      this.#base = response.url || String(url);
      return true;
    } catch (error) {
      this.problems.push(`The list of files is refused: ${(error as Error).message}`);
      return false;
    }
  }

  file(name: string): PolicySource {
    const { files = {}, exp = 0 } = this.#list ?? {};
    // Without a digest nothing is used.
    if (!Object.hasOwn(files, name)) return { sha256: "", expires: 0 };
    const { url, sha256 } = files[name]!;
    return { url: new URL(url, this.#base), sha256, expires: exp * 1000 };
  }
}

/** What a compact JWS (RFC 7515) of this key says. Throws if it is none. */
async function opened(text: string, trust: JsonWebKey): Promise<List> {
  const [name, how, check] = ALGORITHMS[trust.crv!] ?? [];
  if (!name || trust.d) throw new Error("`trust` must be a public key, Ed25519 or P-256, as a JSON Web Key.");
  const [head, body, signature, more] = text.split(".");
  if (!signature || more !== undefined) throw new Error("it is not signed (`forebay sign`).");
  const { alg, crit } = JSON.parse(new TextDecoder().decode(bytesOf(head!)));
  if (alg !== name || crit) throw new Error(`it is signed by ${alg}, and the key is one of ${name}.`);
  const { kty, crv, x, y } = trust;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y } as JsonWebKey, how!, false, ["verify"]);
  const isTheirs = await crypto.subtle.verify(check!, key, bytesOf(signature), new TextEncoder().encode(`${head}.${body}`));
  if (!isTheirs) throw new Error("it is not signed by this key, or was changed since.");
  return JSON.parse(new TextDecoder().decode(bytesOf(body!)));
}

const bytesOf = (base64url: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
