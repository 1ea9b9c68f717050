import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dropMarks, hasMarks, showMarks } from '../../core/wording/registry-text.ts';
import { messageOf } from '../../errors.ts';
import { languageParameter, speakIn } from '../../languages.ts';
import { createMarkingWording } from '../../mail/catalogue.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { TemplateEngine } from '../../mail/custom/own-templates.ts';
import { basePathOf, linkUnder } from './base-path.ts';
import { readCookies, writeCookie } from './cookies.ts';
import { makeFormToken } from './csrf.ts';
import { framedBy, httpsOnly, securityHeaders } from './headers.ts';
import { alternatesOf, linksToLanguages } from './language-links.ts';
import { previewOf } from './link-preview.ts';
import { chooseLanguage, languageCookieSeconds, type Spoken } from './negotiate-language.ts';
import type { FileBody, Page, PageResponse } from './page-response.ts';
import { toStream } from './streamed.ts';
import type { WebDeps } from './web-deps.ts';

/** Firefox saves it to disk. A feed that is opened as a page is sent as any XML, which browsers show. */
const feedType = 'application/atom+xml';

const pages = new TemplateEngine(new Map(), { folder: 'pages' });

/**
 * Sends a response with the default headers. A cacheable response gets an ETag and is not sent again if unchanged.
 * Without `spoken`, as for an unknown path, the language is chosen here.
 */
export type Writer = (
  request: FastifyRequest,
  reply: FastifyReply,
  answer: PageResponse,
  spoken?: Spoken,
) => FastifyReply;

/** Makes the writer of responses. */
export function createWriter(deps: WebDeps): Writer {
  const { config } = deps;
  const custom = customOf(config);
  const isHttps = new URL(config.baseUrl).protocol === 'https:';
  const baseUrl = config.baseUrl.replace(/\/+$/, '');
  const basePath = basePathOf(baseUrl);
  const frame = {
    demo: deps.demo,
    hasOutbox: !config.smtpUrl,
    operator: config.operator,
    baseUrl,
    hasMarks,
    logo: custom.logo?.path ?? null,
  };
  const renderPage = (page: string, view: object) => {
    try {
      return custom.engines.pages.render(page, view);
    } catch (error) {
      if (custom.templates.size === 0) throw error;
      custom.report(`templates/pages/${page}.eta`, null, `cannot be rendered (${messageOf(error)})`);
      return pages.render(page, view);
    } finally {
      const failures = custom.takeFailures();
      if (failures.length > 0)
        deps.actions
          .reportCustomFailures(failures)
          .catch((error) => deps.log.error({ reason: messageOf(error) }, 'alarm not raised'));
    }
  };

  const render = (request: FastifyRequest, answer: Page, language: string) => {
    const wording = createMarkingWording(language, custom);
    const indexed = answer.indexed ?? false;
    // The response to a form has no URL of its own to link to.
    const isAddress = request.method === 'GET' || request.method === 'HEAD';
    const html = renderPage(answer.page, {
      ...frame,
      say: wording.say,
      wording,
      language,
      languages: isAddress ? linksToLanguages(request.url, language) : [],
      alternates: indexed ? alternatesOf(baseUrl, request.url, config.defaultLanguage) : [],
      formToken: makeFormToken(
        deps.keys,
        deps.now(),
        readCookies(config.baseUrl, request.headers.cookie).admin,
      ),
      path: request.url.split('?')[0] ?? '/',
      indexed,
      title: answer.title,
      preview: answer.sharing ? previewOf(answer.sharing, baseUrl, wording, config.defaultLanguage) : null,
      ...answer.view,
      feed: answer.feed === undefined ? null : speakIn(answer.feed, language, config.defaultLanguage),
    });
    return showMarks(linkUnder(basePath, html));
  };

  return (request, reply, answer, spoken = chooseLanguage(config, request)) => {
    const { language, named, kept } = spoken;
    reply.headers(isHttps ? { ...securityHeaders, ...httpsOnly } : securityHeaders);
    const cookies = [...(answer.cookies ?? [])];
    // Feeds, the API and frames set no cookie.
    const isFramed = 'framedBy' in answer && answer.framedBy !== undefined;
    const isNew = named !== null && named !== kept && !('body' in answer) && !isFramed;
    if (isNew) cookies.push({ name: 'language', value: named, maxAgeSeconds: languageCookieSeconds });
    for (const cookie of cookies) reply.header('set-cookie', writeCookie(config.baseUrl, cookie));
    if ('seeOther' in answer)
      return reply
        .headers({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex' })
        .redirect(
          basePath + (named === null ? answer.seeOther : nameLanguage(answer.seeOther, named)),
          answer.status ?? 303,
        );
    const shown: (Page | FileBody) & { status?: number } =
      'notFound' in answer
        ? {
            page: 'not-found',
            title: createMarkingWording(language, custom).say('page.not-found.title'),
            view: {},
            status: 404,
          }
        : answer;
    const body = 'page' in shown ? render(request, shown, language) : withoutMarks(shown.body);
    const type = 'page' in shown ? 'text/html; charset=utf-8' : shown.type;
    const isFeed = type.startsWith(feedType);
    const isLookedAt = isFeed && request.headers['sec-fetch-dest'] === 'document';
    reply.type(isLookedAt ? type.replace(feedType, 'application/xml') : type).status(shown.status ?? 200);
    if (!('isWordless' in shown && shown.isWordless)) {
      const vary = `Accept-Language, Cookie${isFeed ? ', Sec-Fetch-Dest' : ''}`;
      reply.headers({ 'content-language': language, vary });
    }
    if (!shown.indexed) reply.header('x-robots-tag', 'noindex');
    if ('fileName' in shown && shown.fileName !== undefined)
      reply.header('content-disposition', `attachment; filename="${shown.fileName}"`);
    if ('framedBy' in shown && shown.framedBy !== undefined) reply.headers(framedBy(shown.framedBy));
    if ('headers' in shown && shown.headers !== undefined) reply.headers(shown.headers);
    const isStream = typeof body === 'object' && 'open' in body;
    const send = () => reply.send(isStream ? toStream(body, request.method, deps) : body);
    if (shown.cacheSeconds === undefined) {
      reply.header('cache-control', 'no-store');
      return send();
    }
    const hash = createHash('sha256').update(isStream ? body.tag : body);
    const etag = `${isStream ? 'W/' : ''}"${hash.digest('base64url').slice(0, 27)}"`;
    const whose = isNew || ('isPrivate' in shown && shown.isPrivate) ? 'private' : 'public';
    reply.headers({ etag, 'cache-control': `${whose}, max-age=${shown.cacheSeconds}` });
    return isKept(request.headers['if-none-match'], etag) ? reply.status(304).send() : send();
  };
}

function withoutMarks<T extends FileBody['body']>(body: T): T | string {
  return typeof body === 'string' ? dropMarks(body) : body;
}

/** A language named in the URL stays in effect after a redirect, with or without cookies. */
function nameLanguage(path: string, language: string): string {
  const there = new URL(path, 'http://here');
  there.searchParams.set(languageParameter, language);
  return `${there.pathname}${there.search}${there.hash}`;
}

/** Weak comparison (RFC 9110, section 13.1.2). */
function isKept(asked: string | undefined, etag: string): boolean {
  if (asked === undefined) return false;
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return asked.split(',').some((one) => ['*', bare(etag)].includes(bare(one)));
}
