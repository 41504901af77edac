// What the key in use may do; learned from the service, so that controls that would be refused are not shown.

import { getJson, Problem } from "./api.js";

let known = { may_upload: true, may_prove: true, takes_feedback: false };

let tell;
/** Resolves when the service has told for the first time. */
export const rightsTold = new Promise((resolve) => {
  tell = resolve;
});

/** `{may_upload, may_prove, takes_feedback}`; what may be done is all until the service has told. */
export function rights() {
  return known;
}

/** Take over what the service told of them. */
export function noteRights({ may_upload, may_prove, takes_feedback }) {
  known = { may_upload, may_prove, takes_feedback };
  tell();
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
