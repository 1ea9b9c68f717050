import { describe, expect, it } from 'vitest';
import { htmlLimitBytes } from '../../../src/mail/render.ts';
import { linksOf, unwrapText, visibleBlocks } from '../../support/html-text.ts';
import { renderSample, samples } from '../../support/mail-samples.ts';

const states = Object.keys(samples);
describe('every mail in every state', () => {
  for (const name of states) {
    const mail = renderSample(name);
    const language = samples[name]?.context?.language ?? 'en';

    it(`D5: ${name}: the text part says all that the HTML part says, links included`, () => {
      const text = unwrapText(mail.text);
      // A word wider than a line is cut there: compare without spaces.
      const dense = text.replace(/\s/g, '');
      for (const block of visibleBlocks(mail.html)) expect(dense).toContain(block.replace(/\s/g, ''));
      for (const link of linksOf(mail.html)) expect(text).toContain(link);
    });

    it(`D5: ${name}: lines of at most 78 characters, HTML below 80 KB`, () => {
      const wide = mail.text
        .split('\n')
        .filter((line) => [...line].length > 78 && !/^https?:\/\/\S+$/.test(line.trim()));
      expect(wide).toEqual([]);
      expect(Buffer.byteLength(mail.html)).toBeLessThan(htmlLimitBytes);
      expect(htmlLimitBytes).toBe(80_000);
    });

    it(`D5: ${name}: language, title, headings in order, layout tables marked, nothing remote`, () => {
      expect(mail.html.startsWith(`<!doctype html>\n<html lang="${language}">`)).toBe(true);
      expect(mail.html).toMatch(/<title>[^<]+<\/title>/);
      expect(mail.html.match(/<h1\b/g)).toHaveLength(1);
      expect(
        [...mail.html.matchAll(/<table\b[^>]*>/g)].filter(([tag]) => !tag.includes('role="presentation"')),
      ).toEqual([]);
      expect(mail.html).not.toMatch(
        /<(?:img|link|script|iframe|object|embed|form|input|video|audio|svg|base)\b/i,
      );
      expect(mail.html).not.toMatch(/url\(|@import|@font-face|\bsrc\s*=\s*"|\son\w+\s*=\s*"/i);
    });

    it(`D5, C16: ${name}: links lead to us or the registry, without redirect or tracking`, () => {
      for (const link of linksOf(mail.html)) {
        expect(link).toMatch(
          /^https:\/\/(?:bell\.example\.org|clinicaltrials\.gov)\/[A-Za-z0-9/_-]*(?:\/compare\?from=\d+&to=\d+)?(?:[?&]lang=es)?$/,
        );
      }
    });

    it(`D6: ${name}: the subject names no condition, trial or address`, () => {
      expect(mail.subject).not.toMatch(/NCT\d|leuk|CAR-T|@|trial number/i);
      expect(mail.subject).not.toMatch(/[\r\n]/);
      for (const link of linksOf(mail.html).filter((url) =>
        /\/(?:manage|unsubscribe|confirm|digests)\//.test(url),
      ))
        expect(link).not.toMatch(/NCT|leuk/i);
    });

    it(`${name}: who sends it stands in both parts`, () => {
      for (const part of [mail.html, unwrapText(mail.text)]) {
        expect(part).toContain('The Trialbell Society');
        expect(part).toContain('Glockengasse 1, 50667 Köln, Germany');
        expect(part).toContain('privacy@example.org');
      }
    });

    it(`C16: ${name}: no control, invisible or direction-changing character`, () => {
      expect(mail.html + mail.text + mail.subject).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    });
  }

  it('the same data gives the same bytes', () => {
    for (const state of states) expect(renderSample(state)).toEqual(renderSample(state));
  });
});
