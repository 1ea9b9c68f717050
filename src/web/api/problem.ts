import type { PageResponse } from '../http/page-response.ts';

/** What can be wrong with a request to the API, with the HTTP status that says so. */
const kinds = {
  'invalid-parameter': [400, 'Something in the request is not as it should be'],
  unreadable: [400, 'The request cannot be read'],
  'no-key': [401, 'A key is needed'],
  'not-allowed': [403, 'The key is not for this'],
  'not-found': [404, 'There is nothing at this address'],
  'cursor-gone': [410, 'The cursor is no longer known'],
  'too-large': [413, 'The request is too large'],
  'not-json': [415, 'The request must be JSON'],
  'not-understood': [422, 'Something asked for cannot be followed'],
  'too-many': [429, 'The key was used too often'],
  failed: [500, 'Something went wrong here'],
  away: [503, 'The registry is asked by many, or does not answer'],
} as const;
export type ProblemKind = keyof typeof kinds;

/** What is wrong with one parameter: its name, or its path in the body. */
export type Fault = { parameter: string; detail: string };

/** An answer that says what is wrong (RFC 9457), and which parameter, where one is. */
export function problem(
  kind: ProblemKind,
  detail: string,
  { errors = [], headers = {} }: { errors?: readonly Fault[]; headers?: Record<string, string> } = {},
): PageResponse {
  const [status, title] = kinds[kind];
  const said = { type: `urn:trialbell:problem:${kind}`, title, status, detail };
  return {
    status,
    body: JSON.stringify(errors.length > 0 ? { ...said, errors } : said),
    type: 'application/problem+json',
    headers,
    isWordless: true,
  };
}

/** A problem with parameters, named in its detail too. */
export function wrongParameters(
  kind: 'invalid-parameter' | 'not-understood',
  errors: readonly Fault[],
): PageResponse {
  const detail = errors.map(({ parameter, detail: fault }) => `${parameter}: ${fault}`).join('; ');
  return problem(kind, detail.slice(0, 1_000), { errors: errors.slice(0, 50) });
}

/** Whether an address is one of programs: they get problems where people get pages. */
export function isForPrograms(url: string): boolean {
  return /^\/(api(\/|\?|$)|openapi\.json(\?|$))/.test(url);
}

/** What a program gets where no operation could answer. */
export function problemOf(status: number): PageResponse {
  if (status === 404)
    return problem('not-found', 'No operation has this address and method. All are in /openapi.json.');
  if (status === 413) return problem('too-large', 'The body may have 64 KB.');
  if (status === 415) return problem('not-json', 'Send JSON, with Content-Type: application/json.');
  return status < 500
    ? problem('unreadable', 'The address or the body cannot be read. Is the body JSON?')
    : problem('failed', 'This is no fault of the request. Try again later.');
}
