import { describe, expect, it } from 'vitest';
import type { Change, Json } from '../../../src/core/change.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { isGarbled } from '../../../src/core/text/garbled.ts';
import type { PartialDate, TrialStatus } from '../../../src/core/trial.ts';
import { sentenceFor, wordsFor } from '../../../src/core/wording/change-sentences.ts';
import { dropMarks } from '../../../src/core/wording/registry-text.ts';
import { createMarkingWording, createWording } from '../../../src/mail/catalogue.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';
import { makeCard, makeSite } from '../../support/trial-samples.ts';

const [en, es] = [createWording('en'), createWording('es')];
const date = (text: string, type: PartialDate['type']): PartialDate => ({
  date: text,
  precision: text.length === 4 ? 'year' : text.length === 7 ? 'month' : 'day',
  type,
});
const both = (change: Change, status: TrialStatus = 'RECRUITING') => [
  wordsFor(en, change, makeCard({ status })).sentence,
  wordsFor(es, change, makeCard({ status })).sentence,
];
const dates = (before: Json, after: Json, kind = 'completion-date'): Change => ({
  facet: 'dates',
  kind,
  before,
  after,
});

describe('dates', () => {
  it('C5: an actual date that goes back to an estimate says so, moved or not', () => {
    expect(both(dates(date('2025-03', 'ACTUAL'), date('2027-09', 'ESTIMATED')))).toEqual([
      'End of the trial (study completion) is an estimate again: September 2027 (2 years and 6 months later). Before, it was given as the actual date: March 2025.',
      'Fin del ensayo: vuelve a ser una estimación, septiembre de 2027 (2 años y 6 meses más tarde). Antes se daba como fecha real: marzo de 2025.',
    ]);
    expect(both(dates(date('2025-03', 'ACTUAL'), date('2025-03', 'ESTIMATED')))[0]).toBe(
      'End of the trial (study completion) is an estimate again: March 2025. Before, it was given as the actual date: March 2025.',
    );
  });

  it('a date whose type alone changed says which way', () => {
    const said = (type: PartialDate['type'], after: PartialDate['type']) =>
      both(dates(date('2025-03', type), date('2025-03', after)))[0];
    expect(said(null, 'ACTUAL')).toContain('The record now calls it the actual date');
    expect(said(null, 'ESTIMATED')).toContain('The record now calls it an estimate');
    expect(said('ACTUAL', null)).toContain('no longer says whether it is an estimate');
  });

  it('a trial that was withdrawn has no actual start: nobody took part', () => {
    const [before, after] = [date('2026-03', 'ESTIMATED'), date('2026-05-02', 'ACTUAL')];
    const change = dates(before, after, 'start-date');
    expect(both(change, 'TERMINATED')[0]).toContain('is now given as the actual date');
    for (const sentence of both(change, 'WITHDRAWN')) expect(sentence).not.toMatch(/actual|real/);
    expect(both(change, 'WITHDRAWN')).toEqual([
      'Start date is now given as May 2, 2026 (2 months later). Before: March 2026.',
      'Fecha de inicio: ahora 2 de mayo de 2026 (2 meses más tarde). Antes: marzo de 2026.',
    ]);
    const withdrawn = someTrial({ status: 'WITHDRAWN', startDate: date('2026-03', 'ACTUAL') });
    const told = compareTrials(someTrial({ startDate: before }), withdrawn).changes;
    expect(told.map(({ kind }) => kind)).not.toContain('start-date');
  });

  it('a year that cannot be right is told as the record has it', () => {
    const years = ['0016-05', '0202', '0000-01-31', '1026-02', '9999-12'].map((text) => [
      en.date(text),
      es.date(text),
    ]);
    expect(years).toEqual([
      ['May 0016', 'mayo de 0016'],
      ['0202', '0202'],
      ['January 31, 0000', '31 de enero de 0000'],
      ['February 1026', 'febrero de 1026'],
      ['December 9999', 'diciembre de 9999'],
    ]);
    const change = { ...dates(null, date('0016-05', null)), implausible: 'too-early' as const };
    expect(both(change)[0]).toContain('May 0016, which is too early to be right');
  });
});

describe('the reason', () => {
  const why = (before: string | null, after: string | null): Change => ({
    facet: 'status',
    kind: 'why-stopped',
    before,
    after,
  });

  it('for a pause does not fit a stop', () => {
    for (const change of [why('supply', 'safety'), why(null, 'safety'), why('supply', null)]) {
      const [paused, stopped] = [both(change, 'SUSPENDED'), both(change, 'TERMINATED')];
      expect(paused).toEqual([
        expect.stringMatching(/reason (it gives )?for the pause/),
        expect.stringMatching(/de la pausa/),
      ]);
      expect(stopped).toEqual([
        expect.stringMatching(/reason (it gives )?for stopping/),
        expect.stringMatching(/de la detención/),
      ]);
    }
  });

  it('is closed by a stop before another sentence follows', () => {
    const said = (words: string) => sentenceFor(en, why('x', words), makeCard({ status: 'SUSPENDED' }));
    expect(said('supply')).toMatch(/: “supply”\. If you take part/);
    expect(said('Supply is late.')).toMatch(/: “Supply is late\.” If you take part/);
  });
});

describe('the end of a sentence', () => {
  it('is one stop, whatever its last value ends with', () => {
    const site = makeSite({ facility: 'Acme Research, Inc.', city: '', state: '', country: '' });
    const added: Change = { facet: 'sites', kind: 'site-added', before: null, after: null, site };
    expect(both(added)).toEqual([
      'New site listed: Acme Research, Inc.',
      expect.stringMatching(/Acme Research, Inc\.$/),
    ]);
    const marked = wordsFor(createMarkingWording('es'), added, makeCard()).sentence;
    expect(dropMarks(marked)).toMatch(/[^.]\.$/);
    expect(en.say('card.facts', { facts: 'and so on…' })).toBe('and so on…');
  });
});

describe('a name that a wrong encoding broke', () => {
  it.each([
    'UniversitÃ© Catholique de Louvain',
    'Hospital BeneficĂȘncia Portuguesa',
    'St. Maryâ€™s Hospital',
    'Marii Sk?odowskiej-Curie',
    '?wi?tokrzyskie Centrum Onkologii',
    'Kar\ufffdiyaka',
  ])('%s stands as the registry has it, and is marked', (facility) => {
    expect(isGarbled(facility)).toBe(true);
    const site = makeSite({ facility, city: 'Gliwice', state: '', country: 'Poland' });
    const sentences = both({ facet: 'sites', kind: 'site-added', before: null, after: null, site });
    expect(sentences[0]).toBe(`New site listed: ${facility}, Gliwice, Poland [as in the registry].`);
    expect(sentences[1]).toContain(`${facility}, Gliwice, Polonia [así en el registro]`);
  });

  it.each([
    'São Paulo',
    'SÃO PAULO',
    'Île-de-France',
    'Hôpital Bicêtre',
    'Târgu Mureș',
    'Münster',
    'Who Benefits? A Trial',
    'See https://example.org/a?b=c',
    'Ångström',
    'Αθήνα',
    'Москва',
    'ÇANAKKALE',
  ])('%s is whole', (name) => {
    expect(isGarbled(name)).toBe(false);
  });
});
