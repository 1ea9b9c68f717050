import { describe, expect, it } from 'vitest';
import { languages } from '../../../src/languages.ts';
import { htmlLimitBytes, renderMail } from '../../../src/mail/render.ts';
import { context } from '../../support/mail-samples.ts';
import { makeNote } from '../../support/note-samples.ts';
import { makeCard } from '../../support/trial-samples.ts';

describe.each([...languages])('a note about a whole list of trials in %s', (language) => {
  it.each([
    ['three bytes a letter', '癌'],
    ['four bytes a letter', '\u{20BB7}'],
    ['five bytes once escaped', '&'],
  ])('D5: is made, below the limit, with titles of %s', (_what, letter) => {
    const card = makeCard({
      title: letter.repeat(300),
      status: 'UNKNOWN',
      verifiedOn: '2020-01',
      completionDate: { date: '2021-01', precision: 'month', type: 'ESTIMATED' },
    });
    const trial = { kind: 'trial', words: '', id: 'NCT04532203', card, isGone: false } as const;
    const cadence = { isWatched: true, frequency: 'daily', weekday: 1 } as const;
    const items = Array.from({ length: 500 }, (_, n) => ({
      ...trial,
      ...cadence,
      subscriptionId: 1_000_000_000 + n,
    }));
    const data = { ...makeNote({ kind: 'yearly', items }), tokens: tokensOf(70) };
    const baseUrl = 'https://trialbell.a-long-name-of-an-organisation.example.org';
    const mail = renderMail('note', data, { ...context, language, baseUrl });
    expect(Buffer.byteLength(mail.html)).toBeLessThan(htmlLimitBytes);
    expect(mail.html.split('1000000').length).toBeGreaterThan(40);
  });
});

function tokensOf(length: number) {
  return { unsubscribe: 'u'.repeat(length), manage: 'm'.repeat(length), followed: 'f'.repeat(length) };
}
