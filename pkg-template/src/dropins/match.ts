/** Patterns of URLs. */

/** Stands for a `*` while a pattern is read as a URL, which may not have one in its host. */
const ANY = "forebay0any";

/** What tells whether a URL, whatever its fragment, is one of these. Refuses what is no pattern, by its name. */
export function matcher(patterns: readonly string[]): (url: string) => boolean {
  if (!Array.isArray(patterns) || !patterns[0]) throw invalid('install() needs { match: ["/api/*"] }');
  const all = patterns.map(read);
  return (url) => {
    const whole = url.replace(/#.*/s, "");
    return all.some((one) => one.test(whole));
  };
}

function read(pattern: unknown): RegExp {
  // Scheme, host, port, and the rest: in the first three a `*` stands for less than in a path.
  const [, scheme, host, port, rest] = (typeof pattern === "string" && /^(?:([a-z][a-z\d+.-]*|\*):)?\/\/([^/?#]*?)(:(?:\d*|\*))?([/?].*)?$/i.exec(pattern)) || [];
  const wrong = (why: string) => invalid(`install(): ${JSON.stringify(pattern)} in \`match\` ${why}. Write a path as "/api/*", or a URL as "https://*.example.com/*".`);
  if (typeof pattern !== "string" || !pattern) throw wrong("is no text");
  if (pattern.includes("#")) throw wrong("has a fragment, which no request has");
  if (host === "") throw wrong("names no host");
  try {
    if (host === undefined) return new RegExp(`^${escaped(new URL(pattern, location.href).href).replaceAll("*", ".*")}$`, "s");
    const plain = port === ":*" ? "" : (port ?? "");
    const url = new URL(`${scheme === "*" ? location.protocol : scheme ? scheme + ":" : location.protocol}//${host.replaceAll("*", ANY)}${plain}${rest ?? ""}`);
    if (url.hostname.includes("%")) throw 0; // Chromium takes what is no host
    const path = url.pathname + url.search;
    return new RegExp(
      `^${scheme === "*" ? "[^/:]+:" : escaped(url.protocol)}//${escaped(url.hostname).replaceAll(ANY, "[^/:@?]*")}${port === ":*" ? "(?::\\d+)?" : escaped(url.port && ":" + url.port)}${escaped(path).replaceAll("*", ".*")}$`, "s");
  } catch {
    throw wrong("is no URL");
  }
}

/** For a regular expression, but for its `*`. */
const escaped = (text: string) => text.replace(/[^\w*]/g, "\\$&");

const invalid = (message: string) => Object.assign(new TypeError(message), { code: "invalid-option" });
