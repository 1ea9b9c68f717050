import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Eta } from 'eta';
import fastify, { type FastifyReply } from 'fastify';
import { type Config, isLoopback } from '../config.ts';
import type { Instant } from '../core/trial.ts';
import type { Db } from '../db/connect.ts';
import { messageOf, TrialbellError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Queues } from '../queue/open.ts';
import { createMetrics, type Durations } from './metrics.ts';
import { listOutbox, readOutbox } from './outbox.ts';
import { createReadiness } from './ready.ts';

/** What the pages need. */
export type WebParts = {
  config: Config;
  db: Db;
  log: Log;
  version: string;
  queues: Promise<Queues>;
  now: () => Instant;
  durations: Durations;
  demo: boolean;
};

const pages = new Eta({ views: join(import.meta.dirname, '../../templates/pages'), cache: true });
const stylesheet = join(import.meta.dirname, '../../templates/pages/style.css');

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
// A mail is shown in a sandboxed frame of our own page: it brings its styles and may do nothing but open its links.
const mailHeaders = {
  ...securityHeaders,
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'",
};
/** Where the links of mails lead. Some of these pages may not be there yet, and then say so. */
const linkedRooms = ['trials', 'digests', 'unsubscribe', 'manage', 'confirm'];

/**
 * Serves the web pages on the configured port: on loopback while mails are kept in the outbox (they are shown there), on
 * every address otherwise. Returns where.
 */
export async function serveWeb(parts: WebParts): Promise<{ url: string; close: () => Promise<void> }> {
  const { config } = parts;
  const server = fastify({ logger: false, trustProxy: false, routerOptions: { maxParamLength: 200 } });
  const host = config.smtpUrl && !isLoopback(new URL(config.baseUrl).hostname) ? '0.0.0.0' : '127.0.0.1';
  const outbox = config.smtpUrl ? null : join(config.dataDir, 'outbox');
  const page = (reply: FastifyReply, name: string, data: object) =>
    reply
      .headers(securityHeaders)
      .type('text/html; charset=utf-8')
      .send(pages.render(name, { demo: parts.demo, hasOutbox: outbox !== null, ...data }));

  const findMissing = createReadiness({ ...parts, smtpUrl: config.smtpUrl });
  const readMetrics = createMetrics(parts);

  // Every route of the program.
  server.get('/', (_request, reply) => page(reply, 'home', { title: 'Trialbell' }));
  server.get('/style.css', async (_request, reply) =>
    reply
      .headers(securityHeaders)
      .type('text/css; charset=utf-8')
      .send(await readFile(stylesheet)),
  );
  server.get('/healthz', (_request, reply) => reply.send({ alive: true }));
  server.get('/readyz', async (_request, reply) => {
    const missing = await findMissing();
    return reply.status(missing.length === 0 ? 200 : 503).send({ ready: missing.length === 0, missing });
  });
  server.get('/metrics', async (_request, reply) => {
    const { type, text } = await readMetrics();
    return reply.type(type).send(text);
  });
  if (outbox) {
    server.get('/outbox', async (_request, reply) =>
      page(reply, 'outbox', { title: 'Outbox', mails: await listOutbox(outbox) }),
    );
    server.get<{ Params: { name: string } }>('/outbox/:name', async (request, reply) => {
      const mail = await readOutbox(outbox, request.params.name);
      return mail ? page(reply, 'mail', { title: mail.subject, mail }) : reply.callNotFound();
    });
    server.get<{ Params: { name: string } }>('/outbox/:name/html', async (request, reply) => {
      const mail = await readOutbox(outbox, request.params.name);
      if (!mail) return reply.callNotFound();
      return reply
        .headers(mailHeaders)
        .type('text/html; charset=utf-8')
        .send(mail.html.replace('<head>', '<head><base target="_blank">'));
    });
  }
  server.setNotFoundHandler((request, reply) => {
    const room = /^\/(\w+)\/[^/?]+/.exec(request.url)?.[1] ?? '';
    const param = room === 'trials' ? 'id' : 'token';
    const isMissing =
      linkedRooms.includes(room) && !server.hasRoute({ method: 'GET', url: `/${room}/:${param}` });
    page(reply.status(404), 'not-found', { title: isMissing ? 'Not built yet' : 'Not found', isMissing });
  });
  server.setErrorHandler((error, _request, reply) => {
    parts.log.error({ reason: messageOf(error) }, 'page failed');
    page(reply.status(500), 'failed', { title: 'Something went wrong' });
  });

  try {
    await server.listen({ host, port: config.port });
  } catch (cause) {
    throw new TrialbellError(
      `Port ${config.port} cannot be used: ${messageOf(cause)}. Set PORT to a free one.`,
      { cause },
    );
  }
  const { port } = server.server.address() as AddressInfo;
  return { url: `http://localhost:${port}`, close: () => server.close() };
}
