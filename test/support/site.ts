import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import PostalMime from 'postal-mime';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { type RecordedDay, serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { queueNames } from '../../src/queue/table.ts';
import { createTestDatabase } from './database.ts';
import { dumpDatabase, dumpRedis } from './dump-stores.ts';
import { makeDataDir, serverVariables } from './program.ts';
import { startSmtpSink } from './smtp-sink.ts';

/** A received mail: its words, and the URLs of our own pages in its text. */
export type GotMail = { to: string; subject: string; text: string; html: string; links: string[] };

/** The whole running program, with every worker and the pages, a recorded registry and a real mail server. */
export type Site = {
  app: App;
  url: string;
  setNow(instant: string): void;
  /** Moves the registry to its next day. */
  setDay(n: number): void;
  /** The mails to one address, oldest first. */
  mailsTo(address: string): Promise<GotMail[]>;
  /** The newest mail to an address that leads to a place, but not by the link `used`, once it has come; with its link. */
  mailWith(address: string, place: RegExp, used?: string): Promise<{ mail: GotMail; link: string }>;
  /** Everything that the program stored or wrote except mails: database, queue store, logs. */
  readKept(): Promise<string>;
  close(): Promise<void>;
};

/** Ends a wait for a mail that does not come, in milliseconds. */
const comesWithinMs = 120_000;

/** Opens the program with workers and pages. Always close it. */
export async function openSite(options: { days: RecordedDay[]; now: string }): Promise<Site> {
  const closers: (() => unknown)[] = [];
  const recorded = await serveRecordedRegistry({ days: options.days });
  closers.push(recorded.close);
  const sink = await startSmtpSink();
  closers.push(sink.close);
  const database = await createTestDatabase();
  closers.push(database.drop);
  const folder = makeDataDir();
  closers.push(folder.remove);
  const port = await findPort();
  const url = `http://localhost:${port}`;
  const config = readConfig({
    ...(await serverVariables(database.url)),
    DATA_DIR: folder.path,
    SMTP_URL: sink.url,
    BASE_URL: url,
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    PORT: String(port),
  });
  let now = options.now;
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => logged.push(line) });
  const app = await openApp(config, { log, now: () => now });
  closers.push(app.close);
  await app.work(queueNames);
  await app.serve();
  const mailsTo = async (address: string): Promise<GotMail[]> => {
    const got = sink.mails.filter(({ to }) => to.includes(address));
    return Promise.all(
      got.map(async ({ message }) => {
        const { subject = '', text = '', html = '' } = await PostalMime.parse(message);
        const links = [...text.matchAll(/http:\/\/localhost:\d+\/\S+/g)].map(([link]) => link);
        return { to: address, subject, text, html, links };
      }),
    );
  };
  const mailWith = async (address: string, place: RegExp, used?: string) => {
    for (const until = performance.now() + comesWithinMs; performance.now() < until; await sleep(50)) {
      await app.context.enqueue('sweep', {});
      for (const mail of (await mailsTo(address)).toReversed()) {
        const link = mail.links.find((one) => place.test(one) && one !== used);
        if (link) return { mail, link };
      }
    }
    throw new Error(`no mail to ${address} leads to ${place}`);
  };
  return {
    app,
    url,
    setNow: (instant) => {
      now = instant;
    },
    setDay: recorded.setDay,
    mailsTo,
    mailWith,
    readKept: async () =>
      [
        await dumpDatabase(config.databaseUrl ?? ''),
        config.redisUrl ? await dumpRedis(config.redisUrl) : '',
        ...logged,
      ].join('\n'),
    async close() {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
