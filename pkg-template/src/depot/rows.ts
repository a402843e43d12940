/** Answers as rows of the database, and as messages to other tabs. */
import type { Exchange } from "../runtime/exchange.js";

/** A response's head, as rows and messages hold it. */
export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: [string, string][];
  readonly url: string;
  readonly redirected: boolean;
  readonly type: ResponseType;
}

/** A whole answer. */
export interface Answer {
  readonly h: Head;
  readonly b: ArrayBuffer;
}

/** What a whole exchange holds. */
export function answerOf(exchange: Exchange): Answer {
  const { status, statusText, url, redirected, type } = exchange.head;
  const bytes = exchange.whole()!;
  const isAll = bytes.byteLength === bytes.buffer.byteLength;
  return {
    h: { status, statusText, url, redirected, type, headers: [...exchange.headers] as [string, string][] },
    b: (isAll ? bytes : bytes.slice()).buffer as ArrayBuffer,
  };
}

/** The response that it was, which arrived at that moment of the calendar. */
export function responseOf({ h, b }: Answer, arrived: number): Response {
  const { status, statusText, headers, url, redirected, type } = h;
  const isBodiless = status === 204 || status === 205 || status === 304;
  const response = new Response(isBodiless ? null : b, { status, statusText, headers });
  const facts = { url, redirected, type, arrived };
  for (const name in facts) Object.defineProperty(response, name, { value: facts[name as keyof typeof facts] });
  return response;
}

/** Bytes as a text with a character for each, and back. */
export const charactersOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
export const bytesOf = (characters: string): Uint8Array<ArrayBuffer> => Uint8Array.from(characters, (character) => character.charCodeAt(0));

/** What hexadecimal digits say. */
export const bytesOfHex = (digits: string): ArrayBuffer => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)).buffer;
export function hexOf(bytes: ArrayBuffer): string {
  let digits = "";
  for (const byte of new Uint8Array(bytes)) digits += PAIRS[byte];
  return digits;
}
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
