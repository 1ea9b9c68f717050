import { parseArgs } from 'node:util';
import { isApart, runApart } from '../support/apart.ts';
import { machine } from './machine.ts';

// `npm run bench [-- PART… [--size N]]`: ratios against a ceiling measured in the same run, since machines differ and are
// shared. Each part's own size when none is given. `reading`, `registry`, `planning`, `sending`, `hosts`, `costs` and `pages` know `--json`: one
// JSON value (figures, ratios, machine). `reading`, `planning` and `pages` measure an older build in the same run with `--before
// CHECKOUT`, and `reading --days` also reads the days after the import.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string' },
    phrases: { type: 'string' },
    json: { type: 'boolean' },
    before: { type: 'string' },
    days: { type: 'boolean' },
  },
});
const say = (text: string) => values.json || console.log(text);
const row = (...cells: (string | number)[]) => say(`| ${cells.join(' | ')} |`);
const head = (...cells: string[]) => {
  row(...cells);
  row(...cells.map(() => '--:'));
};
const rounded = (value: number, digits = 2) => value.toFixed(digits);
const flags = process.argv.slice(2).filter((arg) => arg !== 'hosts');
const tell = (part: string, figures: unknown) => {
  if (values.json) console.log(JSON.stringify({ part, machine: machine(), figures }, null, 2));
};
const sizes = (...usual: number[]) => (values.size === undefined ? usual : [Number(values.size)]);

