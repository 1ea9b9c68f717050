import { describe, expect, it } from 'vitest';
import type { DigestChange, NearestSite } from '../../../src/core/digest-change.ts';
import { linkToLess } from '../../../src/core/wording/digest/digest.ts';
import { foldedLines } from '../../../src/core/wording/digest/folds.ts';
import { sayReason } from '../../../src/core/wording/digest/reasons.ts';
import {
  distanceText,
  nearestSentence,
  placeText,
  siteWithDistance,
} from '../../../src/core/wording/near.ts';
import { dropMarks, hasMarks } from '../../../src/core/wording/registry-text.ts';
import { groupSentence, groupSites } from '../../../src/core/wording/site-groups.ts';
import { ageName } from '../../../src/core/wording/values.ts';
import { makeWording } from '../../../src/core/wording/wording.ts';
import { createMarkingWording, createWording } from '../../../src/mail/catalogue.ts';
import { makeSite, reasonCondition, reasonTrial, statusChange } from '../../support/trial-samples.ts';

const wording = createWording('en');

describe('how far it is', () => {
  it('is said from the place that was chosen, by its name where it has one', () => {
    expect(distanceText(wording, { km: 12, place: 'Leipzig' })).toBe('about 12 km (7 miles) from Leipzig');
    expect(distanceText(wording, { km: 1, place: null })).toBe(
      'about 1 km (1 mile) from the place you chose',
    );
    expect(distanceText(wording, { km: 0, place: 'Leipzig' })).toBe('in or next to Leipzig');
    expect(placeText(wording, '')).toBe('the place you chose');
    expect(placeText(wording, '\u200b')).toBe('the place you chose');
    expect(placeText(wording, 'x'.repeat(81))).toBe(`${'x'.repeat(79)}…`);
  });

  it('stands beside a site’s name, where it is known', () => {
    const site = makeSite({ facility: 'Anna Hospital', city: 'Halle', state: '', country: 'Germany' });
    expect(siteWithDistance(wording, site, undefined)).toBe('Anna Hospital, Halle, Germany');
    expect(siteWithDistance(wording, site, { km: 31, place: 'Leipzig' })).toBe(
      'Anna Hospital, Halle, Germany, about 31 km (19 miles) from Leipzig',
    );
  });

  it('of the nearest site is said beside a trial that recruits, and of nothing else', () => {
    const nearest = (over: Partial<NearestSite> = {}): DigestChange => ({
      ...statusChange,
      near: {
        km: 31,
        place: 'Leipzig',
        site: makeSite({ facility: 'Anna Hospital', city: 'Halle', state: '', country: 'Germany' }),
        isSaid: true,
        others: 0,
        withinKm: 100,
        ...over,
      },
    });
    const site = 'Anna Hospital, Halle, Germany, about 31 km (19 miles) from Leipzig';
    expect(nearestSentence(wording, nearest())).toBe(`Nearest site listed as recruiting: ${site}.`);
    expect(nearestSentence(wording, nearest({ isSaid: false, others: 1 }))).toBe(
      `Nearest site: ${site}; 1 more within 100 km (62 miles).`,
    );
    expect(nearestSentence(wording, nearest({ others: 3, withinKm: 1_000 }))).toBe(
      `Nearest site listed as recruiting: ${site}; 3 more within 1,000 km (621 miles).`,
    );
    expect(nearestSentence(wording, statusChange)).toBeNull();
    expect(nearestSentence(wording, { ...statusChange, near: { km: 31, place: 'Leipzig' } })).toBeNull();
  });
});

describe('folded changes in words', () => {
  const sites = (kind: string, count: number, country: string, isFar = false) => ({
    facet: 'sites',
    kind,
    count,
    country,
    ...(isFar ? { isFar: true as const } : {}),
  });

  it('have a line for each kind, those farther than was asked apart, and one for the minor facets', () => {
    expect(
      foldedLines(wording, [
        { facet: 'title', kind: 'title', count: 2 },
        sites('site-status', 1, 'Chad', true),
        sites('site-added', 4, 'Chad', true),
        sites('site-removed', 2, 'Chad', true),
        sites('site-added', 1, 'Norway', true),
        sites('site-removed', 1, 'Norway'),
        sites('site-added', 2, 'Chad'),
        sites('site-status', 3, ''),
        { facet: 'sponsor', kind: 'sponsor', count: 1 },
      ]),
    ).toEqual([
      '2 more new sites: 2 in Chad.',
      '1 more site no longer listed: 1 in Norway.',
      '3 more sites with a new status: 3 without a country.',
      '5 new sites farther away: 4 in Chad and 1 in Norway.',
      '2 sites farther away no longer listed: 2 in Chad.',
      '1 site farther away with a new status: 1 in Chad.',
      expect.stringMatching(/title.*sponsor/),
    ]);
    expect(foldedLines(wording, [])).toEqual([]);
  });
});

