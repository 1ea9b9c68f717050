import { describe, expect, it } from 'vitest';
import type { Change, CountryListing } from '../../../src/core/change.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { cardOf } from '../../../src/core/digests/card.ts';
import { netChanges } from '../../../src/core/digests/net.ts';
import type { TrialCountry, TrialStatus } from '../../../src/core/trial.ts';
import { digestWords } from '../../../src/core/wording/digest/digest.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';
import { makeCard, makeDigest } from '../../support/trial-samples.ts';

const [en, es] = [createWording('en'), createWording('es')];
const pending: CountryListing = { status: 'NOT_YET_RECRUITING', listedAs: 'Authorised, recruitment pending' };
const authorised: CountryListing = { status: 'RECRUITING', listedAs: 'Authorised, recruiting' };
const open: CountryListing = { status: 'RECRUITING', listedAs: 'Ongoing, recruiting' };
const closed: CountryListing = { status: 'ACTIVE_NOT_RECRUITING', listedAs: 'Ongoing, recruitment ended' };
const halted: CountryListing = { status: 'SUSPENDED', listedAs: 'Temporarily halted' };

const inCountry = (country: string, before: CountryListing | null, after: CountryListing | null): Change => ({
  facet: 'countries',
  kind: before === null ? 'country-added' : after === null ? 'country-removed' : 'country-status',
  before,
  after,
  country,
});
const ofTrial = (before: string, after: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
  basis: 'countries',
});

function mail(countries: string[], changes: Change[], wording = en) {
  const card = makeCard({ registry: 'ctis', id: '2024-510663-34-00', countries });
  const words = digestWords(wording, makeDigest([{ card, changes }]));
  const [trial] = words.trials;
  return {
    first: words.first,
    lines: trial?.changes.map(({ sentence }) => sentence),
    advice: trial?.advice ?? null,
  };
}

