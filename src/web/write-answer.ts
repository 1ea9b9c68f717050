import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Eta } from 'eta';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createWording } from '../mail/catalogue.ts';
import type { Answer, Page, Sent } from './answer.ts';
import { writeCookie } from './cookies.ts';
import { httpsOnly, securityHeaders } from './headers.ts';
import type { WebParts } from './parts.ts';
import { makeFormToken } from './same-site.ts';

const pages = new Eta({ views: join(import.meta.dirname, '../../templates/pages'), cache: true });

/** Writes an answer with the headers every answer has; what may be kept gets an ETag and is not sent twice. */
export type Writer = (request: FastifyRequest, reply: FastifyReply, answer: Answer) => FastifyReply;

/** Opens the writer of answers. */
export function createWriter(parts: WebParts): Writer {
  const { config } = parts;
  const isHttps = new URL(config.baseUrl).protocol === 'https:';
  const language = config.defaultLanguage;
  const wording = createWording(language);
  const frame = {
    say: wording.say,
    wording,
    language,
    demo: parts.demo,
    hasOutbox: !config.smtpUrl,
    operator: config.operator,
    baseUrl: config.baseUrl.replace(/\/+$/, ''),
  };

  const render = (path: string, answer: Page) =>
    pages.render(answer.page, {
      ...frame,
      formToken: makeFormToken(parts.keys, parts.now()),
      path,
      indexed: answer.indexed ?? false,
      feed: answer.feed ?? null,
      title: answer.title,
      ...answer.view,
    });

  return (request, reply, answer) => {
    reply.headers(isHttps ? { ...securityHeaders, ...httpsOnly } : securityHeaders);
    for (const cookie of answer.cookies ?? [])
      reply.header('set-cookie', writeCookie(config.baseUrl, cookie));
    if ('seeOther' in answer)
      return reply.header('cache-control', 'no-store').redirect(answer.seeOther, answer.status ?? 303);
    const shown: (Page | Sent) & { status?: number } =
      'notFound' in answer
        ? { page: 'not-found', title: wording.say('page.not-found.title'), view: {}, status: 404 }
        : answer;
    const path = request.url.split('?')[0] ?? '/';
    const body = 'page' in shown ? render(path, shown) : shown.body;
    reply.type('page' in shown ? 'text/html; charset=utf-8' : shown.type).status(shown.status ?? 200);
    if (!shown.indexed) reply.header('x-robots-tag', 'noindex');
    if ('fileName' in shown && shown.fileName !== undefined)
      reply.header('content-disposition', `attachment; filename="${shown.fileName}"`);
    if (shown.cacheSeconds === undefined) return reply.header('cache-control', 'no-store').send(body);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    const whose = 'isPrivate' in shown && shown.isPrivate ? 'private' : 'public';
    reply.headers({ etag, 'cache-control': `${whose}, max-age=${shown.cacheSeconds}` });
    return isKept(request.headers['if-none-match'], etag) ? reply.status(304).send() : reply.send(body);
  };
}

/** Weak comparison (RFC 9110, section 13.1.2). */
function isKept(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  return asked.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')));
}
