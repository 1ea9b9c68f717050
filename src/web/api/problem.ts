import type { PageResponse } from '../http/page-response.ts';

/** The problems that the API reports, with HTTP status and title. */
const kinds = {
  'invalid-parameter': [400, 'The request is invalid'],
  unreadable: [400, 'The request cannot be read'],
  'no-key': [401, 'A key is needed'],
  'not-allowed': [403, 'The key does not allow this'],
  'not-found': [404, 'There is nothing at this address'],
  'cursor-gone': [410, 'The cursor is no longer known'],
  'too-large': [413, 'The request is too large'],
  'not-json': [415, 'The request must be JSON'],
  'not-understood': [422, 'A trial or condition cannot be followed'],
  'too-many': [429, 'The key was used too often'],
  'too-many-files': [429, 'Too many files were asked for'],
  failed: [500, 'Something went wrong on this server'],
  away: [503, 'The registry is busy or does not answer'],
  unavailable: [503, 'This server cannot answer now'],
} as const;
export type ProblemKind = keyof typeof kinds;

/** A fault of one parameter, by its name or its path in the body. */
export type ParameterFault = { parameter: string; detail: string };

/** A problem response (RFC 9457), with the faults of parameters if there are any. */
export function problem(
  kind: ProblemKind,
  detail: string,
  {
    errors = [],
    headers = {},
  }: { errors?: readonly ParameterFault[]; headers?: Record<string, string> } = {},
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

/** A problem whose detail lists the faults of its parameters. */
export function wrongParameters(
  kind: 'invalid-parameter' | 'not-understood',
  errors: readonly ParameterFault[],
): PageResponse {
  const detail = errors.map(({ parameter, detail: fault }) => `${parameter}: ${fault}`).join('; ');
  return problem(kind, detail.slice(0, 1_000), { errors: errors.slice(0, 50) });
}

/** Whether a URL belongs to the API, where errors are problems instead of pages. */
export function isForPrograms(url: string): boolean {
  return /^\/(api(\/|\?|$)|openapi\.json(\?|$))/.test(url);
}

/** The `Link` header with the API's description, for programs and for people (RFC 8631). */
export function linksToApi(basePath: string): string {
  return [
    `<${basePath}/openapi.json>; rel="service-desc"; type="application/json"`,
    `<${basePath}/api>; rel="service-doc"; type="text/html"`,
  ].join(', ');
}

/** The problem for an HTTP status if no operation could respond. */
export function problemOf(status: number): PageResponse {
  if (status === 404)
    return problem('not-found', 'No operation has this path and method. /openapi.json lists all of them.');
  if (status === 413) return problem('too-large', 'The body must not be larger than 64 KB.');
  if (status === 415) return problem('not-json', 'Send JSON, with Content-Type: application/json.');
  if (status === 503) return problem('unavailable', 'Try again after the time in Retry-After.');
  return status < 500
    ? problem('unreadable', 'The URL or the body cannot be read. Is the body valid JSON?')
    : problem('failed', 'The request is not at fault. Try again later.');
}
