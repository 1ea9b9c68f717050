import type { FastifyRequest } from 'fastify';
import { createMarkingWording } from '../../mail/catalogue.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { readCookies } from './cookies.ts';
import type { Form, PageRequest } from './page-response.ts';
import type { WebDeps } from './web-deps.ts';

/** A request as a handler sees it, in the language of its response. */
export function makePageRequest(deps: WebDeps, request: FastifyRequest, language: string): PageRequest {
  return {
    path: request.url.split('?')[0] ?? '/',
    params: readParams(request.params),
    query: toForm(request.query),
    form: toForm(request.body),
    files: toFiles(request.body),
    cookies: readCookies(deps.config.baseUrl, request.headers.cookie),
    wording: createMarkingWording(language, customOf(deps.config)),
    language,
    now: deps.now(),
    json: /^application\/json\b/i.test(request.headers['content-type'] ?? '') ? request.body : undefined,
    authorization: request.headers.authorization ?? null,
  };
}

const personal = ['token', 'only', 'n', 'changeId'];
/** Matches a personal token, or the number after one, with trailing punctuation, plain or encoded. */
const withPunctuation =
  /^((?:\d+\.\d+\.)?[\w-]{43}(?:\.atom)?|\d{1,15})(?:[^\p{L}\p{N}]|&(?:[a-z]{2,4}|#\d{1,4});|%[\da-f]{2})+$/iu;

/** Trailing punctuation of a condition's address, which ends with a letter or a digit. */
const endOfSlug = /(?:[^\p{L}\p{N}]|%[\da-f]{2})+$/iu;

/**
 * The parameters of a route. Mail programs may include the punctuation after a link, such as a full stop or a bracket.
 * It is removed.
 */
export function readParams(params: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params ?? {}).map(([name, value]) => {
      const text = String(value);
      if (name === 'slug') return [name, text.replace(endOfSlug, '')];
      return [name, personal.includes(name) ? text.replace(withPunctuation, '$1') : text];
    }),
  );
}

function toFiles(body: unknown): PageRequest['files'] {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => {
      const files = [value].flat().filter((one) => Buffer.isBuffer(one));
      return files.length > 0 ? [[name, files]] : [];
    }),
  );
}

/** Parsers give one value, or a list if a name occurs twice. */
function toForm(body: unknown): Form {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      (Array.isArray(value) ? value : [value]).map((one) => (typeof one === 'string' ? one : '')),
    ]),
  );
}
