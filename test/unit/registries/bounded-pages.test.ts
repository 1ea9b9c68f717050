import { describe, expect, it } from 'vitest';
import type { RegistryPage } from '../../../src/registries/adapter.ts';
import { boundPages } from '../../../src/registries/bounded-pages.ts';

/** A page of unreadable records: only their numbers matter here. */
function pageOf(numbers: number[], total: number | null, isLast = false): RegistryPage {
  const records = numbers.map((number) => ({
    ok: false as const,
    id: `NCT${number}`,
    reason: '',
    raw: null,
  }));
  return { records, total, nextToken: isLast ? null : 'next' };
}

/** The pages of a registry that never ends its list. */
async function* endless(page: (at: number) => RegistryPage): AsyncGenerator<RegistryPage> {
  for (let at = 0; ; at += 1) yield page(at);
}

/** Reads to the end: the number of pages that came, and why the reading was ended, if it was. */
async function read(
  pages: AsyncIterable<RegistryPage>,
  elapsedMs: () => number = () => 0,
): Promise<{ pages: number; fault: unknown }> {
  let count = 0;
  try {
    for await (const _ of boundPages('The registry', pages, elapsedMs)) count += 1;
    return { pages: count, fault: null };
  } catch (fault) {
    return { pages: count, fault };
  }
}

const hourMs = 3_600_000;

describe('N3: a reading ends whatever the registry does, and the pages before its end stay', () => {
  it('N3: after 20,000 pages of ever new numbers', async () => {
    expect(await read(endless((at) => pageOf([at], null)))).toEqual({
      pages: 20_000,
      fault: expect.objectContaining({
        name: 'RegistryUnavailable',
        message:
          'The registry does not end its list after 20000 pages, so this reading was ended. The next round starts it again.',
      }),
    });
  });

  it('N3: after six hours, and not before', async () => {
    let hours = 0;
    const drip = endless((at) => {
      hours += 1.5;
      return pageOf([at], null);
    });
    expect(await read(drip, () => hours * hourMs)).toEqual({
      pages: 4,
      fault: expect.objectContaining({ message: expect.stringContaining('takes more than six hours') }),
    });
  });

  it.each([
    { total: 10, pages: 11 },
    { total: 20_000, pages: 221 },
  ])(
    'N3: beyond $total counted records by more than a registry grows meanwhile',
    async ({ total, pages }) => {
      const hundreds = endless((at) =>
        pageOf(
          Array.from({ length: 100 }, (_, n) => at * 100 + n),
          at === 0 ? total : null,
        ),
      );
      expect(await read(hundreds)).toEqual({
        pages,
        fault: expect.objectContaining({
          message: expect.stringContaining(`lists more than the ${total} records it counted`),
        }),
      });
    },
  );

  it('N3: when three pages in a row hold nothing new, be they empty, the first again or any earlier one', async () => {
    const repeated: [RegistryPage[], number][] = [
      [[pageOf([1, 2], null)], 4],
      [[pageOf([1], null), pageOf([], null)], 4],
      [[pageOf([1], null), pageOf([2], null), pageOf([3], null)], 6],
    ];
    for (const [cycle, pages] of repeated)
      expect(await read(endless((at) => cycle[at % cycle.length] ?? pageOf([], null)))).toEqual({
        pages,
        fault: expect.objectContaining({ message: expect.stringContaining('gave before, page after page') }),
      });
  });

  it('N3: a list that ends is read whole, with some growth, some repeats and a last page at the limit', async () => {
    async function* good() {
      yield pageOf([1], 3);
      yield pageOf([1], null);
      yield pageOf([1], null);
      for (let number = 2; number < 900; number += 1) yield pageOf([number], null);
      yield pageOf([900], null, true);
    }
    expect(await read(good())).toEqual({ pages: 902, fault: null });
    async function* late() {
      yield pageOf([1], 1, true);
    }
    expect(await read(late(), () => 7 * hourMs)).toEqual({ pages: 1, fault: null });
  });
});
