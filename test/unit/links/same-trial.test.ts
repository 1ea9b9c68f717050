import { describe, expect, it } from 'vitest';
import type { Contradiction } from '../../../src/core/links/contradictions.ts';
import type { LinkFacts } from '../../../src/core/links/link-facts.ts';
import { readNumbers } from '../../../src/core/links/registry-numbers.ts';
import { type Agreement, judgeSignals, linkOf } from '../../../src/core/links/same-trial.ts';
import labels from '../../fixtures/links/labels.json' with { type: 'json' };

const day = (date: string) => ({ date, precision: 'day', type: 'ACTUAL' }) as const;
const title = 'Ublituximab given under the skin or into a vein for relapsing multiple sclerosis';
const nct: LinkFacts = {
  registry: 'ctgov',
  id: 'NCT09900001',
  aliases: [],
  secondaryIds: [
    { id: 'TG1101-RMS-SC301', type: 'SPONSOR' },
    { id: '2025-521127-73', type: 'OTHER' },
  ],
  title,
  officialTitle: null,
  acronym: null,
  studyType: 'INTERVENTIONAL',
  phases: ['PHASE3'],
  startDate: day('2025-09-01'),
  sponsor: { name: 'TG Therapeutics, Inc.', class: 'INDUSTRY' },
};
const eu: LinkFacts = {
  ...nct,
  registry: 'ctis',
  id: '2025-521127-73-00',
  secondaryIds: [{ id: 'NCT09900001', type: null }],
  acronym: 'TG1101-RMS-SC301',
  startDate: day('2025-11-20'),
  sponsor: { name: 'TG Therapeutics', class: null },
};
const silent: LinkFacts = { ...eu, secondaryIds: [], acronym: null };
const ids = (...all: string[]) => all.map((id) => ({ id, type: null }));