describe('news of countries in a mail', () => {
  it('X5: one country is one line, for the trial and for the country', () => {
    const changes = [ofTrial('NOT_YET_RECRUITING', 'RECRUITING'), inCountry('France', pending, open)];
    expect(mail(['France'], changes)).toEqual({
      first: '1 trial is now listed as recruiting.',
      lines: ['France: now listed as recruiting. Before: authorized, not yet recruiting.'],
      advice: null,
    });
    expect(mail(['France'], changes, es).lines).toEqual([
      'Francia. El registro indica ahora: recluta participantes. Antes: autorizado, aún no recluta.',
    ]);
  });

  it('X5: the country that opened a trial stands for it; the last one that closes does not', () => {
    const opens = [ofTrial('NOT_YET_RECRUITING', 'RECRUITING'), inCountry('Italy', pending, authorised)];
    expect(mail(['Italy', 'Spain'], opens).lines).toEqual([
      'Italy: now listed as authorized and recruiting. Before: authorized, not yet recruiting.',
    ]);
    const closes = [ofTrial('RECRUITING', 'ACTIVE_NOT_RECRUITING'), inCountry('Italy', open, closed)];
    expect(mail(['Italy', 'Spain'], closes)).toEqual({
      first: '1 trial is now closed to new participants.',
      lines: [
        'Going by its countries, now ongoing, closed to new participants. Before: recruiting.',
        'Italy: now listed as ongoing, closed to new participants. Before: recruiting.',
      ],
      advice: 'If you take part in this trial, talk to the study team before you change anything.',
    });
  });

  it('X5: a decision of the authorities is told in the register’s word, as no withdrawal by the sponsor', () => {
    const country = (name: string, word: string, status: TrialStatus): TrialCountry => ({
      ...{
        code: '',
        name,
        status,
        listedAs: word,
        startDate: null,
        recruitmentStart: null,
        recruitmentEnd: null,
      },
    });
    const names = ['Italy', 'Spain'];
    const listed = (word: string, status: TrialStatus) =>
      someTrial({
        ...{ registry: 'ctis', status, statusBasis: 'countries', registryStatus: word },
        countries: names.map((name) => country(name, word, status)),
      });
    const before = listed('Ongoing, recruiting', 'RECRUITING');
    const told = (word: string, status: TrialStatus, wording = en) => {
      const { changes, after } = compareTrials(before, listed(word, status));
      const card = makeCard(cardOf(after));
      const net = netChanges(changes).filter(({ facet }) => facet === 'status');
      const { trials, first } = digestWords(wording, makeDigest([{ card, changes: net }]));
      return [
        first,
        ...(trials[0]?.changes ?? []).map(({ sentence, quote }) => [sentence, quote]),
        trials[0]?.idLine,
      ];
    };
    expect(told('Not authorised', 'WITHDRAWN')).toEqual([
      '1 trial has changes in single countries.',
      ['Going by its countries, now not authorized. Before: recruiting.', null],
      expect.stringContaining('not authorized'),
    ]);
    expect(told('Not authorised', 'WITHDRAWN', es)).toContainEqual([
      'Según sus países, ahora: no autorizado. Antes: recluta participantes.',
      null,
    ]);
    for (const [word, status, said] of [
      ['Expired', 'TERMINATED', 'not started in time (authorization expired)'],
      ['Revoked', 'TERMINATED', 'stopped (authorization revoked)'],
      ['Cancelled', 'WITHDRAWN', 'canceled'],
      ['Withdrawn', 'WITHDRAWN', 'application withdrawn'],
    ] as const)
      expect(told(word, status)).toContainEqual([
        `Going by its countries, now ${said}. Before: recruiting.`,
        null,
      ]);
  });

  it('X5: permission alone is never called recruiting', () => {
    const { first, lines } = mail(['Italy', 'Spain'], [inCountry('Italy', null, pending)]);
    expect(first).toBe('1 trial has changes in single countries.');
    expect(lines).toEqual(['Italy: new in the record, listed as authorized, not yet recruiting.']);
  });

  it('X5: many countries at once are one line, with the advice that one of them needs', () => {
    const names = 'Austria Belgium Bulgaria Croatia Denmark Estonia Finland France Germany Greece'.split(' ');
    const { lines, advice } = mail(
      [...names, 'Italy'],
      [...names.map((name) => inCountry(name, open, halted)), inCountry('Italy', null, open)],
    );
    expect(lines).toEqual([
      'Italy: new in the record, listed as recruiting.',
      'Austria, Belgium, Bulgaria, Croatia, Denmark, Estonia, Finland, France and 2 other countries: now listed as paused (temporarily halted).',
    ]);
    expect(advice).toContain('talk to the study team');
    const inSpanish = (after: CountryListing | null, before: CountryListing | null) =>
      mail(
        names,
        names.slice(0, 5).map((name) => inCountry(name, before, after)),
        es,
      ).lines?.join() ?? '';
    expect(inSpanish(halted, open)).toContain('Dinamarca. El registro indica ahora: en pausa');
    expect(inSpanish(open, null)).toContain(
      'Dinamarca: nuevo en la ficha, con el estado: recluta participantes.',
    );
    expect(inSpanish(null, open)).toContain('Dinamarca: ya no está en la ficha.');
  });

  it('X5: a country’s changes of some days are one, and none if it is back where it was', () => {
    const net = (...changes: Change[]) => netChanges(changes);
    expect(net(inCountry('Italy', null, pending), inCountry('Italy', pending, open))).toEqual([
      inCountry('Italy', null, open),
    ]);
    expect(net(inCountry('Italy', authorised, halted), inCountry('Italy', halted, open))).toEqual([]);
    expect(net(inCountry('Italy', open, null), inCountry('Italy', null, open))).toEqual([]);
    expect(net(inCountry('Italy', pending, open), inCountry('Spain', open, closed))).toHaveLength(2);
  });
});
