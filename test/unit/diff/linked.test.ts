import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { compareTrials, firstReading } from '../../../src/core/diff/diff.ts';
import type { Trial, TrialField } from '../../../src/core/trial.ts';
import { weighChange } from '../../../src/core/weight.ts';
import { sentenceFor } from '../../../src/core/wording/change-sentences.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';
import { makeCard } from '../../support/trial-samples.ts';

const [en, es] = [createWording('en'), createWording('es')];
const paper = { pmid: '30978404', citation: 'Lewis MO. Peanut. Ann Allergy. 2019.' };
const protocol = { name: 'Study Protocol', date: '2020-12-16' };
const consent = { name: 'Informed Consent Form', date: '2024-02-14' };
const notice = {
  type: 'VIOLATION_IDENTIFIED',
  description: 'Failure to submit results.',
  on: '2026-05-03',
};
const sharing = { plan: 'NO', description: '', kinds: [], timeFrame: '', access: '', url: '' };

type Case = {
  field: TrialField;
  before: Partial<Trial>;
  after: Partial<Trial>;
  facet: Change['facet'];
  kind: string;
  weight: number;
  en: string;
  es: string;
};

/** Each field beside the classic ones: its change, its weight, and its sentence. */
const cases: Case[] = [
  {
    field: 'studyPopulation',
    before: { studyPopulation: 'Adults with asthma' },
    after: { studyPopulation: 'Adults and children with asthma' },
    facet: 'eligibility',
    kind: 'study-population',
    weight: 25,
    en: 'Who is studied: now “Adults and children with asthma”. Before: “Adults with asthma”.',
    es: 'A quiénes se estudia: ahora «Adults and children with asthma». Antes: «Adults with asthma».',
  },
  {
    field: 'genderBased',
    before: { genderBased: null },
    after: { genderBased: true },
    facet: 'eligibility',
    kind: 'gender-based',
    weight: 25,
    en: 'Gender also decides who can take part: now yes. Before: no.',
    es: 'El género también decide quién puede participar: ahora sí. Antes: no.',
  },
  {
    field: 'genderDescription',
    before: { genderDescription: null },
    after: { genderDescription: 'By self-representation' },
    facet: 'eligibility',
    kind: 'gender-description',
    weight: 25,
    en: 'What the record says about gender: now “By self-representation”. Before: none given.',
    es: 'Lo que dice la ficha sobre el género: ahora «By self-representation». Antes: sin indicar.',
  },
  {
    field: 'linkedAccess',
    before: { hasExpandedAccess: true, linkedAccess: { id: 'NCT05918913', status: 'AVAILABLE' } },
    after: { hasExpandedAccess: true, linkedAccess: { id: 'NCT05918913', status: 'NO_LONGER_AVAILABLE' } },
    facet: 'expanded-access',
    kind: 'expanded-access',
    weight: 98,
    en: 'Expanded access (treatment outside a trial, record NCT05918913) is now listed as no longer available. Before: available.',
    es: 'Acceso ampliado (tratamiento fuera de un ensayo, ficha NCT05918913). El registro indica ahora: ya no disponible. Antes: disponible.',
  },
  {
    field: 'hasExpandedAccess',
    before: { hasExpandedAccess: false },
    after: { hasExpandedAccess: true, linkedAccess: { id: 'NCT04599712', status: 'APPROVED_FOR_MARKETING' } },
    facet: 'expanded-access',
    kind: 'expanded-access',
    weight: 98,
    en: 'Expanded access (treatment outside a trial, record NCT04599712) is now listed as approved for sale. Before: not offered.',
    es: 'Acceso ampliado (tratamiento fuera de un ensayo, ficha NCT04599712). El registro indica ahora: aprobado para la venta. Antes: no ofrecido.',
  },
  {
    field: 'resultsDelayedOn',
    before: { resultsDelayedOn: null },
    after: { resultsDelayedOn: '2025-06-04' },
    facet: 'results',
    kind: 'results-delayed',
    weight: 65,
    en: 'Results are delayed: the sponsor certified a delay or asked for more time (listed on June 4, 2025). Before: no delay listed.',
    es: 'Los resultados se retrasan: el patrocinador certificó un retraso o pidió más tiempo (con fecha 4 de junio de 2025). Antes: ningún retraso.',
  },
  {
    field: 'postingDelayed',
    before: { postingDelayed: null },
    after: { postingDelayed: true },
    facet: 'results',
    kind: 'posting-delayed',
    weight: 65,
    en: 'The registry now marks this record as “delayed posting”. Before: not marked.',
    es: 'El registro marca ahora esta ficha como «delayed posting» (publicación retrasada). Antes: sin marca.',
  },
  {
    field: 'violations',
    before: { violations: [] },
    after: { violations: [notice] },
    facet: 'results',
    kind: 'violation',
    weight: 74,
    en: 'New from the U.S. Food and Drug Administration (FDA) about this record: a violation of the reporting rules was found (May 3, 2026): “Failure to submit results.”',
    es: 'La ficha incluye ahora, de la agencia FDA de EE. UU.: se constató una infracción de las normas (3 de mayo de 2026): «Failure to submit results.»',
  },
  {
    field: 'hasViolation',
    before: { hasViolation: null },
    after: { hasViolation: true },
    facet: 'results',
    kind: 'violation-listed',
    weight: 74,
    en: 'The registry now lists a violation of the U.S. rules for reporting trials. Before: none listed.',
    es: 'El registro menciona ahora una infracción de las normas de EE. UU. para informar sobre ensayos. Antes: ninguna.',
  },
  {
    field: 'papers',
    before: { papers: [] },
    after: { papers: [paper] },
    facet: 'results',
    kind: 'paper',
    weight: 66,
    en: 'A paper with results is now listed: “Lewis MO. Peanut. Ann Allergy. 2019.” (PubMed 30978404).',
    es: 'Ahora la ficha nombra un artículo con resultados: «Lewis MO. Peanut. Ann Allergy. 2019.» (PubMed 30978404).',
  },
  {
    field: 'retractions',
    before: { retractions: [] },
    after: { retractions: [{ ...paper, notices: ['Ann Allergy. 2025;1:2'] }] },
    facet: 'results',
    kind: 'paper-retracted',
    weight: 75,
    en: 'A paper in this record is now listed as retracted: “Lewis MO. Peanut. Ann Allergy. 2019.” (PubMed 30978404), announced in Ann Allergy. 2025;1:2.',
    es: 'Un artículo de esta ficha se da ahora como retractado: «Lewis MO. Peanut. Ann Allergy. 2019.» (PubMed 30978404), anunciado en Ann Allergy. 2025;1:2.',
  },
  {
    field: 'documents',
    before: { documents: [protocol] },
    after: { documents: [consent, protocol] },
    facet: 'documents',
    kind: 'documents',
    weight: 17,
    en: 'New study document on the registry: “Informed Consent Form” of February 14, 2024.',
    es: 'Nuevo documento del estudio en el registro: «Informed Consent Form» del 14 de febrero de 2024.',
  },
  {
    field: 'dataSharing',
    before: { dataSharing: sharing },
    after: { dataSharing: { ...sharing, plan: 'YES' } },
    facet: 'data-sharing',
    kind: 'data-sharing',
    weight: 16,
    en: 'Plan to share the data of single participants: now yes. Before: no.',
    es: 'Plan de compartir los datos de cada participante: ahora sí. Antes: no.',
  },
  {
    field: 'allocation',
    before: { allocation: 'NON_RANDOMIZED' },
    after: { allocation: 'RANDOMIZED' },
    facet: 'design',
    kind: 'allocation',
    weight: 26,
    en: 'Now listed as randomized: chance decides who is in which group. Before: not by chance.',
    es: 'La ficha dice ahora que es aleatorizado: el azar decide quién está en cada grupo. Antes: no al azar.',
  },
  {
    field: 'masking',
    before: { masking: 'NONE' },
    after: { masking: 'DOUBLE' },
    facet: 'design',
    kind: 'masking',
    weight: 26,
    en: 'Now listed as double-blind: two sides do not know who gets what. Before: everyone (open label).',
    es: 'La ficha dice ahora que es doble ciego. Quién sabe quién recibe qué: dos partes no lo saben. Antes: todos lo saben (abierto).',
  },
];

