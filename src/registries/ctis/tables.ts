import type { AgeGroup } from '../../core/trial.ts';

const one = ['PHASE1'];
const oneTwo = ['PHASE1', 'PHASE2'];

/** Phases by the record's code: 1 to 3 and 7 to 9 differ only in who takes part first. */
export const phasesByCode: Readonly<Record<string, readonly string[]>> = {
  1: one,
  2: one,
  3: one,
  4: ['PHASE2'],
  5: ['PHASE3'],
  6: ['PHASE4'],
  7: oneTwo,
  8: oneTwo,
  9: oneTwo,
  10: ['PHASE2', 'PHASE3'],
  11: ['PHASE3', 'PHASE4'],
};

const romans: Readonly<Record<string, string>> = { I: 'PHASE1', II: 'PHASE2', III: 'PHASE3', IV: 'PHASE4' };

/** The phases that a row writes in words: `Therapeutic exploratory (Phase II)`. */
export function phasesInWords(words: string): string[] {
  return [...words.matchAll(/\bphase (IV|I{1,3})\b/gi)]
    .flatMap(([, roman = '']) => romans[roman.toUpperCase()] ?? [])
    .sort();
}

/** Groups of ages by the record's code. Code 1, before birth, is no age. */
export const ageGroupsByCode: Readonly<Record<string, AgeGroup>> = {
  2: { from: 0, to: 17 },
  3: { from: 18, to: 64 },
  4: { from: 65, to: null },
};

/** The groups of ages that a row writes in words: `65+ years, 18-64 years`. */
export function ageGroupsInWords(words: string): AgeGroup[] {
  return [...words.matchAll(/(\d{1,3})\s*(?:-\s*(\d{1,3})|\+)/g)]
    .map(([, from = '', to]) => ({ from: Number(from), to: to === undefined ? null : Number(to) }))
    .sort((a, b) => a.from - b.from);
}

/** The languages of the European Economic Area by their English names, as BCP 47 codes. */
export const languageCodes: Readonly<Record<string, string>> = {
  Bulgarian: 'bg',
  Croatian: 'hr',
  Czech: 'cs',
  Danish: 'da',
  Dutch: 'nl',
  English: 'en',
  Estonian: 'et',
  Finnish: 'fi',
  French: 'fr',
  German: 'de',
  Greek: 'el',
  Hungarian: 'hu',
  Icelandic: 'is',
  Irish: 'ga',
  Italian: 'it',
  Latvian: 'lv',
  Lithuanian: 'lt',
  Maltese: 'mt',
  Norwegian: 'no',
  Polish: 'pl',
  Portuguese: 'pt',
  Romanian: 'ro',
  Slovak: 'sk',
  Slovenian: 'sl',
  Spanish: 'es',
  Swedish: 'sv',
};
