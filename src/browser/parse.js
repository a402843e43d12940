// Apart: every app carries it, and nothing else of the driver.

/** JSON as a value, frozen to its leaves. Without recursion: it may be as deep as a stack is not. */
export function parse(text) {
  const root = JSON.parse(text);
  const rest = [root];
  while (rest.length > 0) {
    const node = rest.pop();
    if (typeof node === "object" && node !== null) {
      Object.freeze(node);
      for (const value of Object.values(node)) rest.push(value);
    }
  }
  return root;
}