const told = (before: Partial<Trial>, after: Partial<Trial>) =>
  compareTrials(someTrial(before), someTrial(after)).changes;
const fates = (before: Partial<Trial>, after: Partial<Trial>) =>
  compareTrials(someTrial(before), someTrial(after)).edits.map(({ field, fate }) => `${field} ${fate}`);

describe('fields read beside the classic ones', () => {
  it.each(cases)('$field: a change is told as $kind, with its weight and its sentence', (one) => {
    const [change, ...more] = told(one.before, one.after);
    if (!change) throw new Error(`${one.field} is not told`);
    expect(more).toEqual([]);
    expect([change.facet, change.kind, weighChange(change)]).toEqual([one.facet, one.kind, one.weight]);
    const card = makeCard();
    expect([sentenceFor(en, change, card), sentenceFor(es, change, card)]).toEqual([one.en, one.es]);
  });

  it.each(cases)('C15: $field, read for the first time, is a baseline', ({ field, before, after }) => {
    const { edits, changes } = compareTrials(
      someTrial({ ...before, unread: [field] }),
      someTrial({ ...before, [field]: after[field] }),
    );
    expect(changes).toEqual([]);
    expect(edits.map((edit) => [edit.field, edit.reason])).toEqual([[field, firstReading]]);
  });

  it.each(cases)(
    'C8, L14: $field, not asked for now, keeps its value and tells nothing',
    ({ field, before, after }) => {
      const compared = compareTrials(someTrial(after), someTrial({ ...after, ...before, unread: [field] }));
      expect(compared.after[field]).toEqual(someTrial(after)[field]);
      expect(compared.edits.map((edit) => edit.field)).not.toContain(field);
    },
  );
});

