/** Parts of Forebay that are loaded when they are first needed, may stall, and may be missing for a while. */
import { pause, PATIENCE_MS } from "./limits.js";

/** How long a part that could not be loaded is not asked for again. */
const AGAIN_MS = 1_000;

/**
 * What gives a part, made of its module; `undefined` if it cannot be had now. Nobody waits longer than {@link PATIENCE_MS} after
 * it was first asked for; who comes when it is there uses it. What has failed is loaded again for who needs it later.
 */
export function part<M, T>(load: (importing: Importing) => Promise<M>, use: (module: M) => T | Promise<T>, failed: (error: unknown) => void = console.warn): () => Promise<T | undefined> {
  let loading: Promise<T | undefined> | undefined;
  let asked = 0;
  let isThere = false;
  let hasFailed = false;
  return () => {
    const now = Date.now();
    if (!loading) {
      asked = now;
      loading = load(hasFailed ? again : (module) => module()).then(use).then(
        (made) => ((isThere = true), made),
        (error) => {
          hasFailed = true;
          setTimeout(() => (loading = undefined), AGAIN_MS);
          failed(error);
          return undefined;
        },
      );
    }
    return isThere ? loading : Promise.race([loading, pause(Math.max(0, asked + PATIENCE_MS - now))]);
  };
}

/** How a module is imported. */
export type Importing = <M>(module: () => Promise<M>) => Promise<M>;

/**
 * Imports a module that could not be imported before. Browsers remember that, and say so again without asking: with a query
 * behind its URL, which the error names, it is another module.
 */
const again: Importing = (module) =>
  module().catch((error: Error) => {
    const [url] = /https?:\S+\.m?js(?=[?\s]|$)/.exec(error.message) ?? [];
    return url ? import(/* @vite-ignore */ /* webpackIgnore: true */ `${url}?again=${Date.now()}`) : Promise.reject(error);
  });
