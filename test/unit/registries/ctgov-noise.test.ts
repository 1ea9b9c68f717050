import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseProse, normaliseText } from '../../../src/core/text/text.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { readLine, readProse } from '../../../src/registries/text-values.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { addLinked, type LooseStudy, makeStudy, mustRead } from '../../support/ctgov-study.ts';

/** Lists whose order the registry changes without meaning anything, and whose order we do not keep. */
const unordered = new Set([
  'nctIdAliases',
  'secondaryIdInfos',
  'collaborators',
  'phases',
  'centralContacts',
  'overallOfficials',
  'locations',
  'contacts',
  'meshes',
  'ancestors',
  'references',
  'retractions',
  'violationEvents',
  'largeDocs',
  'infoTypes',
]);
const codeNames = new Set([
  'overallStatus',
  'status',
  'type',
  'class',
  'studyType',
  'sex',
  'allocation',
  'masking',
  'role',
  'statusForNctId',
  'ipdSharing',
  'infoTypes',
]);
/** Prose has lines, which the forms below would break; ids and dates are no text. */
const leftAlone = new Set([
  'briefSummary',
  'detailedDescription',
  'eligibilityCriteria',
  'studyPopulation',
  'date',
]);

/** One record disturbed in ways that mean nothing: order, white space, Unicode form, entities, letter case of codes, noise fields. */
function disturb(value: LooseStudy, next: () => number, name = ''): LooseStudy {
  if (Array.isArray(value)) {
    const inner = value.map((entry) => disturb(entry, next, name));
    if (!unordered.has(name)) return inner;
    return inner
      .map((entry) => ({ entry, key: next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ entry }) => entry);
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => [key, disturb(inner, next, key)] as const);
    return Object.fromEntries(next() < 0.5 ? entries : entries.reverse());
  }
  if (typeof value !== 'string') return value;
  if (codeNames.has(name)) return next() < 0.5 ? value.toLowerCase() : value;
  if (leftAlone.has(name) || /date$/i.test(name)) return value;
  const forms = [
    (text: string) => ` ${text}\t`,
    (text: string) => text.replaceAll(' ', ' \u00a0'),
    (text: string) => text.normalize('NFD'),
    (text: string) => text.replaceAll('é', '&eacute;').replaceAll('a', '&#97;'),
    (text: string) => `\u200b${text}`,
    (text: string) => text,
  ];
  return forms[Math.floor(next() * forms.length)]?.(value) ?? value;
}

function addNoise(study: LooseStudy, next: () => number): LooseStudy {
  study.derivedSection.miscInfoModule.versionHolder = `2026-11-${10 + Math.floor(next() * 20)}`;
  study.derivedSection.miscInfoModule.removedCountries = next() < 0.5 ? [] : ['Norway', 'Chile'];
  study.derivedSection.conditionBrowseModule.browseLeaves = [{ id: 'M1', name: 'x', relevance: 'LOW' }];
  study.protocolSection.referencesModule.references.push({ type: 'DERIVED', citation: String(next()) });
  study.protocolSection.statusModule.lastUpdateSubmitDate = '2026-11-01';
  for (const document of study.documentSection.largeDocumentModule.largeDocs) document.size = next();
  study.documentSection.largeDocumentModule.largeDocs.push({ size: next() });
  study.hasResults = next() < 0.5;
  return study;
}

function checkNoise(read: (raw: unknown) => Trial, numRuns: number): void {
  const calm = read(addLinked(makeStudy()));
  fc.assert(
    fc.property(fc.gen(), (gen) => {
      const next = () => gen(fc.double, { min: 0, max: 0.999, noNaN: true });
      const noisy = addNoise(disturb(addLinked(makeStudy()), next), next);
      expect(read(noisy)).toEqual(calm);
    }),
    { numRuns },
  );
}

describe('noise', () => {
  it('C1: order, white space, Unicode form, entities, case of codes and noise fields leave the trial as it is', () => {
    checkNoise((raw) => mustRead(raw).trial, 1000);
  });

  it('C1: the property above fails for readers that let noise through', () => {
    const keepingTheOrder = (raw: LooseStudy): Trial => {
      const facilities = raw.protocolSection.contactsLocationsModule.locations.map(
        (site: LooseStudy) => site.facility.trim().length,
      );
      return { ...mustRead(raw).trial, keywords: facilities.map(String) };
    };
    const hashingAll = (raw: LooseStudy): Trial => ({
      ...mustRead(raw).trial,
      resultsHash: JSON.stringify(raw.derivedSection.miscInfoModule),
    });
    expect(() => checkNoise(keepingTheOrder, 200)).toThrow();
    expect(() => checkNoise(hashingAll, 200)).toThrow();
  });
});

function checkShortcuts(line: (text: string) => string, prose: (text: string) => string): void {
  const piece = fc.constantFrom(
    'a',
    'B.',
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\t',
    '&',
    '&lt;',
    '\\',
    '\\*',
    'é',
    '\r',
    '~',
    '\u200b',
  );
  const some = fc.array(fc.oneof(piece, fc.string({ unit: anyCharacter, maxLength: 3 })), { maxLength: 8 });
  fc.assert(
    fc.property(some, (parts) => {
      const text = parts.join('');
      return line(text) === normaliseText(text) && prose(text) === normaliseProse(text);
    }),
    { numRuns: 3000 },
  );
}

describe('the short way for tidy text', () => {
  it('gives what normalising gives', () => {
    checkShortcuts(readLine, readProse);
  });

  it('the property above fails for a short way that takes too much', () => {
    expect(() => checkShortcuts((text) => text, normaliseProse)).toThrow();
    expect(() =>
      checkShortcuts(normaliseText, (text) => (/[^\n -~]| {2}/.test(text) ? normaliseProse(text) : text)),
    ).toThrow();
  });
});