describe('changes without news', () => {
  it('a paper or document in other words, in another order, or gone is not told', () => {
    const respelled = { ...paper, citation: 'Lewis MO. Peanut. Ann Allergy 2019 Jul;123.' };
    expect(fates({ papers: [paper] }, { papers: [respelled] })).toEqual(['papers folded']);
    expect(fates({ papers: [paper] }, { papers: [] })).toEqual(['papers folded']);
    expect(fates({ documents: [consent, protocol] }, { documents: [protocol, consent] })).toEqual([]);
    expect(fates({ documents: [consent, protocol] }, { documents: [consent] })).toEqual(['documents folded']);
    expect(
      told({ documents: [protocol] }, { documents: [{ ...protocol, date: '2022-06-29' }] }),
    ).toHaveLength(1);
  });

  it('a delay that is only dated otherwise, or that ends with the posting, is not told', () => {
    const day = '2025-06-04';
    expect(fates({ resultsDelayedOn: day }, { resultsDelayedOn: '2025-06-05' })).toEqual([
      'resultsDelayedOn silent',
    ]);
    expect(fates({ resultsDelayedOn: day }, {})).toEqual(['resultsDelayedOn folded']);
    expect(told({}, { resultsDelayedOn: day, resultsPostedOn: day }).map(({ kind }) => kind)).toEqual([
      'results-posted',
    ]);
  });

  it('an explicit no in place of a missing answer is not told', () => {
    for (const field of ['genderBased', 'postingDelayed', 'hasViolation'] as const)
      expect(fates({ [field]: null }, { [field]: false })).toEqual([`${field} silent`]);
  });

  it('a notice is told once, by its own words rather than by the mark', () => {
    const marked = told({}, { hasViolation: true, violations: [notice] });
    expect(marked.map(({ kind }) => kind)).toEqual(['violation']);
  });

  it('other wording of a plan to share data, and another code of the design, are details', () => {
    const other = { ...sharing, description: 'On request' };
    expect(fates({ dataSharing: sharing }, { dataSharing: other })).toEqual(['dataSharing folded']);
    expect(fates({ masking: 'DOUBLE' }, { masking: 'QUADRUPLE' })).toEqual(['masking folded']);
    expect(fates({ allocation: null }, { allocation: 'NA' })).toEqual(['allocation folded']);
  });

  it('expanded access that begins or ends is told once, by its record where that says more', () => {
    const available = {
      hasExpandedAccess: true,
      linkedAccess: { id: 'NCT05918913', status: 'AVAILABLE' },
    } as const;
    expect(told({}, available)).toEqual([
      {
        facet: 'expanded-access',
        kind: 'expanded-access',
        before: false,
        after: true,
        record: 'NCT05918913',
      },
    ]);
    expect(told(available, {}).map(({ before, after }) => [before, after])).toEqual([[true, false]]);
    const renumbered = { ...available, linkedAccess: { id: 'NCT00000009', status: 'AVAILABLE' } } as const;
    expect(fates(available, renumbered)).toEqual(['linkedAccess silent']);
  });

  it('a masking that ends, or is given up, is told the other way round', () => {
    const say = (before: string | null, after: string | null) => {
      const [change] = told({ masking: before }, { masking: after });
      return change && sentenceFor(en, change, makeCard());
    };
    expect(say('TRIPLE', 'NONE')).toBe(
      'Now listed as open label: everyone knows who gets what. Before: three sides do not know.',
    );
    expect(say('DOUBLE', 'SINGLE')).toContain('single-blind: one side does not know who gets what');
    expect(say('DOUBLE', null)).toContain('no longer says who knows the treatment');
    const [allocation] = told({ allocation: 'RANDOMIZED' }, { allocation: 'NA' });
    expect(allocation && sentenceFor(en, allocation, makeCard())).toBe(
      'No longer listed as randomized, which means by chance. Now: does not apply: there is one group.',
    );
  });
});
