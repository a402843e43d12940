/** The page's own `fetch`, also where `forebay/install` stands in its place. The bundler puts it wherever `fetch` is called. */
export const fetch: typeof globalThis.fetch = (...request) => ((globalThis.fetch as any).forebay ?? globalThis.fetch)(...request);
