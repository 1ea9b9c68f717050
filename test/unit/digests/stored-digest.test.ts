import { expect, it } from 'vitest';
import type { Digest, Reason } from '../../../src/core/digests/digest.ts';
import { openContent, shareContent } from '../../../src/core/digests/stored-digest.ts';

/** A digest of three trials, which matched by a phrase, by a heading, and by nothing that is still there. */
function digestOf(reader: { id: number; words: string; since: string; timezone: string }): Digest {
  const { id: subscriptionId, words, since, timezone } = reader;
  const about = { subscriptionId, kind: 'condition', words, since } as const;
  const reasons: Reason[] = [
    { ...about, match: { by: 'phrase', words: 'Chronic cough' } },
    { ...about, match: { by: 'concept', words: 'Cough' }, unsaid: ['sex'] },
    { ...about, match: { by: 'phrase', words } },
  ];
  const trials = reasons.map((reason) => ({ kind: 'told', changes: [], folded: [], reasons: [reason] }));
  const time = { dataDay: '2026-11-19', readAt: '2026-11-20T12:00:00.000Z' };
  return { ...time, trials, composedAt: '2026-11-20T15:00:00.000Z', timezone } as unknown as Digest;
}

it('a shared content and the reader’s part are the digest that the reader would have got alone', () => {
  const { shared, phrases } = shareContent(digestOf({ id: -1, words: '', since: '', timezone: '' }));
  expect(phrases).toEqual(['Chronic cough']);
  expect(JSON.stringify(shared)).not.toMatch(/Chronic cough|subscriptionId|since|timezone/);
  for (const words of ['Chronic cough', 'my cough']) {
    const reader = { id: 7, words, since: '2026-11-01T08:00:00.000Z', timezone: 'Europe/Berlin' };
    const stored = {
      ...{ shared, subscriptionId: 7, words: [words, ...phrases], timezone: reader.timezone },
      since: '2026-11-01T09:00:00+01:00',
    };
    expect(openContent(stored)).toEqual(digestOf(reader));
  }
  const own = digestOf({ id: 7, words: 'my cough', since: '2026-11-01T08:00:00.000Z', timezone: 'UTC' });
  expect(openContent(own)).toBe(own);
});
