/** What every framework's component writes of what it is shown. */
export const shown = ({ data, error, isLoading, isPrevious }) => `${isLoading ? "… " : ""}${data?.name ?? ""}${isPrevious ? " (before)" : ""}${error ? " " + error.code : ""}`.trim();

/** Counts how often a component has rendered. */
export function seen(id) {
  globalThis.renders ??= {};
  globalThis.renders[id] = (globalThis.renders[id] ?? 0) + 1;
}
