/** What the `Content-Type` of an answer says, and what text its bytes are: as `XMLHttpRequest` reads both. */

export interface Mime {
  /** As in `text/html`, in lower case. */
  readonly essence: string;
  readonly charset: string | undefined;
}

const TYPE = /^[\t\n\r ]*([\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+)[\t\n\r ]*(?:;|$)/;
const CHARSET = /;[\t\n\r ]*charset=(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/i;

/** Of a header's values, the last that is one; a charset holds on for the same type. */
export function mimeOf(header: string | null): Mime | undefined {
  let found: Mime | undefined;
  for (const value of header?.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []) {
    const essence = TYPE.exec(value)?.[1]!.toLowerCase();
    if (!essence || essence === "*/*") continue;
    const [, quoted, bare] = CHARSET.exec(value) ?? [];
    const charset = quoted?.replace(/\\(.)/gs, "$1") ?? bare?.trim();
    found = { essence, charset: charset || (found?.essence === essence ? found.charset : undefined) };
  }
  return found;
}

export const isXml = ({ essence }: Mime) => /^(?:text|application)\/xml$|\+xml$/.test(essence);

/** What decodes a text: by its byte order mark, by what was said of it, or as UTF-8. */
export function decoderOf(start: Uint8Array, mime: Mime, isXmlRead: boolean): TextDecoder {
  const [a, b, c] = start;
  if (a === 0xef && b === 0xbb && c === 0xbf) return new TextDecoder();
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be");
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le");
  const said = isXmlRead && isXml(mime) ? /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)/.exec(String.fromCharCode(...start.subarray(0, 1024)))?.[1] : undefined;
  try {
    return new TextDecoder(mime.charset ?? said);
  } catch {
    // Nobody knows such an encoding.
    return new TextDecoder();
  }
}