const parts: Record<string, () => Promise<void>> = {
  async reading() {
    const { benchReading, sum } = await import('./reading.ts');
    say(
      '\nReading records over HTTP into the database. The ceiling of the import: JSON.parse of the same bytes, and one plain bulk insert of the same rows.\n',
    );
    head(
      ...['trials', 'build', 'reading', 'records', 'records/s', 'processor ms a record: program', 'database'],
      ...['peak memory, MB', 'of the ceiling', "of its processor's time"],
    );
    const results = [];
    for (const count of sizes(5_000, 20_000)) {
      const result = await benchReading(count, values.before ?? null, values.days ?? false);
      results.push(result);
      for (const [build, run] of [['before', result.before] as const, ['now', result.now] as const])
        for (const { what, records, seconds, processorSeconds, peakMegabytes } of run?.readings ?? []) {
          const { program, database } = processorSeconds;
          const ceiling = what === 'import' ? run?.ceiling : undefined;
          row(
            ...[count, build, what, records, rounded(records / seconds, 0)],
            ...[rounded((program * 1_000) / records), rounded((database * 1_000) / records)],
            ...[rounded(peakMegabytes, 0), ceiling ? rounded(ceiling.seconds / seconds) : ''],
            ceiling ? rounded(sum(ceiling.processorSeconds) / (program + database)) : '',
          );
        }
    }
    tell('reading', results);
  },
  async registry() {
    const { benchRegistry } = await import('./registry.ts');
    for (const count of sizes(612_000)) {
      say(`\nA registry of ${count} records read whole, and the days after.\n`);
      head(
        'reading',
        'records',
        'records/s',
        'processor ms a record: program',
        'database',
        'peak memory, MB',
      );
      const result = await benchRegistry(count);
      for (const { what, records, seconds, processorSeconds, peakMegabytes } of result.readings)
        row(
          ...[what, records, rounded(records / seconds, 0)],
          ...[rounded((processorSeconds.program * 1_000) / records)],
          ...[rounded((processorSeconds.database * 1_000) / records), rounded(peakMegabytes, 0)],
        );
      const { mails, readers, held, sink, seconds } = result.mails;
      say(
        `\n${mails} mails to ${readers} readers, into ${sink}: the last ${rounded(seconds, 1)} s after the poll of the normal day began (${held} changes were held, and released at once).\n`,
      );
      head('imported', 'records/s of this tenth', 'memory, MB', 'at its peak');
      let [before, at] = [0, 0];
      for (const tenth of result.tenths) {
        const rate = (tenth.records - before) / (tenth.seconds - at);
        row(tenth.records, rounded(rate, 0), rounded(tenth.megabytes, 0), rounded(tenth.peakMegabytes, 0));
        [before, at] = [tenth.records, tenth.seconds];
      }
      say('');
      head('table or index', 'bytes a trial after the import', 'at the end');
      for (const [name, bytes] of Object.entries(result.bytesPerTrialAtTheEnd))
        row(name, result.bytesPerTrial[name] ?? 0, bytes);
      tell('registry', result);
    }
  },
  async comparing() {
    const { printComparing } = await import('./compare.ts');
    console.log('\nComparing recorded pairs, given two stored Trials; processor time.\n');
    printComparing();
  },
  async 'long-sites'() {
    const { benchLongSites } = await import('./long-sites.ts');
    console.log('\nThe first comparison of two long lists of sites in a process.\n');
    head('lists', 'longest pause, ms', 'whole, ms');
    for (const count of sizes(5_000))
      for (const { lists, pause, whole } of benchLongSites(count))
        row(`${count} ${lists}`, rounded(pause, 0), rounded(whole, 0));
  },
  async matching() {
    console.log('\nMatching a trial against what people follow.\n');
    await import('./match.ts');
  },
  async planning() {
    const { benchPlanning } = await import('./planning.ts');
    say(
      '\nPlanning everyone who is due: digests, items, cursors, deliveries. The ceiling: the same rows written by plain statements in the same batches.\n',
    );
    head(
      ...['people', 'build', 'seconds', 'digests/s', 'of the ceiling', 'peak memory, MB'],
      ...['longest block, ms', 'bytes of content a digest', 'with the ledger'],
    );
    const results = [];
    for (const count of sizes(100_000)) {
      const result = await benchPlanning(count, values.before ?? null);
      results.push(result);
      for (const [build, run] of [['before', result.before] as const, ['now', result.now] as const]) {
        if (!run) continue;
        const { content, items, deliveries } = run.bytesPerDigest;
        row(
          ...[count, build, rounded(run.seconds, 1), rounded(run.digests / run.seconds, 0)],
          ...[rounded(run.ceiling.seconds / run.seconds), rounded(run.peakMegabytes, 0)],
          ...[rounded(Math.max(...Object.values(run.longest)), 0), content, content + items + deliveries],
        );
      }
    }
    tell('planning', results);
  },
  async pages() {
    const { benchPages } = await import('./pages.ts');
    say(
      '\nPages at 200 requests a second while records are read, each answer counted from when it was due. Beside them the framework with a constant page of the same size, and the first lists near a place.\n',
    );
    head('trials', 'changes', 'build', 'page', 'p50, ms', 'p95, ms', 'not answered');
    const results = [];
    for (const count of sizes(600_000)) {
      const result = await benchPages(count, values.before ?? null);
      results.push(result);
      for (const [build, run] of [['before', result.before] as const, ['now', result.now] as const]) {
        if (!run) continue;
        const facts = [run.trials, run.changes, build];
        for (const { pages, p50, p95, refused } of run.loads)
          row(...facts, pages, rounded(p50, 1), rounded(p95, 1), refused);
        const near = run.firstNearPlace;
        if (near)
          row(
            ...facts,
            `${near.lists} first lists near a place`,
            rounded(near.p50, 1),
            rounded(near.p95, 1),
            0,
          );
      }
    }
    tell('pages', results);
  },
  async 'pages-while-reading'() {
    const { benchPagesWhileReading } = await import('./while-reading.ts');
    console.log(
      '\nPages at 20 requests a second from the process of `start` while it does nothing, and while it reads a day on which every record comes respelled.\n',
    );
    head('trials', 'while', 'p50, ms', 'p95, ms', 'not answered', 'longest pause, ms', 'p99 pause, ms', 's');
    for (const count of sizes(10_000))
      for (const { during, p50, p95, refused, pause, pause99, seconds } of await benchPagesWhileReading(
        count,
      ))
        row(
          count,
          during,
          rounded(p50, 1),
          rounded(p95, 1),
          refused,
          rounded(pause, 0),
          rounded(pause99, 0),
          rounded(seconds, 0),
        );
  },
  async held() {
    const { benchHeld } = await import('./held.ts');
    for (const count of sizes(100_000)) {
      say(`\nDeciding about a run that holds ${count} changes, before 10,000 people.\n`);
      head('step', 'ms', 'ms of the server’s processor');
      for (const { step, ms, processorMs } of await benchHeld(count)) row(step, ms, processorMs);
    }
  },
  async admin() {
    const { benchAdmin } = await import('./admin.ts');
    console.log('\nThe admins’ pages, in front of 10,000 subscribers and a ledger of this many rows.\n');
    head('rows', 'page', 'p50, ms', 'p95, ms');
    for (const count of sizes(1_000_000)) {
      for (const { path, p50, p95 } of await benchAdmin(count))
        row(count, path, rounded(p50, 1), rounded(p95, 1));
    }
  },
  async immediate() {
    const { benchImmediate } = await import('./immediate.ts');
    console.log(
      "\nFrom the release of a day of changes to the mail server's answer, for readers who want mail at once; one process of workers, the queue on PostgreSQL.\n",
    );
    head('readers', 'into', 'p50, s', 'p99, s', 'last, s');
    for (const count of sizes(1_000, 10_000)) {
      const { readers, sink, p50, p99, last } = await benchImmediate(count);
      row(readers, sink, rounded(p50, 1), rounded(p99, 1), rounded(last, 1));
    }
  },
  async volume() {
    const { benchVolume } = await import('./volume.ts');
    console.log(
      '\nComposing and rendering digests: what they have in common made once, and each made alone; the same bytes.\n',
    );
    head('digests', 'topics', 'mails/s', 'each alone', 'times', 'more memory, MB');
    for (const count of sizes(100_000)) {
      const { digests, topics, shared, alone, peakMegabytes } = benchVolume(count);
      row(
        digests,
        topics,
        rounded(shared, 0),
        rounded(alone, 0),
        rounded(shared / alone),
        rounded(peakMegabytes, 0),
      );
    }
  },
  async 'sign-ups'() {
    const { benchSignUps } = await import('./sign-up.ts');
    console.log(
      '\nSigning up for addresses of each kind in turn (P2): nothing in the times tells one from another.\n',
    );
    head('address', 'p50, ms', 'p95, ms');
    const [count = 500] = sizes(500);
    for (const { address, p50, p95 } of await benchSignUps(count)) row(address, rounded(p50), rounded(p95));
  },
  async hosts() {
    if (!isApart) return runApart([process.argv[1] ?? '', 'hosts', ...flags]);
    const { benchHosts } = await import('./hosts.ts');
    say(
      '\nSending from several hosts (network namespaces of this machine, on the same cores), the queue on Redis, TLS to the mail server.\n',
    );
    head('mails', 'the server takes up to, ms', 'hosts', 'mails/s', 'of one host');
    const results = [];
    for (const count of sizes(2_000))
      for (const slowestMs of [0, 1_000]) {
        const runs = await benchHosts(count, slowestMs);
        const [one] = runs;
        results.push(...runs);
        for (const { hosts, rate } of runs)
          row(count, slowestMs, hosts, rounded(rate, 0), rounded(rate / (one?.rate ?? rate)));
      }
    tell('hosts', results);
  },
  async costs() {
    const { benchIdle, benchRegistryCosts } = await import('./costs.ts');
    const { benchMonth } = await import('./month.ts');
    say('\nWhat a month of 1,000 readers costs: planning and sending their mails.\n');
    head(
      ...['readers', 'mails a reader', 'into', 'processor s, program', 'database', 'KB of the month'],
      'KB of the readers',
    );
    const months = [];
    for (const count of sizes(1_000, 5_000)) {
      const month = await benchMonth(count);
      months.push(month);
      row(
        ...[count, rounded(month.mails), month.sink, rounded(month.program), rounded(month.database)],
        ...[rounded(month.bytesOfMonth / 1e3, 0), rounded(month.bytesOfReaders / 1e3, 0)],
      );
    }
    const registry = await benchRegistryCosts(4_000);
    say('\nAnd whatever the number of readers: reading a day on which 4,000 records changed.\n');
    head(
      ...['requests', 'of a look', 'seconds', 'processor s per 1,000 records, program', 'database'],
      ...['KB a changed record', 'KB a stored trial'],
    );
    row(
      ...[registry.requestsOfReading, registry.requestsOfLook, rounded(registry.seconds, 1)],
      ...[rounded(registry.program), rounded(registry.database)],
      ...[rounded(registry.bytesOfChanged / 1e3, 1), rounded(registry.bytesOfTrial / 1e3, 1)],
    );
    const idle = await benchIdle();
    say(`\nA minute of \`start\` with nothing to do: ${rounded(idle)} processor seconds.`);
    tell('costs', { months, registry, idle });
  },
  async sending() {
    const { benchSending } = await import('./sending.ts');
    say(
      '\nSending through the full ledger, synchronous_commit on. The ceiling: a nodemailer pool that composes the same mail each time.\n',
    );
    head(
      ...[
        'mails',
        'signed',
        'into',
        'one process, mails/s',
        'two',
        'two / one',
        'pool',
        'one / pool',
        'two / pool',
      ],
      ...['one, ms of processor a mail', 'pool, ms'],
    );
    const results = [];
    for (const count of sizes(5_000))
      for (const signed of [false, true]) {
        const result = await benchSending(count, { signed });
        const { sink, one, two, pool, processor } = result;
        results.push({ signed, ...result, ratios: { one: one / pool, two: two / pool } });
        row(
          ...[count, signed ? 'DKIM' : 'no', sink, rounded(one, 0), rounded(two, 0), rounded(two / one)],
          ...[rounded(pool, 0), rounded(one / pool), rounded(two / pool)],
          ...[rounded(processor.one), rounded(processor.pool)],
        );
      }
    tell('sending', results);
  },
};

const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. Choose from: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
/** They take hours: only when they are named. */
const long = ['registry'];
for (const [name, run] of Object.entries(parts)) {
  const isMeant = positionals.length === 0 ? !long.includes(name) : positionals.includes(name);
  if (isMeant) await run();
}
