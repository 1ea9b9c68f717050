import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { foldText, foldWords, normaliseProse, normaliseText } from '../../../src/core/text/text.ts';

const runs = Number(process.env.TRIALBELL_PROPERTY_RUNS ?? 2000);

describe('normaliseText', () => {
  it('resolves entities, also those written twice', () => {
    expect(normaliseText('A &lt; B &amp;gt; C &#8805; &#xb5;g caf&eacute; &alpha;&Omega; AT&T &bogus;')).toBe(
      'A < B > C ≥ µg café αΩ AT&T &bogus;',
    );
  });

  it('C16: is read in one go, were it a megabyte of backslashes', { timeout: 60_000 }, async () => {
    const file = new URL('../../../src/core/text/text.ts', import.meta.url);
    // In a thread of its own, which can be ended: walked anew from each backslash it takes most of an hour.
    const worker = new Worker(
      `import(${JSON.stringify(file.href)}).then(({ normaliseText, normaliseProse }) => {
        const run = '\\\\'.repeat(1_000_000);
        const isSame = normaliseText(run + 'a') === run + 'a';
        require('node:worker_threads').parentPort.postMessage([isSame, normaliseProse(run + '*')]);
      })`,
      { eval: true },
    );
    onTestFinished(async () => {
      await worker.terminate();
    });
    const [answer] = await once(worker, 'message');
    expect(answer).toEqual([true, '*']);
  });

  it('resolves Markdown escapes', () => {
    expect(normaliseText('age \\>= 18 and \\\\< 75, HbA1c\\* 10\\^9 C:\\dir')).toBe(
      'age >= 18 and < 75, HbA1c* 10^9 C:\\dir',
    );
  });

  it('C16: controls, bidirectional overrides, zero-width characters and noncharacters are gone', () => {
    const hostile = 'a\u202Eevil\u2066b\u0000c\u0007\u200Bd\uFEFF\u{E0041}e\r\nBcc: x\u2028y\u001b[31m';
    expect(normaliseText(hostile)).toBe('aevilbcde Bcc: x y[31m');
    expect(normaliseText('&#8238;x&#x200b;y')).toBe('xy');
    expect(normaliseText('Cough\ufdd0 and \ufdd2less\ufdd3 fever&#xfdd2;')).toBe('Cough and less fever');
    expect(normaliseText('lone \ud800 surrogate')).toBe('lone \ufffd surrogate');
  });

  it('C1: Unicode form and white space make no difference', () => {
    expect(normaliseText(' Zu\u0308rich\u00a0 \t\nHospital ')).toBe(normaliseText('Z\u00fcrich Hospital'));
  });

  it('a megabyte of nested entities is done in bounded passes', () => {
    expect(normaliseText(`&${'amp;'.repeat(250_000)}`).length).toBeGreaterThan(0);
  });

  it('is the same when done twice', () => {
    const piece = fc.oneof(
      fc.constantFrom('&amp;', '&lt;', '\\', '*', '#', '\n', '\r\n', ' ', '\u00a0', '\u200b', 'e\u0301', '-'),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    );
    const text = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (value) => {
        expect(normaliseText(normaliseText(value))).toBe(normaliseText(value));
        expect(normaliseProse(normaliseProse(value))).toBe(normaliseProse(value));
      }),
      { numRuns: runs },
    );
  });
});

describe('normaliseProse', () => {
  it('keeps line breaks and drops the white space around them', () => {
    expect(normaliseProse('Inclusion:\r\n\r\n\r\n  * a   b \r * c\u2028d\n')).toBe(
      'Inclusion:\n\n* a b\n* c\nd',
    );
  });
});

describe('folding', () => {
  it('drops accents, case and letters of other keyboards', () => {
    expect(foldText('Hôpital Łódź Universitätsklinikum GROẞ ﬁn')).toBe(
      'hopital lodz universitatsklinikum gross fin',
    );
  });

  it('leaves words alone without punctuation', () => {
    expect(foldWords("St. Jude's  (Children's) — Hospital, № 5")).toBe('st jude s children s hospital no 5');
  });
});
