import { css } from "lit";

/** The host's tokens reach into the shadow tree; its components do not. */
export const styles = css`
  :host { display: block; }
  * { box-sizing: border-box; }
  section { display: grid; gap: var(--space-4); padding: var(--space-5); border: 1px solid var(--line); border-radius: var(--radius-3); background: var(--surface); box-shadow: var(--shadow); }
  section[role=alert] { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; }
  header { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: var(--space-3); }
  h2, p, ul { margin: 0; padding: 0; }
  h2 { font-size: 1rem; font-weight: 650; }
  .muted { color: var(--muted); font-size: 0.875rem; }
  .small { font-size: 0.8125rem; }
  .problem { color: var(--urgent); }
  .progress { display: flex; align-items: center; gap: var(--space-3); }
  progress { appearance: none; width: 7rem; height: 0.5rem; border: 0; border-radius: 99px; background: var(--hover); overflow: hidden; }
  progress::-webkit-progress-bar { background: var(--hover); }
  progress::-webkit-progress-value { background: var(--accent); }
  progress::-moz-progress-bar { background: var(--accent); }
  .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: var(--space-5); }
  ul { list-style: none; }
  li label { display: flex; align-items: center; gap: var(--space-3); padding: 0.5rem 0; cursor: pointer; }
  li + li { border-top: 1px solid var(--line); }
  input { flex: none; width: 1.125rem; height: 1.125rem; margin: 0; accent-color: var(--accent); }
  input:checked + span { color: var(--muted); text-decoration: line-through; }
  .note { display: grid; align-content: start; gap: var(--space-2); }
  .note label { font-size: 0.875rem; font-weight: 550; }
  textarea { width: 100%; padding: 0.625rem 0.75rem; border: 1px solid color-mix(in srgb, var(--line), var(--ink) 22%); border-radius: var(--radius-2); background: var(--surface); color: inherit; font: inherit; resize: vertical; }
  textarea::placeholder { color: var(--muted); }
  button { justify-self: start; min-height: 2.25rem; padding: 0.375rem 0.875rem; border: 1px solid var(--line); border-radius: var(--radius-2); background: var(--surface); color: inherit; font: inherit; font-size: 0.875rem; font-weight: 550; cursor: pointer; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  .skeleton { height: 1rem; width: 60%; border-radius: 99px; background: var(--hover); }
  .skeleton.short { width: 35%; }
`;
