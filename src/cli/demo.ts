import { get } from 'node:http';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { openApp, outboxFolder } from '../app.ts';
import { readConfig } from '../config.ts';
import type { Instant } from '../core/trial.ts';
import { recordedDays, refreshDays, registrySynonyms } from '../demo/days.ts';
import { euTrialsByDay } from '../demo/eu-trials.ts';
import { openDemoFolder } from '../demo/folder.ts';
import { serveRecordedCtis } from '../demo/recorded-ctis.ts';
import { serveRecordedRegistry } from '../demo/recorded-registry.ts';
import { tellStory } from '../demo/story.ts';
import { TrialbellError } from '../errors.ts';
import { createLog } from '../log.ts';
import { wrapText } from '../mail/wrap.ts';
import { say } from './output.ts';

/** `demo`: the offline story. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('an offline story on recorded registry days, from poll to an opened e-mail')
    .action(runDemo);
}

const opening = `Demonstration: these changes are made up.

Trialbell reads registries of clinical trials and mails the people who follow a trial or a condition when its record changes. \
Here recorded registries stand in for the real ones: ClinicalTrials.gov with five trials that exist and twelve that do not, and the EU register with another record of one of them, on three days of November 2026. \
The people are made up too. The program that reads, compares, decides and writes the mails is the real one.

Starting a database of its own takes a few seconds the first time.`;

async function runDemo(): Promise<void> {
  const stop = listenForStop();
  const closers: (() => Promise<unknown>)[] = [];
  try {
    say(wrapText(opening).trimEnd());
    const folder = await openDemoFolder(process.cwd());
    closers.push(folder.release);
    if (folder.notice) say(`\n${wrapText(folder.notice).trimEnd()}`);
    stop.throwIfStopped();
    const registry = await serveRecordedRegistry({ days: recordedDays(), synonyms: registrySynonyms });
    closers.push(registry.close);
    const euDays = euTrialsByDay();
    const euRegister = await serveRecordedCtis(euDays[0] ?? []);
    closers.push(euRegister.close);
    let now: Instant = `${refreshDays[0]}T12:00:00.000Z`;
    const app = await openApp(demoConfig(folder.dataDir, registry.url, euRegister.url), {
      log: createLog('warn'),
      now: () => now,
      demo: true,
    });
    closers.push(app.close);
    const url = await app.serve();
    app.context.config.baseUrl = url;
    const recordUrls: Record<string, (trial: string) => string> = {
      ctgov: (trial) => `${registry.url}/studies/${trial}`,
      ctis: (trial) => `${euRegister.url}/retrieve/${trial}`,
    };
    for (const [id, reader] of app.context.registries)
      app.context.registries.set(id, { ...reader, recordUrl: recordUrls[id] ?? reader.recordUrl });
    const mails = await tellStory({
      context: app.context,
      registries: {
        setDay(at) {
          registry.setDay(at);
          euRegister.setTrials(euDays[at] ?? []);
        },
        takeRequests: () => registry.requests.splice(0).length + euRegister.requests.splice(0).length,
      },
      setNow(next) {
        stop.throwIfStopped();
        now = next;
      },
      print: printer,
    });
    await ending({ url, folder: outboxFolder(app.context.config) }, mails, stop);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    say('\nStopped before the end.');
    process.exitCode = 1;
  } finally {
    for (const close of closers.reverse()) await close();
    stop.ignore();
  }
}

/** Ignores the environment, so that a demonstration touches no real database, queue or mail server. */
function demoConfig(dataDir: string, ctgovUrl: string, ctisUrl: string) {
  return readConfig({
    DATA_DIR: dataDir,
    PORT: '0',
    REGISTRIES: 'ctgov,ctis',
    CTGOV_URL: ctgovUrl,
    CTGOV_PACE_MS: '0',
    CTIS_URL: ctisUrl,
    CTIS_PACE_MS: '0',
    MAIL_FROM: 'Trialbell demonstration <bell@example.org>',
    OPERATOR_NAME: 'a demonstration of Trialbell',
  });
}

async function ending(
  { url, folder }: { url: string; folder: string },
  mails: number,
  stop: ReturnType<typeof listenForStop>,
): Promise<void> {
  const outbox = `${url}/outbox`;
  printer.heading(`${mails} mails were written. Read them in a browser: ${outbox}`);
  if (process.stdout.isTTY && process.stdin.isTTY) {
    say('The page stays there until you press Ctrl-C.');
    await stop.stopped;
    return;
  }
  const status = await fetchStatus(outbox);
  if (status !== 200) throw new TrialbellError(`The outbox page answered with status ${status}.`);
  say('The page was requested once and answered. Without a terminal the demonstration ends here, and');
  say(`the page with it; the mails stay as files in ${folder}`);
}

function fetchStatus(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    }).on('error', reject);
  });
}

const printer = {
  heading(text: string) {
    say(`\n${styleText('bold', wrapText(text).trimEnd(), { stream: process.stdout })}`);
  },
  text: (text: string) => say(`\n${wrapText(text).trimEnd()}`),
  item: (text: string, depth = 0) =>
    say(wrapText(`${'  '.repeat(depth)}${depth > 0 ? '- ' : '* '}${text}`).trimEnd()),
};

class Stopped extends Error {}

/** Watches for Ctrl-C, SIGTERM, a closed terminal and a closed output pipe. */
function listenForStop() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isStopped = false;
  const stop = () => {
    if (!isStopped) process.stderr.write('\nStopping: one moment.\n');
    isStopped = true;
    resolve();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  process.stdout.on('error', stop);
  process.stderr.on('error', stop);
  return {
    stopped: promise,
    throwIfStopped() {
      if (isStopped) throw new Stopped();
    },
    ignore() {
      for (const signal of signals) process.off(signal, stop);
    },
  };
}
