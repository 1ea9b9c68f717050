import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { type ChangeRow, changeColumns, rowsOfChange } from '../../../src/core/wording/change-rows.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { exportFormNames, exportForms } from '../../../src/web/feeds/export-forms.ts';
import { everyChange } from '../../support/trial-samples.ts';

const links = { link: 'https://bell.example.org/x', recordLink: 'https://registry.example/x' };
const rowsOf = (change: Change) =>
  rowsOfChange(
    createWording('en'),
    {
      ...{ id: 7, version: 2, change, releasedAt: '2026-11-05T15:00:00.000Z', registry: 'ctgov' },
      ...{ registryId: 'NCT09900001', title: 'A made-up trial', status: 'RECRUITING', firstPostedOn: null },
    },
    links,
  );

describe('the rows of a change', () => {
  it('X12: have the same columns whatever the kind, the registry’s terms among them, and at least one row', () => {
    for (const change of everyChange) {
      const rows = rowsOf(change);
      expect([change.kind, rows.length > 0]).toEqual([change.kind, true]);
      for (const row of rows) {
        expect(Object.keys(row)).toEqual(changeColumns);
        expect(row.notice).toContain('U.S. government');
        for (const value of Object.values(row)) expect(value).not.toBe('');
        expect(JSON.stringify(row)).not.toContain('[object');
      }
    }
  });

  it('are several if sites came to different statuses', () => {
    const sites: Change = { facet: 'sites', kind: 'sites-status', before: 'RECRUITING', after: 'COMPLETED' };
    const statuses = { COMPLETED: 5, WITHDRAWN: 2, none: 1 };
    expect(rowsOf({ ...sites, count: 8, statuses })).toMatchObject([
      { before: 'RECRUITING', after: 'COMPLETED', siteCount: 5, change: 7 },
      { before: 'RECRUITING', after: 'WITHDRAWN', siteCount: 2, change: 7 },
      { before: 'RECRUITING', after: null, siteCount: 1, change: 7 },
    ]);
    expect(rowsOf({ ...sites, count: 8 })).toMatchObject([{ after: 'COMPLETED', siteCount: 8 }]);
  });

  it('give values as short texts, however the database ordered their parts, and no contact values (P11)', () => {
    const values: [Partial<Change>, string | null][] = [
      [{ after: { type: 'ESTIMATED', date: '2028-06', precision: 'month' } }, '2028-06, ESTIMATED'],
      [{ after: { type: null, count: 240 } }, '240'],
      [
        { after: { listedAs: 'Ongoing, recruiting', status: 'RECRUITING' } },
        'RECRUITING, Ongoing, recruiting',
      ],
      [{ after: ['PHASE1', 'PHASE2'] }, 'PHASE1; PHASE2'],
      [{ after: [{ text: 'Adults', list: 'inclusion' }] }, 'inclusion, Adults'],
      [{ after: [{ citation: 'Doe 2026', pmid: '123' }] }, '123, Doe 2026'],
      [{ after: [{ date: '2026-01-02', name: 'Protocol' }] }, 'Protocol, 2026-01-02'],
      [{ after: true }, 'true'],
      [{ kind: 'contacts', facet: 'contacts', after: 'a mark' }, null],
      [{ kind: 'results-updated', facet: 'results', after: 'a mark' }, null],
      [{ after: 'x'.repeat(40_000) }, `${'x'.repeat(29_999)}…`],
    ];
    for (const [parts, told] of values) {
      const [row] = rowsOf({ facet: 'title', kind: 'title', before: null, after: null, ...parts });
      expect([row?.before, row?.after]).toEqual([null, told]);
    }
  });
});

describe('an export of 100,000 rows', () => {
  const pagesInAll = 200;
  const [row] = rowsOf({ facet: 'title', kind: 'title', before: 'one', after: 'another' });
  if (!row) throw new Error('no row');
  const page: ChangeRow[] = Array.from({ length: 500 }, (_, n) => ({ ...row, change: n }));

  it.each(exportFormNames)(
    '%s: reads its changes no faster than it is read, and ends when it is left',
    async (form) => {
      let made = 0;
      let isOver = false;
      async function* pages() {
        try {
          for (; made < pagesInAll; made++) yield page;
        } finally {
          isOver = true;
        }
      }
      let bytes = 0;
      for await (const chunk of exportForms[form].write(pages())) {
        bytes += chunk.length;
        if (bytes > 20_000) break;
      }
      expect(made).toBeLessThan(20);
      expect(isOver).toBe(true);
    },
  );
});
