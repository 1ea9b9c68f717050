import { describe, expect, it } from 'vitest';
import { recordedConcepts } from '../../../src/core/matching/concepts-above.ts';
import { kindOfConcept } from '../../../src/core/matching/concepts-kinds.ts';
import { nameConditions } from '../../../src/core/matching/condition-names.ts';
import { resolveCondition } from '../../../src/core/matching/conditions.ts';
import { englishFor } from '../../../src/core/matching/foreign-words.ts';
import { openNameSearch, searchNames } from '../../../src/core/matching/name-search.ts';
import { findCondition, knownConditions, listedNames } from '../../../src/core/matching/synonyms.ts';
import { foldName, isShortAbbreviation } from '../../../src/core/text/folding.ts';
import { conditionWords } from '../../../src/languages.ts';

const known = { concepts: [] };
const spanishWords = conditionWords.get('es') ?? [];

describe('Spanish search words', () => {
  it('are at least 150 illnesses, each word once, none of them empty or too short to mean one thing', () => {
    expect(spanishWords.length).toBeGreaterThanOrEqual(150);
    const words = spanishWords.flatMap(({ words }) => words.map(foldName));
    const repeated = words.filter((word, at) => words.indexOf(word) !== at);
    expect(repeated).toEqual([]);
    expect(words.filter((word) => word === '' || isShortAbbreviation(word))).toEqual([]);
  });

  it('name headings that the committed list or recorded records know, by their own names', () => {
    const terms = new Map<string, string>([
      ...[...recordedConcepts].map(([id, { term }]) => [id, term] as const),
      ...knownConditions.map(({ id, term }) => [id, term] as const),
    ]);
    const wrong = spanishWords.filter(({ id, en }) => id !== undefined && terms.get(id) !== en);
    expect(wrong).toEqual([]);
  });

  it('take no name away from another illness', () => {
    const names = new Map(listedNames().flatMap(({ id, name }) => (id === null ? [] : [[name, id]])));
    for (const [id, { term }] of recordedConcepts)
      if (!names.has(foldName(term))) names.set(foldName(term), id);
    const taken = spanishWords.flatMap(({ id, en, words }) =>
      words.filter((word) => {
        const owner = names.get(foldName(word));
        return owner !== undefined && owner !== (id ?? findCondition(en)?.id);
      }),
    );
    expect(taken).toEqual([]);
  });

  it.each([
    ['leucemia', 'D007938'],
    ['cáncer de pulmón', 'D008175'],
    ['CANCER DE PULMON', 'D008175'],
    ['el asma', 'D001249'],
    ['diabetes', 'D003920'],
    ['esclerosis multiple', 'D009103'],
    ['cáncer de seno', 'D001943'],
    ['ictus', 'D020521'],
    ['derrame cerebral', 'D020521'],
    ['accidente cerebrovascular', 'D020521'],
    ['presión alta', 'D006973'],
    ['tensión alta', 'D006973'],
    ['jaqueca', 'D008881'],
    ['alergia al maní', 'D021183'],
    ['hígado graso', 'D065626'],
  ])('M2: %s is understood as %s', (typed, id) => {
    const resolution = resolveCondition(englishFor(typed) ?? typed, known);
    expect(resolution).toMatchObject({ kind: 'concept', conceptId: id });
  });

  it.each([
    // No one kind of it alone, and no wider illness.
    ['cáncer de huesos', 'bone cancer'],
    ['cáncer de garganta', 'throat cancer'],
    ['cardiopatía isquémica', 'ischemic heart disease'],
    ['dolor crónico', 'chronic pain'],
    ['hipertensión arterial pulmonar', 'pulmonary arterial hypertension'],
    ['resfriado alérgico', 'Rhinitis, Allergic'],
    // No illness by that name in English: the registry is asked.
    ['cáncer de retina', null],
    ['falta de sueño', null],
  ])('M2: %s is looked for as %s', (typed, english) => {
    expect(englishFor(typed)).toBe(english);
  });

  it('M1: typed words lead to the concept and are not phrases to look for', () => {
    for (const { id, en, words } of spanishWords) {
      if (id === undefined || kindOfConcept(id) !== 'disease') continue;
      for (const word of words) {
        if (findCondition(word)) continue;
        const resolution = resolveCondition(englishFor(word) ?? '', known);
        expect([word, resolution.kind, 'conceptId' in resolution && resolution.conceptId]).toEqual([
          word,
          'concept',
          id,
        ]);
        const phrases = 'phrases' in resolution ? resolution.phrases.map(foldName) : [];
        expect([en, phrases.includes(foldName(word))]).toEqual([en, false]);
      }
    }
  });

  it('M1c: an umbrella in Spanish counts as one, and abbreviations only offer their meanings', () => {
    expect(resolveCondition(englishFor('cáncer') ?? '', known)).toMatchObject({ kind: 'umbrella' });
    expect(resolveCondition(englishFor('cáncer con metástasis') ?? '', known)).toMatchObject({
      kind: 'attribute',
    });
    for (const [short, id] of [
      ['EM', 'D009103'],
      ['ELA', 'D000690'],
      ['AR', 'D001172'],
    ] as const) {
      expect(englishFor(short)).toBeNull();
      const resolution = resolveCondition(short, known);
      expect(resolution.kind).toBe('choose');
      expect('suggestions' in resolution && resolution.suggestions.map((one) => one.conceptId)).toContain(id);
    }
  });

  it('a slip in a Spanish word gets an offer of the intended word', () => {
    const resolution = resolveCondition('leusemia', known);
    expect(resolution).toMatchObject({ kind: 'choose', suggestions: [{ conceptId: 'D007938' }] });
  });

  it('suggestions come by the beginning of a Spanish name, and show it', () => {
    const names = openNameSearch(nameConditions([], new Map()));
    const [first] = searchNames(names, 'esclerosis mú', 5);
    expect(first).toMatchObject({ condition: { conceptId: 'D009103' }, written: 'esclerosis múltiple' });
    expect(names.byName.get(foldName('jaqueca'))?.conceptId).toBe('D008881');
  });
});
