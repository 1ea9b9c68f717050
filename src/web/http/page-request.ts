import type { FastifyRequest } from 'fastify';
import { createMarkingWording } from '../../mail/catalogue.ts';
import { readCookies } from './cookies.ts';
import type { Form, Visit } from './page-response.ts';
import type { WebParts } from './web-deps.ts';

/** A request as a handler sees it, in the language it is answered in. */
export function makeVisit(parts: WebParts, request: FastifyRequest, language: string): Visit {
  return {
    path: request.url.split('?')[0] ?? '/',
    params: toStrings(request.params),
    query: toForm(request.query),
    form: toForm(request.body),
    files: toFiles(request.body),
    cookies: readCookies(parts.config.baseUrl, request.headers.cookie),
    wording: createMarkingWording(language),
    language,
    now: parts.now(),
    json: /^application\/json\b/i.test(request.headers['content-type'] ?? '') ? request.body : undefined,
    authorization: request.headers.authorization ?? null,
  };
}

function toStrings(params: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)]));
}

function toFiles(body: unknown): Visit['files'] {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) => {
      const files = [value].flat().filter((one) => Buffer.isBuffer(one));
      return files.length > 0 ? [[name, files]] : [];
    }),
  );
}

/** Parsers give a value, or a list where a name came twice. */
function toForm(body: unknown): Form {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      (Array.isArray(value) ? value : [value]).map((one) => (typeof one === 'string' ? one : '')),
    ]),
  );
}
