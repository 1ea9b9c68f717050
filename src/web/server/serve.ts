import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { isDatabaseAway } from '../../db/connect.ts';
import { messageOf, TrialbellError } from '../../errors.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { adminLanguage, isForAdmins } from '../admin/guard.ts';
import { isForPrograms, linksToApi, problemOf } from '../api/problem.ts';
import { feedStylePath } from '../feeds/feed-document.ts';
import { createMetrics } from '../health/metrics.ts';
import { createReadiness } from '../health/ready.ts';
import { basePathOf, withoutBasePath } from '../http/base-path.ts';
import { readCookies } from '../http/cookies.ts';
import { isFromOurPages } from '../http/csrf.ts';
import { openFairShare } from '../http/fair-share.ts';
import { mailHeaders, securityHeaders } from '../http/headers.ts';
import { chooseLanguage, type Spoken } from '../http/negotiate-language.ts';
import { makePageRequest, readParams } from '../http/page-request.ts';
import type { PageHandler, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { createWriter, type Writer } from '../http/write-response.ts';
import { openToAll, routes } from '../routes.ts';
import { nameAsker } from './asker.ts';
import { isForThisMachine, isFromThisMachine } from './local-only.ts';
import { listOutbox, readOutbox } from './outbox.ts';
import { findPersonLanguage } from './person-language.ts';
import { readFeedStylesheet, readStylesheet } from './stylesheet.ts';
import { dropBody, formLimitBytes, isTooLarge, uploadOptions } from './uploads.ts';

const templates = join(import.meta.dirname, '../../../templates');
const assets = {
  'enhance.js': 'text/javascript; charset=utf-8',
  'share.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** Monitors on this machine also find these at the root. */
const figurePaths = ['/healthz', '/readyz', '/metrics'];

/** When a visitor may try again while the database is away, in seconds. */
const retryAfterSeconds = 30;

/** Registry look-ups of one client in a minute: a quarter of what all clients share. */
const lookUpsOfOne = 5;

/** Files of changes for one client in a minute: each may have a hundred thousand rows. */
const exportsOfOne = 10;

/** The dependencies that the caller provides; the others are made per server or per request. */
type ServerDeps = Omit<WebDeps, 'asker' | 'lookUps' | 'exports'>;

/** Serves the web pages on the configured host and port. Returns the URL. */
export async function serveWeb(given: ServerDeps): Promise<{ url: string; close: () => Promise<void> }> {
  const deps: WebDeps = {
    ...given,
    asker: '',
    lookUps: openFairShare(lookUpsOfOne),
    exports: openFairShare(exportsOfOne),
  };
  const { config } = deps;
  const basePath = basePathOf(config.baseUrl);
  const write = createWriter(deps);
  const custom = customOf(config);
  const server = fastify({
    logger: false,
    // A path that is overlong or cannot be decoded reaches no route.
    frameworkErrors: (_error, request, reply) =>
      write(request, reply, isForPrograms(request.url) ? problemOf(404) : { notFound: true }),
    rewriteUrl: ({ url = '/' }) => withoutBasePath(basePath, url) ?? url,
    trustProxy: false,
    bodyLimit: formLimitBytes,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
  });
  await server.register(formbody);
  await server.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fields: 50, files: 0, fieldSize: formLimitBytes },
  });
  server.addHook('onRequest', async (request, reply) => {
    const { originalUrl, url } = request;
    if (withoutBasePath(basePath, originalUrl) === null && !figurePaths.includes(url))
      await write(request, reply, { notFound: true });
  });
  server.addHook('onRequest', async (request) => {
    if (await isTooLarge(deps, request))
      throw Object.assign(new Error('The form is too large.'), { statusCode: 413 });
  });
  const services = linksToApi(basePath);
  server.addHook('onRequest', async ({ url }, reply) => {
    if (isForPrograms(url) || /^\/(\?|$)/.test(url)) reply.header('link', services);
  });
  const readForms = new WeakSet<FastifyRequest>();
  server.addHook('preHandler', async (request) => {
    readForms.add(request);
  });

  const serveFile = (path: string, body: Buffer, type: string) =>
    server.get(path, (request, reply) =>
      write(request, reply, { body, type, cacheSeconds: 3600, isWordless: true }),
    );
  for (const [name, type] of Object.entries(assets))
    serveFile(`/${name}`, await readFile(join(templates, 'pages', name)), type);
  serveFile('/style.css', await readStylesheet(custom.colours), 'text/css; charset=utf-8');
  serveFile(feedStylePath, await readFeedStylesheet(custom.colours), 'text/css; charset=utf-8');
  const { logo } = custom;
  if (logo) serveFile(logo.path, logo.body, logo.type);
  for (const [method, url, handler] of routes)
    server.route({
      ...uploadOptions(method, url),
      ...{ method, url, handler: createHandler(deps, handler, url, write) },
    });
  serveFigures(server, deps);
  if (!config.smtpUrl) serveOutbox(server, join(config.dataDir, 'outbox'), write);
  if (deps.demo || !config.smtpUrl)
    server.addHook('onRequest', async (request, reply) => {
      // By the route, not by the URL, which may spell it in other ways (`/%6futbox`).
      const isLocal = deps.demo || request.routeOptions.url?.startsWith('/outbox');
      if (isLocal && !(isForThisMachine(config) && isFromThisMachine(request)))
        await write(request, reply, failure(403, 'local-only'));
    });

  server.setNotFoundHandler((request, reply) =>
    write(request, reply, isForPrograms(request.url) ? problemOf(404) : { notFound: true }),
  );
  server.setErrorHandler(async (error, request, reply) => {
    // The multipart parser reports a broken form without a status code.
    const isBroken = request.isMultipart() && !readForms.has(request);
    const usual = isDatabaseAway(error) ? 503 : 500;
    const status = (error as { statusCode?: number }).statusCode ?? (isBroken ? 400 : usual);
    if (status === 503) reply.header('retry-after', retryAfterSeconds);
    if (status === 413) {
      await dropBody(request.raw);
      // Fastify would close the connection.
      reply.removeHeader('connection');
    }
    // Client errors are not logged, and paths never are, because a path may name an illness.
    if (status >= 500) deps.log.error({ reason: messageOf(error) }, 'page failed');
    return write(request, reply, isForPrograms(request.url) ? problemOf(status) : failure(status));
  });

  try {
    await server.listen({ host: config.host, port: config.port });
  } catch (cause) {
    throw new TrialbellError(explainRefusal(config, cause), { cause });
  }
  const { port } = server.server.address() as AddressInfo;
  return { url: `http://${nameHost(config.host)}:${port}${basePath}`, close: () => server.close() };
}

