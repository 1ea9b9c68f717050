import { describe, expect, it } from 'vitest';
import type { Change, ChangedSite } from '../../../src/core/change.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { shapeOf } from '../../../src/core/wording/shape/change-shape.ts';
import { markSigns } from '../../../src/core/wording/shape/marks.ts';
import { statusChip } from '../../../src/core/wording/shape/shape.ts';
import { shapeText } from '../../../src/core/wording/shape/shape-text.ts';
import { siteShape } from '../../../src/core/wording/shape/site-shapes.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { TemplateEngine } from '../../../src/mail/custom/own-templates.ts';

const [en, es] = [createWording('en'), createWording('es')];
const site: ChangedSite = {
  ...{ ref: 1, facility: 'Lakeshore Hospital', city: 'Toronto', state: '', country: 'Canada' },
  ...{ lat: null, lon: null },
};
const day = (date: string, type: 'ACTUAL' | 'ESTIMATED' | null) => ({ date, precision: 'month', type });
const change = (facet: Change['facet'], kind: string, before: Change['before'], after: Change['after']) => ({
  ...{ facet, kind, before, after },
});

/** A change, what stands as its label, and what it looks like in text. */
const looks: [Change, string, string][] = [
  [change('status', 'status', 'SUSPENDED', 'RECRUITING'), 'Status', '‖ paused → ● recruiting'],
  [
    change('status', 'status', 'NOT_YET_RECRUITING', 'COMPLETED'),
    'Status',
    '○ not yet recruiting → ✓ completed',
  ],
  [
    change('dates', 'completion-date', day('2027-04', 'ESTIMATED'), day('2027-11', 'ESTIMATED')),
    'End of trial',
    'April 2027 → November 2027, 7 months later, estimated',
  ],
  [
    change('dates', 'start-date', day('2026-11', 'ESTIMATED'), day('2026-11', 'ACTUAL')),
    'Start',
    'November 2026 (estimated) → November 2026 (actual)',
  ],
  [change('dates', 'start-date', null, day('2026-11', null)), 'Start', 'none given → November 2026'],
  [
    change(
      'enrollment',
      'enrollment',
      { count: 1600, type: 'ESTIMATED' },
      { count: 1850, type: 'ESTIMATED' },
    ),
    en.say('trial.facet.enrollment'),
    '1,600 (planned) → 1,850 (planned), 250 more',
  ],
  [
    { ...change('sites', 'site-added', null, 'RECRUITING'), site },
    'Sites',
    '+ New: Lakeshore Hospital, Toronto, Canada (● recruiting)',
  ],
  [
    { ...change('sites', 'site-removed', null, null), site },
    'Sites',
    '− Gone: Lakeshore Hospital, Toronto, Canada',
  ],
  [
    { ...change('sites', 'site-status', 'RECRUITING', 'SUSPENDED'), site },
    'Sites',
    'Lakeshore Hospital, Toronto, Canada: ● recruiting → ‖ paused',
  ],
  [
    { ...change('sites', 'sites-status', 'NOT_YET_RECRUITING', 'RECRUITING'), count: 12 },
    'Sites',
    '○ not yet recruiting → ● recruiting, 12 sites',
  ],
  [
    {
      ...change('countries', 'country-added', null, { status: 'RECRUITING', listedAs: null }),
      country: 'Spain',
    },
    'Countries',
    '+ New: Spain (● recruiting)',
  ],
  [
    {
      ...change(
        'countries',
        'country-status',
        { status: 'RECRUITING', listedAs: null },
        { status: 'COMPLETED', listedAs: null },
      ),
      country: 'Spain',
    },
    'Spain',
    '● recruiting → ✓ completed',
  ],
  [change('results', 'results-posted', null, '2026-11-05'), 'Results', 'none → posted'],
  [change('design', 'phase', ['PHASE2'], ['PHASE3']), 'Phase', 'phase 2 → phase 3'],
  [change('conditions', 'conditions', ['Asthma'], ['Asthma', 'Wheezing']), 'Conditions', '+ New: “Wheezing”'],
  [
    change('registration', 'removed', 'RECRUITING', null),
    'Listing in the registry',
    '− No longer in the registry',
  ],
  [change('contacts', 'contacts', null, null), 'Contact details', ''],
  [
    change('results', 'paper', [], [{ pmid: '1', citation: 'A paper' }]),
    'Results',
    '+ New: “A paper” (PubMed 1)',
  ],
  // A retracted paper is no new one, and a violation is found by an authority.
  [
    change('results', 'paper-retracted', [], [{ pmid: '1', citation: 'A paper', notices: [] }]),
    'Results',
    '',
  ],
  [change('results', 'violation', [], [{ type: 'VIOLATION_IDENTIFIED', on: '2026-05-01' }]), 'Results', ''],
  [
    {
      ...change('countries', 'country-removed', { status: null, listedAs: null }, null),
      country: 'Spain',
    },
    'Countries',
    '− Gone: Spain',
  ],
];

