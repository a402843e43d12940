// What the examples have in common.

/** Waits until something is so. */
export async function until(is) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (is()) return;
    await new Promise((later) => setTimeout(later, 10));
  }
  throw new Error(`never: ${is}`);
}

/** What became of a promise, in plain words. */
export const settled = (promise) => promise.then((value) => ({ value }), (error) => ({ error: { name: error.name, message: error.message, status: error.statusCode ?? error.status ?? error.response?.status } }));

/** Every value once, as long as it does not change. */
export const steps = () => {
  const seen = [];
  return { seen, add: (value) => void (JSON.stringify(value) !== JSON.stringify(seen.at(-1)) && seen.push(value)) };
};

export const PATIENTS = "query Patients($offset: Int, $limit: Int) { patients(offset: $offset, limit: $limit) { id name } }";
export const PATIENT = "query Patient($id: ID!) { patient(id: $id) { id name ward } }";
export const RENAME = "mutation Rename($id: ID!, $name: String!) { rename(id: $id, name: $name) { id name } }";
export const TICK = "query Tick { tick }";
