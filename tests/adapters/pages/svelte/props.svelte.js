/** Props that can change from outside. */
export function props(given) {
  const now = $state(given);
  return now;
}