describe('sites that share a line', () => {
  const one: DigestChange = {
    facet: 'sites',
    kind: 'site-status',
    before: 'NOT_YET_RECRUITING',
    after: 'RECRUITING',
    site: makeSite({ country: 'Chad' }),
  };
  const groups = (other: DigestChange) => groupSites([one, other]).length;

  it('are those of one country that came to the same, and are as near', () => {
    expect(groups({ ...one, site: makeSite({ country: 'Chad', city: 'Other' }) })).toBe(1);
    expect(groups({ ...one, site: makeSite({ country: 'Peru' }) })).toBe(2);
    expect(groups({ ...one, before: 'SUSPENDED' })).toBe(2);
    expect(groups({ ...one, after: 'COMPLETED' })).toBe(2);
    expect(groups({ ...one, kind: 'site-added' })).toBe(2);
    expect(groups({ ...one, near: { km: 3, place: 'Leipzig' } })).toBe(2);
    expect(groupSites([statusChange, statusChange, one]).length).toBe(3);
    expect(groupSites([one, statusChange]).length).toBe(2);
  });

  it('N6: are counted where nothing tells them apart, and named once', () => {
    const masked: DigestChange = {
      ...one,
      kind: 'site-added',
      before: null,
      site: makeSite({ facility: 'Research Site', city: 'Sarh', state: '', country: 'Chad' }),
    };
    const other = {
      ...masked,
      site: makeSite({ facility: 'Anna Hospital', city: 'Sarh', state: '', country: 'Chad' }),
    };
    expect(groupSentence(wording, [masked, masked, other, masked])).toBe(
      '4 new sites listed as recruiting – Chad: Research Site, Sarh (3 sites); Anna Hospital, Sarh.',
    );
    expect(groupSentence(createWording('es'), [masked, masked])).toContain('Research Site, Sarh (2 centros)');
  });
});

describe('an age in another language', () => {
  it('is said in it, where it is one; else it is the registry’s', () => {
    const marking = createMarkingWording('es');
    const age = (text: string) => ageName(marking, text);
    expect(age('18 Years')).toBe('18 años');
    expect(age('1 Year')).toBe('1 año');
    expect(age(' 120  MINUTES')).toBe('120 minutos');
    for (const text of ['1234 years', 'x years', '18 years old', 'adult'])
      expect(age(text)).toBe(`\u{FDD0}${text}\u{FDD1}`);
    expect(dropMarks(age('x'.repeat(90)))).toBe('x'.repeat(30));
  });
});

describe('where mails are made fewer', () => {
  it('is the page of what brought the trial, or of all', () => {
    expect(linkToLess('/u/abc', { subscriptionId: 7 })).toBe('/u/abc/7');
    expect(linkToLess('/u/abc', { subscriptionId: null })).toBe('/u/abc');
  });
});

describe('registry text in another language', () => {
  const marking = createMarkingWording('es');

  it('is marked where that is wanted and the language is another', () => {
    expect(marking.registryText('trial')).toBe('\u{FDD0}trial\u{FDD1}');
    expect(createWording('es').registryText('trial')).toBe('trial');
    expect(createMarkingWording('en').registryText('trial')).toBe('trial');
    expect(makeWording('en', {}, { marks: true }).registryText('trial')).toBe('trial');
    expect(makeWording('es', {}, { marks: true }).registryText('trial')).toBe('\u{FDD0}trial\u{FDD1}');
    expect(makeWording('es', {}).registryText('trial')).toBe('trial');
  });

  it('D3: is a heading that matched, but no phrase: that is the reader’s own', () => {
    const concept = sayReason(marking, reasonCondition, 'UTC');
    const phrase = sayReason(
      marking,
      { ...reasonCondition, match: { by: 'phrase', words: 'leucemia aguda' } },
      'UTC',
    );
    expect(concept).toContain('\u{FDD0}Precursor Cell Lymphoblastic Leukemia-Lymphoma\u{FDD1}');
    expect(hasMarks(phrase)).toBe(false);
    expect(phrase).toContain('leucemia aguda');
    expect(hasMarks(sayReason(marking, reasonTrial, 'UTC'))).toBe(false);
    expect(dropMarks(concept)).toBe(sayReason(createWording('es'), reasonCondition, 'UTC'));
  });
});
