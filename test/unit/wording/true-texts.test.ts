import { describe, expect, it } from 'vitest';
import { fullYears } from '../../../src/core/digests/warnings.ts';
import { offeredFacets } from '../../../src/core/subscriptions/follow-defaults.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { wordsFor } from '../../../src/core/wording/change-sentences.ts';
import { digestWords } from '../../../src/core/wording/digest/digest.ts';
import { sayReason } from '../../../src/core/wording/digest/reasons.ts';
import { readTrial } from '../../../src/core/wording/trial-summary.ts';
import type { Wording } from '../../../src/core/wording/wording.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { readCatalogue } from '../../../src/mail/catalogue-files.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';
import { makeCard, reasonCondition } from '../../support/trial-samples.ts';

const languages = [
  ['en', createWording('en')],
  ['es', createWording('es')],
] as const;
const catalogues = { en: readCatalogue('en'), es: readCatalogue('es') };
const now = '2026-11-21T08:00:00.000Z';

/** A fixed text says what is so in both languages, and no longer what is not. */
type Fixed = { keys: string[]; says: { en: RegExp; es: RegExp }; never: { en: RegExp; es: RegExp } };

const fixed: [string, Fixed][] = [
  [
    '1: that no mail came does not mean that nothing changed',
    {
      keys: ['started.silence', 'note.welcome.silence', 'note.welcome.no-news'],
      says: { en: /usually.*still be checking.*get lost/i, es: /por lo general.*en revisión.*perderse/i },
      never: { en: /no mail means|: we saw no/i, es: /no hemos visto cambios|no vimos ningún cambio/i },
    },
  ],
  [
    '3: a block is lifted by those who run the service, not by a confirmation that is never sent',
    {
      keys: ['legal.kept.blocked.long'],
      says: { en: /write to us/, es: /escríbanos/ },
      never: { en: /confirms it/, es: /lo confirme/ },
    },
  ],
  [
    '4: the link of an update mail leads to a page with a button',
    {
      keys: ['legal.privacy.rights.stop', 'note.welcome.stop'],
      says: { en: /update email.*page where one button/, es: /sobre cambios.*página donde un botón/ },
      never: { en: /one click|each e?mail/i, es: /un clic/ },
    },
  ],
  [
    '4: the home page speaks of update mails alone',
    {
      keys: ['home.how.stop'],
      says: { en: /update email/, es: /correo sobre cambios/ },
      never: { en: /each e?mail/i, es: /cada correo dice/i },
    },
  ],
  [
    '5: what was stored is erased, which is not all',
    {
      keys: ['erase.done'],
      says: { en: /is erased/, es: /se borró/i },
      never: { en: /nothing about you/i, es: /ya no se guarda nada/i },
    },
  ],
  [
    '6: a trial that matched all along does not match “now”',
    {
      keys: ['registration.entered'],
      says: { en: /it matches what you follow/, es: /coincide con lo que usted sigue/ },
      never: { en: /now matches/, es: /ahora coincide/ },
    },
  ],
  [
    '8: what people get is not all “what is tested”',
    {
      keys: [
        'trial.reading.tested',
        'trial.head.interventions',
        'trial.source.interventions',
        'trial.facet.interventions',
        'kind.name.interventions',
        'facet.name.interventions',
        'follow.facet.interventions',
      ],
      says: { en: /what people get or do/i, es: /lo que reciben o hacen las personas/i },
      never: { en: /tested/, es: /se prueba/ },
    },
  ],
  [
    '9: trials that came, went or match no longer are counted too',
    {
      keys: ['note.no-news.moved'],
      says: { en: /change, come, or go/, es: /cambiaron, aparecieron o se fueron/ },
      never: { en: /change their status/, es: /cambiaron de estado/ },
    },
  ],
  [
    '10: results that were sent may be back with the sponsor',
    {
      keys: ['results.submitted', 'trial.results.submitted'],
      says: { en: /were sent to/, es: /enviaron/ },
      never: { en: /wait|review|yet/, es: /esperan|revisión|aún/ },
    },
  ],
  [
    '11: what a reader typed stands in quotation marks too, titles and names in none',
    {
      keys: ['about.source'],
      says: {
        en: /titles, names.*apart from words that you typed/i,
        es: /títulos, los nombres.*salvo las palabras que usted/i,
      },
      never: { en: /; texts in quotation marks/, es: /; los textos entre comillas/ },
    },
  ],
  [
    '11: so does the page about the words',
    {
      keys: ['legal.about.words.text'],
      says: {
        en: /apart from words that you typed.*cut/,
        es: /salvo las palabras que usted escribió.*corta/,
      },
      never: { en: /what stands in/i, es: /lo que está entre/i },
    },
  ],
  [
    '13: only trials that were read are found while the registry is away',
    {
      keys: ['find.away'],
      says: { en: /trials that we have already read/i, es: /los ensayos que ya leímos/i },
      never: { en: /all the same/, es: /igualmente/ },
    },
  ],
  [
    '18: some trials of medicines have no phase',
    {
      keys: ['trial.phase.NA'],
      says: { en: /the record says.*mostly/i, es: /la ficha dice.*sobre todo/i },
      never: { en: /phases are for/, es: /las fases son para/ },
    },
  ],
  [
    '20: a condition’s follower is told of new trials alone',
    {
      keys: ['follow.facet.registration'],
      says: { en: /^new in the registry$/, es: /^nuevo en el registro$/ },
      never: { en: /gone/, es: /desaparece/ },
    },
  ],
  [
    '21: results may never come',
    {
      keys: ['trial.results.none'],
      says: { en: /no results tables/i, es: /no hay tablas/i },
      never: { en: /yet/, es: /aún|todavía/i },
    },
  ],
  [
    '22: a used link changes nothing now; its first use may have',
    {
      keys: ['link.used-change'],
      says: { en: /nothing was changed now/i, es: /ahora no se cambió nada/i },
      never: { en: /changed\.$/, es: /\. No se cambió/ },
    },
  ],
  [
    '23: a change of spelling is left out on purpose',
    {
      keys: ['trial.changes.none'],
      says: { en: /we have seen no change/i, es: /no hemos visto ningún cambio/i },
      never: { en: /nothing in the record/i, es: /no ha cambiado nada/i },
    },
  ],
  [
    '24: notes come without a change',
    {
      keys: ['follow.when.weekly'],
      says: { en: /no update email/, es: /ningún correo sobre cambios/ },
      never: { en: /no mail comes/i, es: /no llega ningún correo\./ },
    },
  ],
];

