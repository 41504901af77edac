// What the key in use may do; learned from the service, so that controls that would be refused are not shown.

import { getJson, Problem } from "./api.js";

let known = { may_upload: true, may_prove: true };

/** `{may_upload, may_prove}`; all of it until the service has told. */
export function rights() {
  return known;
}

/** Take over what the service told of them. */
export function noteRights({ may_upload, may_prove }) {
  known = { may_upload, may_prove };
}

/** Ask the service. Resolves to the rights, to those known before where it does not tell. */
export async function learnRights() {
  try {
    noteRights(await getJson("overview"));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  return known;
}
