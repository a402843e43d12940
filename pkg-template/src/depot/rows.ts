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
  for (const [name, value] of Object.entries({ url, redirected, type, arrived })) Object.defineProperty(response, name, { value });
  return response;
}

/** Whether it is a whole answer of which a response can be made: others than Forebay can write to the channel and the disk. */
export function isAnswer({ h, b }: { h: any; b: unknown }): boolean {
  try {
    new Response(null, { status: h.status, statusText: h.statusText, headers: h.headers });
    return typeof h.url === "string" && Array.isArray(h.headers) && b instanceof ArrayBuffer;
  } catch {
    return false;
  }
}

/** More than any row's metadata has; engines take no more arguments at once. */
const PIECE = 8_192;

/** Bytes as a text with a character for each, and back. */
export function charactersOf(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return text;
}
export const bytesOf = (characters: string): Uint8Array<ArrayBuffer> => Uint8Array.from(characters, (character) => character.charCodeAt(0));

/** What hexadecimal digits say. */
export const bytesOfHex = (digits: string): ArrayBuffer => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)).buffer;
export function hexOf(bytes: ArrayBuffer): string {
  let digits = "";
  for (const byte of new Uint8Array(bytes)) digits += PAIRS[byte];
  return digits;
}
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