function explainRefusal({ host, port }: Pick<Config, 'host' | 'port'>, cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES'
    ? `Port ${port} cannot be used: ${messageOf(cause)}. Set PORT to a free one.`
    : `The pages cannot listen on ${host}: ${messageOf(cause)}. Set HOST to an address of this machine.`;
}

/** The host of a URL under which this machine reaches the pages. */
function nameHost(host: string): string {
  if (['127.0.0.1', '0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function createHandler(shared: WebDeps, handler: PageHandler, url: string, write: Writer) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const deps = { ...shared, asker: nameAsker(request) };
    const spoken = await chooseFor(deps, request, url);
    const visit = makePageRequest(deps, request, spoken.language);
    if (request.method === 'POST' && !openToAll.includes(url) && !isOurs(deps, request, visit))
      return write(request, reply, failure(403), spoken);
    return write(request, reply, await handler(visit, deps), spoken);
  };
}

/** A reader who comes from a mail and has chosen no language in this browser gets the language of their mails. */
async function chooseFor(deps: WebDeps, request: FastifyRequest, url: string): Promise<Spoken> {
  const spoken = chooseLanguage(deps.config, request);
  if (isForAdmins(url)) return { ...spoken, language: adminLanguage, isChosen: true, named: null };
  if (spoken.isChosen) return spoken;
  const { token = '' } = readParams(request.params);
  const session = readCookies(deps.config.baseUrl, request.headers.cookie).manage;
  const own = await findPersonLanguage(deps, url, token, session);
  return own === null ? spoken : { ...spoken, language: own };
}

function isOurs(deps: WebDeps, request: FastifyRequest, { form, now, cookies }: PageRequest): boolean {
  const origins = [new URL(deps.config.baseUrl).origin, `${request.protocol}://${request.host}`];
  return isFromOurPages(request.headers, form.form?.[0] ?? '', origins, deps.keys, now, cookies.admin);
}

/** The page for a failed request. */
function failure(status: number, why?: string): PageResponse {
  const reason =
    why ?? { 403: 'foreign', 413: 'too-large', 503: 'away' }[status] ?? (status < 500 ? 'unread' : 'ours');
  return { page: 'failed', title: '', view: { reason }, status };
}

function serveFigures(server: FastifyInstance, deps: WebDeps): void {
  const findMissing = createReadiness({
    ...deps,
    smtpUrl: deps.config.smtpUrl,
    dataDir: deps.config.dataDir,
  });
  const readMetrics = createMetrics(deps);
  server.get('/healthz', (_request, reply) => reply.send({ alive: true }));
  server.get('/readyz', async (request, reply) => {
    const found = await findMissing();
    // Error texts name servers and ports: they are for this machine.
    const missing = isFromThisMachine(request) ? found : found.map((text) => text.replace(/:.*$/s, ''));
    return reply.status(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
  });
  server.get('/metrics', async (_request, reply) => {
    const { type, text } = await readMetrics();
    return reply.type(type).send(text);
  });
}

/** Shows the mails in the outbox. */
function serveOutbox(server: FastifyInstance, outbox: string, write: Writer): void {
  server.get('/outbox', async (request, reply) =>
    write(request, reply, { page: 'outbox', title: 'Outbox', view: { mails: await listOutbox(outbox) } }),
  );
  server.get<{ Params: { name: string } }>('/outbox/:name', async (request, reply) => {
    const mail = await readOutbox(outbox, request.params.name);
    return write(
      request,
      reply,
      mail ? { page: 'mail', title: mail.subject, view: { mail } } : { notFound: true },
    );
  });
  server.get<{ Params: { name: string } }>('/outbox/:name/html', async (request, reply) => {
    const mail = await readOutbox(outbox, request.params.name);
    if (!mail) return write(request, reply, { notFound: true });
    return reply
      .headers({ ...securityHeaders, ...mailHeaders })
      .type('text/html; charset=utf-8')
      .send(mail.html.replace('<head>', '<head><base target="_blank">'));
  });
}
