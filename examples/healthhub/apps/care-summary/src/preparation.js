// What was ticked and noted for each patient, in this device's storage.

const key = (patient) => `healthhub:preparation:${patient}`;

export function recall(patient) {
  try {
    return { steps: [], note: "", ...JSON.parse(localStorage.getItem(key(patient))) };
  } catch {
    return { steps: [], note: "" }; // storage is blocked, or what is there was not written by us
  }
}

/** Gives whether it could be kept. */
export function remember(patient, preparation) {
  try {
    localStorage.setItem(key(patient), JSON.stringify(preparation));
    return true;
  } catch {
    return false;
  }
}