describe('D2: a change has a shape: old → new, with what they are and how far apart', () => {
  it.each(looks)('%o', (one, label, text) => {
    const shape = shapeOf(en, one, { status: 'RECRUITING' });
    expect({ label: shape.label, text: shapeText(shape) }).toEqual({ label, text });
  });

  it('every status has a short name and one of seven marks, in both languages', () => {
    const marks = new Set<string>();
    for (const status of trialStatuses) {
      const [chip, enEspanol] = [statusChip(en, status), statusChip(es, status)];
      expect(chip.mark).toBe(enEspanol.mark);
      expect(chip.text.length).toBeLessThan(32);
      expect(enEspanol.text.length).toBeLessThan(36);
      marks.add(String(chip.mark));
    }
    expect([...marks].toSorted()).toEqual(Object.keys(markSigns).toSorted());
  });

  it('equal changes of several sites of a country are one line with each name', () => {
    const sites = ['Hospital A', 'Hospital B'].map((facility) => ({
      ...change('sites', 'site-added', null, 'RECRUITING'),
      site: { ...site, facility },
    }));
    expect(shapeText(siteShape(en, sites))).toBe(
      '+ 2 sites in Canada: Hospital A, Toronto; Hospital B, Toronto (● recruiting)',
    );
  });

  it('a withdrawn trial has no actual dates, whatever the record calls them', () => {
    const moved = change('dates', 'start-date', day('2026-11', 'ESTIMATED'), day('2027-01', 'ACTUAL'));
    const confirmed = change('dates', 'start-date', day('2026-11', 'ESTIMATED'), day('2026-11', 'ACTUAL'));
    const [shape, other] = [moved, confirmed].map((one) => shapeOf(en, one, { status: 'WITHDRAWN' }));
    expect(shape && shapeText(shape)).toBe('November 2026 → January 2027, 2 months later');
    expect(other).toMatchObject({ kind: 'none', label: 'Start', isWhole: false });
  });

  it('a shape that leaves something to the sentence says so', () => {
    const partial: Change[] = [
      { ...change('status', 'status', 'RECRUITING', 'UNKNOWN'), verifiedOn: '2024-01' },
      { ...change('status', 'status', 'RECRUITING', 'WITHDRAWN'), basis: 'countries' },
      change('dates', 'start-date', day('2026-11', null), day('0216-11', null)),
      change('results', 'results-posted', null, '2026-11-05'),
      change('conditions', 'conditions', [], ['a', 'b', 'c', 'd', 'e']),
    ];
    for (const one of partial)
      expect(shapeOf(en, one, { status: 'RECRUITING' })).toMatchObject({ isWhole: false });
  });

  it('on a page, a screen reader hears “was …, now …”, and the arrow and the new value stay together', () => {
    const pages = new TemplateEngine(new Map(), { folder: 'pages' });
    const [one] = looks[0] ?? [];
    const html = one
      ? pages.render('change', { shape: shapeOf(en, one, { status: 'RECRUITING' }), say: en.say })
      : '';
    const heard = html
      .replace(/<span class="arrow" aria-hidden="true">→<\/span>/, '')
      .replace(/<[^>]*>/g, '');
    expect(heard.replace(/\s+/g, ' ').trim()).toBe('was paused , now recruiting');
    expect(html).toMatch(
      /<span class="to"><span class="arrow"[^>]*>→<\/span> <span class="new" data-bucket="open">/,
    );
  });
});
