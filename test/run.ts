import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonTestResults, parseCLI, startVitest } from 'vitest/node';
import { canRunMinimalDebian } from './support/minimal-debian.ts';
import { dovecotProgram, findProgram, hasPostgres15, redisProgram } from './support/servers.ts';

/** The programs of Debian that `npm run test:hosting` tries. */
const hostingPrograms = [
  { name: 'nginx', what: 'pages behind nginx', from: 'nginx-light' },
  { name: 'caddy', what: 'pages behind Caddy', from: 'caddy' },
  { name: 'systemd-analyze', what: "systemd's word on its units", from: 'systemd' },
  { name: 'newsboat', what: 'feeds in newsboat', from: 'newsboat' },
  { name: 'r2e', what: 'feeds in rss2email', from: 'rss2email' },
  { name: 'sfeed', what: 'feeds in sfeed', from: 'sfeed' },
  { name: 'khal', what: 'calendars in khal', from: 'khal' },
  { name: 'calcurse', what: 'calendars in calcurse', from: 'calcurse' },
  { name: 'lynx', what: 'following and sign-in with lynx', from: 'lynx' },
  { name: 'w3m', what: 'following and sign-in with w3m', from: 'w3m' },
  { name: 'firefox-esr', what: 'following in Firefox', from: 'firefox-esr' },
  { name: 'WebKitWebDriver', what: 'following in WebKitGTK', from: 'webkit2gtk-driver' },
  { name: 'Xvfb', what: 'a display for WebKitGTK', from: 'xvfb' },
  { name: 'pgbouncer', what: 'the database behind PgBouncer', from: 'pgbouncer' },
  { name: 'pgpool', what: 'the database behind Pgpool', from: 'pgpool2' },
];

// `npm test`: all tests on all servers this machine has; then what was left out, and the count. Arguments are vitest's.
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const folder = mkdtempSync(join(tmpdir(), 'trialbell-report-'));
const outputFile = join(folder, 'report.json');
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const vitest = await startVitest('test', filter, {
  ...options,
  watch: false,
  reporters: ['default', ['json', { outputFile }]],
});
const crashes = vitest.state.getUnhandledErrors().length;
await vitest.close();
const exitCode = Number(process.exitCode ?? 0);

const counts = countTests(JSON.parse(readFileSync(outputFile, 'utf8')) as JsonTestResults);
// Servers that do not start are no test that fails, and yet a failure.
const failed = Math.max(counts.failed + crashes, exitCode === 0 ? 0 : 1);
const leftOut = nameLeftOut();
const isIncomplete = process.env.CI === 'true' && countMissed() > 0;

console.log(`\n${leftOut.map((line) => `Left out: ${line}\n`).join('')}`);
if (isIncomplete) console.log('Nothing may be left out where CI is true.');
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
process.exit(failed > 0 || counts.passed === 0 || isIncomplete ? 1 : exitCode);

/** A file that cannot be loaded has no tests to count, and is one failure. */
function countTests(report: JsonTestResults): { passed: number; failed: number; skipped: number } {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What a run of everything, or of a suite that runs apart, was to try and did not. Not all of hosting is for every user. */
function countMissed(): number {
  const [option, suite, ...others] = process.argv.slice(2);
  if (option === undefined) return leftOut.length + counts.skipped;
  const isSuite = option === '--project' && others.length === 0;
  return isSuite && (suite !== 'hosting' || process.getuid?.() === 0) ? counts.skipped : 0;
}

/** What this machine lacks, each with the way to get it. */
function nameLeftOut(): string[] {
  const wanted = [
    {
      here: redisProgram !== null,
      what: 'the queue on Redis, because there is no redis-server. Debian: apt-get install redis-server',
    },
    {
      here: hasPostgres15,
      what: "Debian's PostgreSQL 15, because it is not installed. Debian 12: apt-get install postgresql-15",
    },
    {
      here: findProgram('chromium') !== null,
      what: 'pages in a browser, because there is no chromium. Debian: apt-get install chromium',
    },
    {
      here: dovecotProgram !== null,
      what: 'the mailbox that mails come back to, because there is no dovecot. Debian: apt-get install dovecot-imapd',
    },
    {
      here: findProgram('spamassassin') !== null,
      what: "spamassassin's word on our mails, because it is not installed. Debian: apt-get install spamassassin",
    },
    {
      here: findProgram('promtool') !== null,
      what: "Prometheus's word on the alert rules, because there is no promtool. Debian: apt-get install prometheus",
    },
    ...(process.env.TRIALBELL_HOSTING ? hostingPrograms : []).map(({ name, what, from }) => ({
      here: findProgram(name) !== null,
      what: `${what}, because there is no ${name}. Debian: apt-get install ${from}`,
    })),
    {
      here: !process.env.TRIALBELL_HOSTING || canRunMinimalDebian,
      what: 'a minimal Debian, and systemd in it, because that needs root on Debian with namespaces and control groups',
    },
    {
      here: existsSync(join(import.meta.dirname, '../../shared/data/ctgov')),
      what: 'real registry records, because there is no folder ../shared/data/ctgov beside the project',
    },
  ];
  return wanted.flatMap(({ here, what }) => (here ? [] : what));
}
