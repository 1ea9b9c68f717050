import { get } from 'node:http';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { type App, openApp, outboxFolder } from '../app.ts';
import { readConfig } from '../config.ts';
import { dayMs } from '../core/instants.ts';
import { type DemoClock, openDemoClock } from '../demo/clock.ts';
import { recordedDays, refreshDays, registrySynonyms } from '../demo/days.ts';
import { euTrialsByDay } from '../demo/eu-trials.ts';
import { openDemoFolder } from '../demo/folder.ts';
import { findFreePort } from '../demo/free-port.ts';
import { tellMistake, withMistake } from '../demo/mistake.ts';
import { serveRecordedCtis } from '../demo/recorded-ctis.ts';
import { serveRecordedRegistry } from '../demo/recorded-registry.ts';
import { type StoryParts, tellStory } from '../demo/story.ts';
import { TrialbellError } from '../errors.ts';
import { createLog } from '../log.ts';
import { wrapText } from '../mail/wrap.ts';
import { say } from './output.ts';

/** `demo`: the offline story. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('an offline story on recorded registry days, from poll to an opened email')
    .action(runDemo);
}

/** Where the pages are, unless something else is there. */
const usualPort = 3000;

const opening = `This is a demonstration. These changes are made up.

Trialbell reads registries of clinical trials and emails the people who follow a trial or a condition when its record changes. \
Here recorded registries stand in for the real ones: ClinicalTrials.gov with five trials that exist and many that do not, and the EU registry with another record of one of them, on three days of November 2026. \
The people are made up too. The program that reads, compares, decides and writes the emails is the real one.

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
    const days = withMistake(recordedDays());
    const registry = await serveRecordedRegistry({ days, synonyms: registrySynonyms });
    closers.push(registry.close);
    const euDays = euTrialsByDay();
    const euRegister = await serveRecordedCtis(euDays[0] ?? []);
    closers.push(euRegister.close);
    const clock = openDemoClock(`${refreshDays[0]}T12:00:00.000Z`);
    const config = demoConfig(folder.dataDir, registry.url, euRegister.url, await findFreePort(usualPort));
    const app = await openApp(config, { log: demoLog(), now: clock.now, demo: true });
    closers.push(app.close);
    const url = await app.serve();
    config.baseUrl = url;
    const recordUrls: Record<string, (trial: string) => string> = {
      ctgov: (trial) => `${registry.url}/studies/${trial}`,
      ctis: (trial) => `${euRegister.url}/retrieve/${trial}`,
    };
    for (const [id, reader] of app.context.registries)
      app.context.registries.set(id, { ...reader, recordUrl: recordUrls[id] ?? reader.recordUrl });
    const parts: StoryParts = {
      context: app.context,
      registries: {
        setDay(at) {
          registry.setDay(at);
          euRegister.setTrials(euDays[Math.min(at, euDays.length - 1)] ?? []);
        },
        takeRequests: () => registry.requests.splice(0).length + euRegister.requests.splice(0).length,
      },
      setNow(next) {
        stop.throwIfStopped();
        clock.set(next);
      },
      print: printer,
    };
    const mails = await tellStory(parts);
    const adminPath = await tellMistake(parts, days.length - 1);
    tellEnding({ url, mails, adminPath });
    const folderOfMails = outboxFolder(config);
    if (process.stdout.isTTY && process.stdin.isTTY) await stayOpen(app, clock, stop);
    else await endWithoutTerminal(url, folderOfMails);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    say('\nStopped before the end.');
    process.exitCode = 1;
  } finally {
    for (const close of closers.reverse()) await close();
    stop.ignore();
  }
}

/** Warnings and errors, without the alarm that is part of the story. */
function demoLog() {
  return createLog('warn', {
    write: (line) => line.includes('"msg":"alarm"') || process.stderr.write(line),
  });
}

/** Ignores the environment, so that a demonstration touches no real database, queue or mail server. */
function demoConfig(dataDir: string, ctgovUrl: string, ctisUrl: string, port: number) {
  return readConfig({
    DATA_DIR: dataDir,
    PORT: `${port}`,
    REGISTRIES: 'ctgov,ctis',
    CTGOV_URL: ctgovUrl,
    CTGOV_PACE_MS: '0',
    CTIS_URL: ctisUrl,
    CTIS_PACE_MS: '0',
    MAIL_FROM: 'Trialbell Demo <bell@example.org>',
    OPERATOR_NAME: 'Trialbell Demo',
  });
}

/** What can be looked at now, each with its address. */
function tellEnding({ url, mails, adminPath }: { url: string; mails: number; adminPath: string }): void {
  printer.heading(`${mails} emails about changes were written. Five things to click:`);
  if (new URL(url).port !== `${usualPort}`)
    printer.text(`Port ${usualPort} is in use here, so the pages are elsewhere.`);
  const links = [
    [`${url}/outbox`, 'Every email of this story, as its reader gets it.'],
    [`${url}/trials/NCT99000001`, 'A trial: its record, and what changed.'],
    [
      `${url}/conditions/migraine-disorders`,
      'A condition. Follow it with any address: the emails to you arrive at /outbox.',
    ],
    [`${url}${adminPath}`, 'The admin pages, with the held run. This link works once, within an hour.'],
    [`${url}/api/v1/changes?facet=status&limit=3`, 'The same changes for programs.'],
  ] as const;
  for (const [n, [link, what]] of links.entries()) say(`\n${n + 1}. ${link}\n   ${what}`);
}

/** Keeps pages and workers running until Ctrl-C. Enter lets a day pass: emails that are due by then are written. */
async function stayOpen(app: App, clock: DemoClock, stop: ReturnType<typeof listenForStop>): Promise<void> {
  clock.run();
  await app.work(['requests', 'plan', 'send']);
  say('\nThe pages stay there until you press Ctrl-C. Press Enter to let a day pass.');
  const passDay = () => {
    clock.skip(dayMs);
    void app.context.enqueue('plan', {});
    say(`It is ${clock.now().slice(0, 16).replace('T', ', ')} UTC now. Emails that are due are written.`);
  };
  process.stdin.on('data', passDay);
  await stop.stopped;
  process.stdin.off('data', passDay).pause();
}

async function endWithoutTerminal(url: string, folder: string): Promise<void> {
  const status = await fetchStatus(`${url}/outbox`);
  if (status !== 200) throw new TrialbellError(`The outbox page answered with status ${status}.`);
  say('\nThe outbox was requested once and answered. Without a terminal the demonstration ends here, and');
  say(`its pages with it; the emails stay as files in ${folder}`);
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
