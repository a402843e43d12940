/** What a GraphQL answer is, where nobody else reads it. */
import type { QueryOptions, QueryResponse } from "./api.js";
import { dataOf, jsonOf } from "./error.js";
import { told } from "./told.js";

/** An answer, and what came beside it. */
export interface Answered extends QueryResponse {
  data?: any;
  errors?: readonly { message: string }[];
}

/** What a response answers; rejects if it is no GraphQL answer. */
export async function answered(response: Response): Promise<Answered> {
  const text = await response.clone().text();
  let answer: any;
  try {
    answer = JSON.parse(text, (_, value) => Object.freeze(value));
  } catch {
    // Whoever reads it next says so.
  }
  return answer?.data || answer?.errors ? { ...answer, headers: response.headers } : jsonOf(response);
}

/** The data of an answer, for whom it is. */
export function given(answer: Answered, { onResponse }: QueryOptions): unknown {
  told(onResponse, answer);
  return dataOf(answer);
}
