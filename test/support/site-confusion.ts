import type { Change } from '../../src/core/change.ts';
import type { compareTrials } from '../../src/core/diff/diff.ts';
import type { Site, SiteStatus, Trial } from '../../src/core/trial.ts';
import type { SiteCase, SiteFact } from './site-cases.ts';

/** What a reader is told: of a place that came, left, or whose status changed. */
type Told = 'arrived' | 'gone' | 'status';
type Share = { hits: number; of: number; share: number; low: number; high: number };

/** Truth against what is told. */
export type Confusion = {
  cases: number;
  /** Hard entries by their fate and what is told of them: `same nothing`, `gone gone`, `row arrived`. */
  cells: Map<string, number>;
  kinds: Map<string, { right: number; wrong: number; sample: string }>;
  /** Told of entries that have an exact twin in the other list. */
  falseAlarms: number;
  precision(told: Told): Share;
  recall(told: Told): Share;
};

type Compare = Pick<ReturnType<typeof compareTrials>, 'changes'>;

/** Counts what a comparison tells of cases. Their lists are reversed, so that positions tell nothing. */
export function countCases(
  cases: readonly SiteCase[],
  compare: (before: Trial, after: Trial) => Compare,
): Confusion {
  const cells = new Map<string, number>();
  const kinds: Confusion['kinds'] = new Map();
  const hits = { arrived: 0, gone: 0, status: 0 };
  const told = { arrived: 0, gone: 0, status: 0 };
  const due = { arrived: 0, gone: 0, status: 0 };
  let falseAlarms = 0;
  for (const { kind, trial, before, after, facts } of cases) {
    const { changes } = compare({ ...trial, sites: before }, { ...trial, sites: after.toReversed() });
    const open = changes.flatMap((change) => {
      const what = whatOf(change);
      return what && change.site ? [{ what, key: keyOf(change.site), status: change.after }] : [];
    });
    const many = changes.some((change) => change.kind === 'sites-status');
    for (const { what } of open) told[what]++;
    const take = (what: Told, site: Site | undefined, status?: SiteStatus | null) => {
      const at = open.findIndex(
        (one) =>
          one.what === what &&
          site &&
          one.key === keyOf(site) &&
          (status === undefined || one.status === status),
      );
      if (at >= 0) open.splice(at, 1);
      return at >= 0;
    };
    let isRight = true;
    for (const fact of facts) {
      const [was, is] = [before[fact.before ?? -1], after[fact.after ?? -1]];
      const seen = [take('arrived', is) && 'arrived', take('gone', was) && 'gone'].filter(
        (one) => one !== false,
      );
      const verdict = seen.join('+') || 'nothing';
      cells.set(`${fact.fate} ${verdict}`, (cells.get(`${fact.fate} ${verdict}`) ?? 0) + 1);
      const expected = fact.fate === 'arrived' || fact.fate === 'gone' ? fact.fate : null;
      if (expected) due[expected]++;
      if (expected && seen.includes(expected)) hits[expected]++;
      if (verdict !== (expected ?? 'nothing')) isRight = false;
      const status = statusDue(fact, was, is);
      if (status === undefined) continue;
      due.status++;
      if (many || take('status', is ?? was, status)) hits.status++;
      else isRight = false;
    }
    falseAlarms += open.length;
    if (open.length > 0) isRight = false;
    const found = kinds.get(kind) ?? { right: 0, wrong: 0, sample: '' };
    if (isRight) found.right++;
    else {
      found.wrong++;
      found.sample ||= `${trial.id}: ${facts
        .slice(0, 3)
        .map((fact) => describe(before[fact.before ?? -1], after[fact.after ?? -1]))
        .join('; ')}`;
    }
    kinds.set(kind, found);
  }
  return {
    cases: cases.length,
    cells,
    kinds,
    falseAlarms,
    precision: (what) => share(hits[what], told[what]),
    recall: (what) => share(hits[what], due[what]),
  };
}

/** The status that has to be told of an entry, undefined for none. */
function statusDue(fact: SiteFact, was: Site | undefined, is: Site | undefined) {
  const isDue = fact.fate === 'row' ? fact.opens : fact.fate === 'same' && was?.status !== is?.status;
  return isDue ? is?.status : undefined;
}

function whatOf({ facet, kind }: Change): Told | null {
  if (facet !== 'sites') return null;
  return kind === 'site-added' ? 'arrived' : kind === 'site-removed' ? 'gone' : 'status';
}

function keyOf({
  facility,
  city,
  state,
  country,
}: Pick<Site, 'facility' | 'city' | 'state' | 'country'>): string {
  return [facility, city, state, country].join(' | ');
}

function describe(was: Site | undefined, is: Site | undefined): string {
  const show = (site: Site | undefined) =>
    site ? `${site.facility}, ${[site.city, site.state, site.zip].join(' ')} ${site.status}` : '-';
  return `${show(was)} => ${show(is)}`;
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
  const verdicts = ['nothing', 'arrived', 'gone', 'arrived+gone'];
  const line = (cells: (string | number)[]) => cells.map((cell) => String(cell).padEnd(14)).join('');
  const rows = ['same', 'row', 'arrived', 'gone'].map((fate) =>
    line([fate, ...verdicts.map((verdict) => counts.cells.get(`${fate} ${verdict}`) ?? 0)]),
  );
  const shares = (['arrived', 'gone', 'status'] as const).map((told) => {
    const show = ({ share: p, low, high, of }: Share) =>
      `${p.toFixed(4)} [${low.toFixed(3)}, ${high.toFixed(3)}] of ${of}`;
    return `${told.padEnd(14)}precision ${show(counts.precision(told))}; recall ${show(counts.recall(told))}`;
  });
  const wrong = [...counts.kinds]
    .filter(([, found]) => found.wrong > 0)
    .map(
      ([kind, found]) => `  ${found.wrong} of ${found.wrong + found.right} wrong, ${kind}: ${found.sample}`,
    );
  return [
    `${counts.cases} cases; told of untouched entries: ${counts.falseAlarms}. Hard entries, truth by row, told by column:`,
    line(['', ...verdicts]),
    ...rows,
    ...shares,
    ...wrong,
  ].join('\n');
}