describe('a text is true', () => {
  it.each(fixed)('%s', (_name, { keys, says, never }) => {
    for (const language of ['en', 'es'] as const)
      for (const key of keys) {
        const text = catalogues[language][key] ?? '';
        expect([key, text]).toEqual([key, expect.stringMatching(says[language])]);
        expect([key, text]).toEqual([key, expect.not.stringMatching(never[language])]);
      }
  });

  it.each(languages)(
    '2: a mail names what a filter asks for and the record does not say (%s)',
    (language, wording) => {
      const why = (unsaid?: typeof reasonCondition.unsaid) =>
        sayReason(wording, { ...reasonCondition, ...(unsaid ? { unsaid } : {}) }, 'UTC');
      const [plain, marked] = [why(), why(['age', 'country'])];
      expect(marked.startsWith(plain)).toBe(true);
      expect(marked.slice(plain.length)).toBe(
        {
          en: ' The record does not say which ages can take part and in which country each site is, so this trial may not fit what you asked for.',
          es: ' La ficha no dice qué edades pueden participar y en qué país está cada centro, así que este ensayo quizá no encaje con lo que usted pidió.',
        }[language],
      );
      for (const key of ['follow.narrow.hint', 'manage.filters.hint'])
        expect(catalogues[language][key]).toMatch(/the email says so|el correo lo dice/);
    },
  );

  it.each(languages)(
    '7: an early trial is called early, never without interest in the effect (%s)',
    (_, wording) => {
      expect(limitsOf(wording, { phases: ['PHASE1', 'PHASE2'] })).toMatch(
        /at least in part. Such trials look first at side effects|al menos en parte. Estos ensayos miran primero/,
      );
      expect(limitsOf(wording, { phases: ['PHASE1', 'PHASE2'] })).not.toMatch(/works|funciona/);
    },
  );

  it.each(languages)('12: a reason is “word for word” only where it is whole (%s)', (_, wording) => {
    const quote = (length: number) =>
      wordsFor(
        wording,
        {
          facet: 'status',
          kind: 'status',
          before: 'RECRUITING',
          after: 'TERMINATED',
          whyStopped: 'x'.repeat(length),
        },
        makeCard(),
      ).quote ?? '';
    expect(quote(600)).toMatch(/word for word|palabra por palabra/);
    expect(quote(601)).toMatch(/shortened|abreviado/);
    expect(quote(601)).not.toMatch(/word for word|palabra por palabra/);
    expect(quote(601)).toContain('…');
  });

  it.each(languages)(
    'a trial that goes on is told without the reason of an earlier stop (%s)',
    (_, wording) => {
      const quote = (after: string) =>
        wordsFor(
          wording,
          { facet: 'status', kind: 'status', before: 'SUSPENDED', after, whyStopped: 'Drug supply' },
          makeCard(),
        ).quote;
      for (const after of [
        'RECRUITING',
        'NOT_YET_RECRUITING',
        'ACTIVE_NOT_RECRUITING',
        'ENROLLING_BY_INVITATION',
      ])
        expect([after, quote(after)]).toEqual([after, null]);
      for (const after of ['TERMINATED', 'WITHDRAWN', 'COMPLETED'])
        expect(quote(after)).toContain('Drug supply');
    },
  );

  it.each(languages)(
    '14: the date for the main data is not called the completion of the trial (%s)',
    (_, wording) => {
      const past = { date: '2024-02', precision: 'month', type: 'ESTIMATED' } as const;
      const primary = limitsOf(wording, { completionDate: null, primaryCompletionDate: past });
      expect(primary).toMatch(
        /main data in this record .* gives no end date|toma principal de datos .* no da una fecha de fin/,
      );
      expect(limitsOf(wording, { completionDate: past })).not.toMatch(/main data|toma principal/);
      const unknown = { status: 'UNKNOWN', completionDate: null, primaryCompletionDate: past } as const;
      expect(limitsOf(wording, unknown)).toMatch(
        /do not know whether the trial has ended|no sabemos si el ensayo/,
      );
    },
  );

  it.each(languages)('15, 16, 17: who and where is said as the record has it (%s)', (_, wording) => {
    const said = saysOf(wording, {
      healthyVolunteers: true,
      enrollment: { count: 80, type: 'ACTUAL' },
      sites: [someSite()],
      timePerspective: 'RETROSPECTIVE',
    });
    expect(said).toMatch(
      /The record says that healthy volunteers|La ficha dice que pueden participar personas voluntarias sanas/,
    );
    expect(said).toMatch(/It includes 80 people|Incluye a 80 personas/);
    expect(said).toMatch(/The record lists 1 site|La ficha nombra 1 centro/);
    expect(said).not.toMatch(/ too\.|have joined|incorporado|takes place|Se realiza/);
    const limits = limitsOf(wording, {
      status: 'NOT_YET_RECRUITING',
      sites: [someSite()],
    });
    expect(limits).toMatch(/The record lists one site|La ficha nombra un solo centro/);
  });

  it.each(languages)('19: “more than 2 years” are two full years (%s)', (_, wording) => {
    const warned = (verifiedOn: string) => limitsOf(wording, { verifiedOn });
    expect(warned('2024-11')).toMatch(/24 months ago|hace 24 meses/);
    expect(warned('2024-10')).toMatch(/more than 2 years ago|hace más de 2 años/);
    expect([25, 36, 37, 60].map(fullYears)).toEqual([2, 2, 3, 4]);
    const trials = (verifiedOn: string) => digestOf(wording, verifiedOn);
    expect(trials('2024-11')).not.toMatch(/years|años/);
    expect(trials('2024-10')).toMatch(/more than 2 years|más de 2 años/);
  });

  it('20: a trial’s own list offers no box for facets that are always told', () => {
    expect(offeredFacets.trial).not.toContain('registration');
    expect(offeredFacets.condition).toContain('registration');
  });
});

function limitsOf(wording: Wording, over: Partial<Trial>): string {
  return textOf(readTrial(wording, someTrial(over), now).limits);
}

function saysOf(wording: Wording, over: Partial<Trial>): string {
  return textOf(readTrial(wording, someTrial(over), now).says);
}

function textOf(sentences: readonly { text: string }[]): string {
  return sentences.map(({ text }) => text).join(' ');
}

function digestOf(wording: Wording, verifiedOn: string): string {
  const change = { facet: 'title', kind: 'title', before: 'A', after: 'B' } as const;
  const card = makeCard({ verifiedOn });
  const trial = { card, kind: 'told' as const, changes: [change], folded: [], reasons: [reasonCondition] };
  const digest = { trials: [trial], dataDay: '2026-11-20', readAt: now, composedAt: now, timezone: 'UTC' };
  return digestWords(wording, digest).trials[0]?.confirmed ?? '';
}
