import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'jsondiffpatch';
import microdiff from 'microdiff';
import { compareTrials } from '../../src/core/diff/diff.ts';
import { numberSites } from '../../src/core/sites/sites.ts';
import { hasVersions, readRealPairs, versionsFolder } from '../support/real-pairs.ts';
import { readMoreTrials, readRecordedTrials, registryRead } from '../support/recorded-trials.ts';
import { makeSiteCases } from '../support/site-cases.ts';
import { countCases, formatTable } from '../support/site-confusion.ts';

/** One line of the table: how many pairs a second, against jsondiffpatch in the same run. */
export type CompareRow = { what: string; perSecond: number; ratio: number; found: string };

/** Measures comparing on the recorded pairs, both ways, beside two general tools on the same values. */
export function benchComparing(roundsMs = 2000): CompareRow[] {
  const pairs = readRealPairs().flatMap(({ before, after }) => [
    { before: numberSites(before), after },
    { before: numberSites(after), after: before },
  ]);
  // The kindest hash it can have knows our fields; the usual one takes the whole item.
  const byName = create({
    objectHash: (item) => {
      const { facility, city, zip, name, label, measure, id } = item as Record<string, unknown>;
      return JSON.stringify(facility === undefined ? [name, label, measure, id] : [facility, city, zip]);
    },
  });
  const byItem = create({ objectHash: (item) => JSON.stringify(item) });
  // Processor time, not the clock's: the machine is shared.
  const run = (what: string, work: (pair: (typeof pairs)[number]) => unknown, found: () => string) => {
    for (let warm = 0; warm < 30; warm++) for (const pair of pairs) work(pair);
    const [start, used] = [performance.now(), process.cpuUsage()];
    let rounds = 0;
    for (; performance.now() - start < roundsMs; rounds++) for (const pair of pairs) work(pair);
    const { user, system } = process.cpuUsage(used);
    return { what, perSecond: (rounds * pairs.length) / ((user + system) / 1e6), found: found() };
  };
  const sum = (count: (pair: (typeof pairs)[number]) => number) =>
    String(pairs.reduce((total, pair) => total + count(pair), 0));
  const raws = readRealPairs().map(({ trial, to }) =>
    readFileSync(join(versionsFolder, trial, `${to}.json`), 'utf8'),
  );
  const yardstick = run(
    'jsondiffpatch, object hash of the whole item',
    (p) => byItem.diff(p.before, p.after),
    () => '',
  );
  const rows = [
    run(
      'compareTrials',
      (p) => compareTrials(p.before, p.after),
      () => `${sum((p) => compareTrials(p.before, p.after).changes.length)} changes`,
    ),
    yardstick,
    run(
      'jsondiffpatch, object hash of our naming fields',
      (p) => byName.diff(p.before, p.after),
      () => '',
    ),
    run(
      'microdiff, by index',
      (p) => microdiff(p.before, p.after),
      () => `${sum((p) => microdiff(p.before, p.after).length)} operations`,
    ),
  ].map((row) => ({ ...row, ratio: row.perSecond / yardstick.perSecond }));
  const start = performance.now();
  for (const raw of raws) registryRead(JSON.parse(raw));
  const reading = raws.length / ((performance.now() - start) / 1000);
  return [...rows, { what: 'raw text to Trial, apart', perSecond: reading, ratio: Number.NaN, found: '' }];
}

/** Prints the table of comparing, and how well hard cases of sites are told apart. */
export function printComparing(): void {
  if (!hasVersions) {
    console.log('Nothing to compare: ../shared/data/ctgov is not beside the project.');
    return;
  }
  console.log('| comparing | pairs/s | of jsondiffpatch | found |\n| --- | --: | --: | --- |');
  for (const { what, perSecond, ratio, found } of benchComparing()) {
    const times = Number.isNaN(ratio) ? '' : `${ratio.toFixed(1)} ×`;
    console.log(`| ${what} | ${perSecond.toFixed(0)} | ${times} | ${found} |`);
  }
  console.log(
    `\n${formatTable(countCases(makeSiteCases([...readRecordedTrials(), ...readMoreTrials()], 150, 1), compareTrials))}`,
  );
}

if (import.meta.main) printComparing();
