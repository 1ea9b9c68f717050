import type { pairSites } from '../../src/core/sites/pair.ts';
import type { SiteCase } from './site-cases.ts';

type Verdict = 'same' | 'arrived' | 'gone';
type Share = { hits: number; of: number; share: number; low: number; high: number };

/** Truth against verdict for the hard sites, without exact matches. */
export type Confusion = {
  cases: number;
  cells: Map<string, number>;
  kinds: Map<string, { right: number; wrong: number; sample: string }>;
  /** Sites with an exact twin, and how many of them were not paired with it. */
  twins: number;
  wrongTwins: number;
  precision(verdict: Verdict): Share;
  recall(verdict: Verdict): Share;
};

/**
 * Counts the verdicts of a pairing on the cases. Lists are shuffled, so that positions reveal nothing. Of equal
 * entries any may be the one that was added or removed.
 */
export function countCases(cases: SiteCase[], pair: typeof pairSites): Confusion {
  const cells = new Map<string, number>();
  const kinds: Confusion['kinds'] = new Map();
  let [twins, wrongTwins] = [0, 0];
  for (const { kind, before, after, truth, trial } of cases) {
    const hard = new Set(
      truth.flatMap(({ before: b, after: a }) =>
        [b === null ? [] : [`b${key(before[b])}`], a === null ? [] : [`a${key(after[a])}`]].flat(),
      ),
    );
    const reversed = after.toReversed();
    const pairs = pair(before, reversed).map((found) => ({
      before: found.before === null ? null : (before[found.before] ?? null),
      after: found.after === null ? null : (reversed[found.after] ?? null),
      kind: found.kind === 'paired' || found.kind === 'equal' ? 'same' : found.kind,
    }));
    const open = [...pairs];
    let right = true;
    for (const fact of truth) {
      const want = {
        before: fact.before === null ? null : before[fact.before],
        after: fact.after === null ? null : after[fact.after],
      };
      const expected: Verdict = fact.before === null ? 'arrived' : fact.after === null ? 'gone' : 'same';
      const at = open.findIndex(
        (found) => key(found.before) === key(want.before) && key(found.after) === key(want.after),
      );
      if (at >= 0) {
        open.splice(at, 1);
        add(cells, `${expected} ${expected}`);
        continue;
      }
      right = false;
      const seen = open.filter(
        (found) =>
          (want.before && key(found.before) === key(want.before)) ||
          (want.after && key(found.after) === key(want.after)),
      );
      for (const found of seen) add(cells, `${expected} ${found.kind}`);
      // Nothing is left: the pair that swallowed it was counted with the other half of the truth.
      if (seen.length === 0) add(cells, `${expected} same`);
      for (const found of seen) open.splice(open.indexOf(found), 1);
    }
    for (const found of open) {
      if (hard.has(`b${key(found.before)}`) || hard.has(`a${key(found.after)}`)) continue;
      twins++;
      if (found.kind !== 'same') wrongTwins++;
    }
    const row = kinds.get(kind) ?? { right: 0, wrong: 0, sample: '' };
    if (right) row.right++;
    else {
      row.wrong++;
      row.sample ||= `${trial}: ${truth.map(({ before: b, after: a }) => `${name(b === null ? null : before[b])} => ${name(a === null ? null : after[a])}`).join('; ')}`;
    }
    kinds.set(kind, row);
  }
  const cell = (test: (truth: string, verdict: string) => boolean) =>
    [...cells].reduce(
      (sum, [text, n]) => (test(text.split(' ')[0] ?? '', text.split(' ')[1] ?? '') ? sum + n : sum),
      0,
    );
  return {
    cases: cases.length,
    cells,
    kinds,
    twins,
    wrongTwins,
    precision: (v) =>
      share(
        cell((t, f) => t === v && f === v),
        cell((_t, f) => f === v),
      ),
    recall: (v) =>
      share(
        cell((t, f) => t === v && f === v),
        cell((t) => t === v),
      ),
  };
}

function add(cells: Map<string, number>, cell: string): void {
  cells.set(cell, (cells.get(cell) ?? 0) + 1);
}

function key(site: SiteCase['before'][number] | null | undefined): string {
  return site ? JSON.stringify(site) : '-';
}

function name(site: SiteCase['before'][number] | null | undefined): string {
  return site ? `${site.facility}, ${site.city} ${site.zip}` : '-';
}

/** A share with Wilson's 95 % interval. */
function share(hits: number, of: number): Share {
  if (of === 0) return { hits, of, share: 1, low: 0, high: 1 };
  const [p, z] = [hits / of, 1.96];
  const middle = (p + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  return { hits, of, share: p, low: middle - half, high: middle + half };
}

/** The confusion table as text. */
export function formatTable(counts: Confusion): string {
  const verdicts = ['same', 'arrived', 'gone'] as const;
  const line = (cells: (string | number)[]) => cells.map((cell) => String(cell).padEnd(12)).join('');
  const rows = verdicts.map((truth) =>
    line([truth, ...verdicts.map((verdict) => counts.cells.get(`${truth} ${verdict}`) ?? 0)]),
  );
  const shares = verdicts.map((verdict) => {
    const show = ({ share: p, low, high, of }: Share) =>
      `${p.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] of ${of}`;
    return `${verdict.padEnd(12)}precision ${show(counts.precision(verdict))}; recall ${show(counts.recall(verdict))}`;
  });
  const wrong = [...counts.kinds]
    .filter(([, row]) => row.wrong > 0)
    .map(([kind, row]) => `  ${row.wrong} of ${row.wrong + row.right} wrong, ${kind}: ${row.sample}`);
  return [
    `${counts.cases} cases; ${counts.twins} sites with an exact twin, ${counts.wrongTwins} of them wrong. Hard sites, truth by row:`,
    line(['', ...verdicts]),
    ...rows,
    ...shares,
    ...wrong,
  ].join('\n');
}
