import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RegistryUnavailable } from '../../../src/errors.ts';
import { type Portal, type PortalSearch, pageSize } from '../../../src/registries/ctis/portal.ts';
import { sweepRows } from '../../../src/registries/ctis/sweep.ts';

const delivered = 10_000;
type Row = { ctNumber: string; ctStatus: number; trialCountries: string[] };

const makeRows = (count: number): Row[] =>
  Array.from({ length: count }, (_, at) => ({
    ctNumber: `20${20 + Math.floor(at / 100_000)}-5${String(at % 100_000).padStart(5, '0')}-10-00`,
    ctStatus: (at % 3) + 1,
    trialCountries: ['Spain:4'],
  }));

/** A portal of these rows; `move` may change them before a request. */
function serve(rows: Row[], move: (asked: number, rows: Row[]) => void = () => {}) {
  const asked: PortalSearch[] = [];
  const portal: Portal = {
    async search(search) {
      asked.push(search);
      move(asked.length, rows);
      const { status } = search.criteria;
      const found = rows.filter((row) => status === undefined || status.includes(row.ctStatus));
      const ordered = search.order === 'DESC' ? found.toReversed() : found;
      const from = (search.page - 1) * pageSize;
      return { rows: ordered.slice(0, delivered).slice(from, from + pageSize), total: found.length };
    },
    retrieve: async () => null,
  };
  return { portal, asked };
}

describe('the sweep of the EU register', () => {
  it('X4: 12,573 rows are delivered whole by two orders, though each search ends at 10,000', async () => {
    const { portal, asked } = serve(makeRows(12_573));
    const { rows, shortfall } = await sweepRows('It', portal);
    expect([rows.length, shortfall]).toEqual([12_573, null]);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(12_573);
    expect(asked.length).toBe(126);
    expect(asked.every(({ page }) => page >= 1)).toBe(true);
  });

  it('X4: more than two orders deliver is split by status', async () => {
    const { portal } = serve(makeRows(26_000));
    const { rows, shortfall } = await sweepRows('It', portal);
    expect([rows.length, shortfall]).toEqual([26_000, null]);
  });

  it('X4: rows without a number are counted once wherever they stand, so the list is still whole', async () => {
    const rows = makeRows(12_573);
    for (const at of [0, 7_000, 12_572]) rows[at] = { ctNumber: `?${at}`, ctStatus: 1, trialCountries: [] };
    const read = await sweepRows('It', serve(rows).portal);
    expect([read.rows.length, read.shortfall]).toEqual([12_570, null]);
  });

  it('X4: a row that moves while the pages are read is found in the other order', async () => {
    const { portal } = serve(makeRows(350), (asked, rows) => {
      // Decided anew: from the third page to the first, before the second was read.
      if (asked === 2) rows.push(...rows.splice(100, 1));
    });
    const { rows, shortfall } = await sweepRows('It', portal);
    expect([rows.length, shortfall]).toEqual([350, null]);
  });

  it('X4: a row that is counted and never listed is a shortfall; no row at all is not believed', async () => {
    const all = makeRows(120);
    const [hidden] = all;
    const { portal } = serve(all);
    const hiding: Portal = {
      ...portal,
      search: async (search) => {
        const page = await portal.search(search);
        return { ...page, rows: page.rows.filter((row) => row !== hidden) };
      },
    };
    const { rows, shortfall } = await sweepRows('The register', hiding);
    expect(rows.length).toBeLessThan(120);
    expect(shortfall).toMatch(
      /^The register: it counted 120 trials and listed \d+; it is read again next time$/,
    );
    await expect(sweepRows('It', serve([]).portal)).rejects.toThrow(RegistryUnavailable);
  });

  it('X4: what was listed before the portal fell silent is kept, with the reason', async () => {
    const { portal } = serve(makeRows(350), (asked) => {
      if (asked === 3) throw new RegistryUnavailable('It is busy.');
    });
    const { rows, shortfall } = await sweepRows('It', portal);
    expect([rows.length, shortfall]).toEqual([200, 'It is busy.']);
  });

  it('X11: the order of countries and keys that nobody reads do not change a row’s hash; a status does', async () => {
    const hashOf = async (row: object) => (await sweepRows('It', serve([row as Row]).portal)).rows[0]?.hash;
    const row = { ctNumber: '2024-510001-10-00', ctStatus: 4, trialCountries: ['Spain:4', 'Italy:2'] };
    const hash = await hashOf(row);
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const same = { ...row, endPoint: text, trialCountries: row.trialCountries.toReversed() };
        expect(await hashOf(same)).toBe(hash);
      }),
      { numRuns: 20 },
    );
    expect(await hashOf({ ...row, trialCountries: ['Spain:4', 'Italy:3'] })).not.toBe(hash);
    expect(await hashOf({ ...row, lastPublicationUpdate: '04/11/2026' })).not.toBe(hash);
  });
});
