import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trialStatuses } from '../../src/core/trial.ts';
import { makeWording } from '../../src/core/wording/wording.ts';
import { createWording, readCatalogue } from '../../src/mail/catalogue.ts';

const wording = createWording('en');

describe('the message files', () => {
  const folder = new URL('../../', import.meta.url);
  const files = (path: string): string[] =>
    readdirSync(new URL(path, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|eta)$/.test(name))
      .map((name) => readFileSync(new URL(`${path}/${name}`, folder), 'utf8'));
  const sources = [...files('src'), ...files('templates')].join('\n');
  const key = '[a-z][a-z-]*(?:\\.[a-zA-Z][a-zA-Z_-]*)+';
  const languages = readdirSync(new URL('templates/messages', folder));

  /** Keys made while running: the beginning and all its ends. */
  const families: { [prefix: string]: string[] } = {
    'status.name.': [...trialStatuses, 'none'],
    'date.name.': ['start-date', 'primary-completion-date', 'completion-date'],
    'date.implausible.': ['too-early', 'too-late', 'before-start'],
    'date.': ['finer', 'coarser', 'type-changed'],
    'results.': ['posted', 'updated', 'submitted'],
    'registration.': ['registered', 'entered', 'left', 'removed', 'returned'],
    'enrollment.value.': ['ACTUAL', 'ESTIMATED', 'plain'],
    'site.fold.': ['site-added', 'site-removed', 'site-status'],
    'access.': ['AVAILABLE', 'NO_LONGER_AVAILABLE', 'TEMPORARILY_NOT_AVAILABLE', 'APPROVED_FOR_MARKETING'],
    'criterion.': ['inclusion', 'exclusion', 'other'],
    'why.': ['trial', 'concept', 'beneath', 'phrase'],
    'digest.first.':
      'opened access removed returned added paused stopped closed results finished dates sites other left unknown'.split(
        ' ',
      ),
    'alert.title.':
      'old-data held mail-overdue mail-refused mail-paused mail-server-away mail-uncertain mail-not-made digest-not-composed request-failed disk-full'.split(
        ' ',
      ),
    'facet.name.':
      'eligibility design title sponsor conditions interventions outcomes contacts description identifiers'.split(
        ' ',
      ),
    'link.': ['cut-off', 'used', 'gone'],
    'unsubscribe.done.': ['all', 'stop', 'pause', 'weekly'],
    'unsubscribe.after.': ['all', 'stop', 'pause', 'weekly'],
  };
  const dictionaries = ['code.', 'kind.name.'];
  const made = Object.entries(families).flatMap(([prefix, ends]) => ends.map((end) => prefix + end));
  const prefixes = [...Object.keys(families), ...dictionaries];
  const written = [...sources.matchAll(new RegExp(`['"\`](${key})['"\`]`, 'g'))].map(
    ([, found]) => found ?? '',
  );

  for (const language of languages) {
    const catalogue = readCatalogue(language);
    const keys = Object.keys(catalogue);

    it(`${language}: no message is missing`, () => {
      const said = [...sources.matchAll(new RegExp(`say\\(\\s*['"](${key})['"]`, 'g'))].map(
        ([, found]) => found ?? '',
      );
      expect([...said, ...made].filter((key) => !keys.includes(key))).toEqual([]);
      expect(said.length).toBeGreaterThan(60);
    });

    it(`${language}: no message is unused`, () => {
      const used = new Set([...written, ...made, 'format.locale']);
      expect(
        keys.filter((key) => !used.has(key) && !dictionaries.some((prefix) => key.startsWith(prefix))),
      ).toEqual([]);
    });

    it(`D9: ${language} states facts, never advice, promise or verdict`, () => {
      const forbidden =
        /breakthrough|\bcure|miracle|\bhope|good fit|\bfree\b|\bsafe|good news|great news|nothing needs|no action|don.t worry|\bopened\b|promising|unfortunately|happy to|exciting|lucky/i;
      expect(keys.filter((key) => forbidden.test(catalogue[key] ?? ''))).toEqual([]);
      expect('Nothing needs doing').toMatch(forbidden);
    });

    it(`${language}: every message can be parsed and holds no markup`, () => {
      const own = makeWording(language, catalogue);
      const values = new Proxy(
        {},
        {
          get: () => 2,
          has: () => true,
          getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 2 }),
        },
      );
      for (const key of keys) {
        expect(own.say(key, values)).not.toMatch(/[{}<>]/);
      }
    });
  }

  it('every family made while running is written in the code', () => {
    for (const prefix of prefixes) expect(sources).toContain(`\`${prefix}\${`);
  });

  it('a message that is missing, or needs a value that is not given, is an error', () => {
    expect(() => wording.say('no.such')).toThrow('no.such');
    expect(() => wording.say('status.changed', { after: 'x' })).toThrow();
  });
});
