/** SHA-256, at once: `crypto.subtle` answers later, and what is another person's must be gone before that. */

const CONSTANTS: number[] = [];
const START: number[] = [];
for (let candidate = 2; CONSTANTS.length < 64; candidate += 1) {
  let divisor = 2;
  while (candidate % divisor) divisor += 1;
  if (divisor < candidate) continue;
  if (START.length < 8) START.push(fraction(candidate ** (1 / 2)));
  CONSTANTS.push(fraction(candidate ** (1 / 3)));
}

/** The first 32 bits behind the point. */
function fraction(root: number): number {
  return ((root % 1) * 2 ** 32) | 0;
}

/** Of a text in UTF-8, in hexadecimal digits (FIPS 180-4). */
export function sha256(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const blocks = (bytes.length + 72) >> 6;
  const message = new DataView(new ArrayBuffer(blocks << 6));
  bytes.forEach((byte, at) => message.setUint8(at, byte));
  message.setUint8(bytes.length, 128);
  message.setUint32((blocks << 6) - 4, bytes.length * 8);
  const sum = [...START];
  const words: number[] = [];
  const turned = (word: number, ...by: number[]) => by.reduce((all, bits) => all ^ ((word >>> bits) | (word << (32 - bits))), 0);
  for (let block = 0; block < blocks; block += 1) {
    let [a, b, c, d, e, f, g, h] = sum as [number, number, number, number, number, number, number, number];
    for (let at = 0; at < 64; at += 1) {
      const [one, two] = [words[at - 15]!, words[at - 2]!];
      words[at] = at < 16 ? message.getInt32((block << 6) + at * 4) : (words[at - 16]! + words[at - 7]! + (turned(one, 7, 18) ^ (one >>> 3)) + (turned(two, 17, 19) ^ (two >>> 10))) | 0;
      const first = (h + turned(e, 6, 11, 25) + ((e & f) ^ (~e & g)) + CONSTANTS[at]! + words[at]!) | 0;
      const second = (turned(a, 2, 13, 22) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (sum[at] = (sum[at]! + word) | 0));
  }
  return sum.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