describe('whether two records are the same trial', () => {
  it('X8: each naming the other is enough, whatever else differs', () => {
    expect(linkOf(nct, eu)).toMatchObject({ same: true, rule: 'mutual' });
    const other = {
      ...eu,
      title: 'Something else altogether',
      startDate: day('2012-01-01'),
      phases: ['PHASE1'],
    };
    expect(linkOf(nct, other)).toMatchObject({ same: true, rule: 'mutual' });
  });

  it('X8: one naming the other needs something else that agrees, and nothing against it', () => {
    expect(linkOf(nct, silent)).toMatchObject({
      same: true,
      rule: 'named',
      evidence: {
        numbers: ['2025-521127-73'],
        agreements: ['sponsor-and-start', 'title'],
        contradictions: [],
      },
    });
    const bare = { ...silent, title: 'Study', startDate: null };
    expect(linkOf(nct, bare)?.same).toBe(false);
    const against: [Contradiction, Partial<LinkFacts>][] = [
      ['other-number', { secondaryIds: ids('NCT09900002') }],
      ['sister-number', { secondaryIds: ids('TG1101-RMS-SC302') }],
      ['sister-number', { acronym: 'ENHANCE 2' }],
      ['kind-in-title', { title: `${title}: a pilot trial` }],
      ['nothing-alike', { title: 'Frexalimab against teriflunomide in older adults' }],
      ['kind-in-title', { title: `${title}: a long-term extension` }],
      ['study-type', { studyType: 'OBSERVATIONAL' }],
      ['phase', { phases: ['PHASE1', 'PHASE2'] }],
      ['start-dates', { startDate: day('2019-01-01') }],
    ];
    for (const [contradiction, difference] of against) {
      const link = linkOf({ ...nct, acronym: 'ENHANCE' }, { ...silent, ...difference });
      expect([contradiction, link?.same, link?.evidence.contradictions]).toEqual([
        contradiction,
        false,
        [contradiction],
      ]);
    }
    // Two trials of a registry are named, or two of the other's: which one is meant?
    const two = { ...nct, secondaryIds: ids('2025-521127-73', '2025-521128-74') };
    expect(linkOf(two, silent)?.evidence.contradictions).toEqual(['other-number']);
    expect(linkOf(silent, two)?.same).toBe(false);
    // A trial that moved from EudraCT to CTIS has later dates there.
    const moved = { ...silent, aliases: ['2018-001234-56'], startDate: day('2019-01-01') };
    expect(linkOf(nct, moved)?.same).toBe(true);
  });

  it('X8: a third record that both name, the number of the WHO or the sponsor joins records too', () => {
    const isrctn: LinkFacts = { ...silent, registry: 'isrctn', id: 'ISRCTN76463425' };
    const alone = { ...nct, secondaryIds: [] };
    expect(linkOf({ ...isrctn, secondaryIds: ids('NCT09900001') }, eu)).toMatchObject({
      same: true,
      rule: 'shared-number',
    });
    const shared = (...some: string[]) =>
      [
        { ...isrctn, secondaryIds: ids(...some) },
        { ...alone, secondaryIds: ids(...some) },
      ] as const;
    expect(linkOf(...shared('2014-002988-16'))).toMatchObject({ same: true, rule: 'shared-number' });
    expect(linkOf(...shared('U1111-1300-8493'))).toMatchObject({ same: true, rule: 'utn' });
    expect(linkOf(...shared('TG1101-RMS-SC301'))).toMatchObject({ same: true, rule: 'sponsors-number' });
    const [one, other] = shared('TG1101-RMS-SC301');
    expect(linkOf(one, other)?.evidence.numbers).toEqual(['TG1101-RMS-SC301']);
    expect(linkOf(one, { ...other, title: 'Frexalimab against teriflunomide in older adults' })).toBeNull();
    // A lay title is less alike; sponsor and start agree instead.
    const lay = {
      ...other,
      title: 'Two ways to give ublituximab for multiple sclerosis to adults with attacks',
    };
    expect(linkOf(one, lay)?.evidence.agreements).toEqual(['sponsors-number', 'sponsor-and-start']);
    expect(linkOf(one, lay)?.same).toBe(true);
    expect(linkOf(one, { ...lay, sponsor: null })).toBeNull();
  });

  it('X8: a third number needs something else that agrees; grants and permissions join nothing', () => {
    const [one, other] = [nct, silent].map((facts) => ({ ...facts, secondaryIds: ids('2014-002988-16') }));
    const apart = { ...other, title: 'Study', startDate: null } as LinkFacts;
    expect(linkOf(one as LinkFacts, apart)).toMatchObject({ same: false, rule: 'shared-number' });
    for (const secondaryIds of [
      [{ id: '2019/0815-77', type: 'OTHER_GRANT' }],
      ids('5U01HL091528-03'),
      ids('IND 123456'),
    ])
      expect(linkOf({ ...nct, secondaryIds }, { ...silent, secondaryIds })).toBeNull();
  });

  it('X8: a title alone joins nothing, nor do numbers in a text, twins, or records of one registry', () => {
    const alone = { ...nct, secondaryIds: [] };
    expect(linkOf(alone, silent)).toBeNull();
    expect(linkOf(alone, { ...silent, officialTitle: `After NCT09900001: ${title}` })).toBeNull();
    expect(linkOf(eu, { ...eu, id: '2025-521128-74-00' })).toBeNull();
    const twin = { ...nct, id: 'NCT09900002', secondaryIds: ids('TG1101-RMS-SC302', '2025-521128-74') };
    expect(linkOf(twin, silent)).toBeNull();
    expect(linkOf(twin, { ...silent, secondaryIds: ids('NCT09900001') })).toBeNull();
  });

  it('X8: a number that several records of one registry name is an umbrella: related, never the same', () => {
    expect(linkOf(nct, silent, () => true)).toMatchObject({ same: false, evidence: { umbrella: true } });
    const [one, other] = [nct, silent].map((facts) => ({ ...facts, secondaryIds: ids('TG1101-RMS-SC301') }));
    expect(linkOf(one as LinkFacts, other as LinkFacts, (key) => key === 'TG1101RMSSC301')).toMatchObject({
      same: false,
      rule: 'sponsors-number',
      evidence: { umbrella: true },
    });
    expect(linkOf(nct, eu, () => true)).toMatchObject({ same: true, rule: 'mutual' });
  });

  it('X8: the labelled pairs: nothing false, and all that a number joins, the sponsor’s included', () => {
    const count = { found: 0, missed: [] as string[], false: [] as string[], same: 0 };
    for (const label of labels) {
      const isFound = judgeLabel(label);
      if (label.same) count.same += 1;
      if (isFound && label.same) count.found += 1;
      if (isFound && !label.same) count.false.push(label.b);
      if (!isFound && label.same) count.missed.push(label.b);
    }
    expect(count).toEqual({
      same: 22,
      found: 21,
      false: [],
      // Neither record names the other or shares a number: titles and sponsors are not believed.
      missed: ['NCT00542048'],
    });
    // A rule that believes a number or a title alone fails here.
    const credulous = labels.filter(
      (label) => !label.same && label.signals && label.signals.agreements.length > 0,
    );
    expect(credulous.length).toBeGreaterThan(3);
  });
});

type Label = (typeof labels)[number];

/** By the number as it was typed, or by the signals that the raters saw. */
function judgeLabel({ a, b, field, signals }: Label): boolean {
  if (signals) {
    const { named } = signals;
    return (
      judgeSignals({
        aNamesB: named !== 'none',
        bNamesA: named === 'both',
        isShared: false,
        isUmbrella: false,
        agreements: signals.agreements as Agreement[],
        contradictions: signals.contradictions as Contradiction[],
      })?.same === true
    );
  }
  if (field === undefined) return linkOf({ ...nct, id: a }, { ...nct, id: b }) !== null;
  const [read] = readNumbers(field);
  const [meant] = readNumbers(b);
  // A number of three blocks with "-00" glued on is EudraCT's: there is no such record in CTIS.
  const isGlued = read?.register === 'eudract' && /-00$/.test(b);
  return read !== undefined && !isGlued && read.number === meant?.number;
}
