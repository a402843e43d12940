/**
 * The engine's own promises, also where zone.js has put its own in their place. It looks at those before the engine has
 * carried out its microtasks: one that is rejected at once, and awaited, would be told to the application as unhandled.
 */
export const NativePromise = (async () => {})().constructor as PromiseConstructor;
