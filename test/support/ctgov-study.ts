import { readFileSync } from 'node:fs';
import type { Contact, Trial } from '../../src/core/trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';

/** A raw study that tests can change at any depth. */
// biome-ignore lint/suspicious/noExplicitAny: tests break raw records in every way a type forbids
export type LooseStudy = any;

const asthma = readFileSync(new URL('../fixtures/ctgov/asthma.json', import.meta.url), 'utf8');

/** A fresh copy of the made-up study NCT09900001, modified by `change`. */
export function makeStudy(change: (study: LooseStudy) => void = () => {}): LooseStudy {
  const study: LooseStudy = JSON.parse(asthma);
  change(study);
  return study;
}

/** Adds what a record may say of papers, documents, notices, data sharing and expanded access. */
export function addLinked(study: LooseStudy): LooseStudy {
  const { protocolSection: section } = study;
  section.statusModule.expandedAccessInfo = {
    hasExpandedAccess: true,
    nctId: 'NCT05918913',
    statusForNctId: 'AVAILABLE',
  };
  section.statusModule.delayedPosting = true;
  section.statusModule.dispFirstPostDateStruct = { date: '2025-06-04', type: 'ACTUAL' };
  section.eligibilityModule.genderBased = true;
  section.eligibilityModule.genderDescription = 'By self-representation';
  section.eligibilityModule.studyPopulation = 'Adults with asthma.\n\nFrom one clinic.';
  section.oversightModule = { oversightHasDmc: true, fdaaa801Violation: true };
  section.referencesModule = {
    references: [
      { pmid: '1', type: 'BACKGROUND', citation: 'An older paper.' },
      { pmid: '22', type: 'RESULT', citation: 'Ada A. The result paper. J Example. 2025.' },
      {
        pmid: '333',
        type: 'DERIVED',
        citation: 'A paper that PubMed linked.',
        retractions: [{ pmid: '4444', source: 'J Example. 2026;1:2' }, { pmid: '5555' }],
      },
    ],
    seeAlsoLinks: [{ label: 'Site', url: 'https://example.org' }],
  };
  section.ipdSharingStatementModule = {
    ipdSharing: 'YES',
    description: 'On request.',
    infoTypes: ['STUDY_PROTOCOL', 'ICF'],
    timeFrame: '6 months after publication',
    accessCriteria: 'Researchers',
    url: 'https://example.org/data',
  };
  study.annotationSection = {
    ...study.annotationSection,
    annotationModule: {
      ...study.annotationSection?.annotationModule,
      violationAnnotation: {
        violationEvents: [
          { type: 'VIOLATION_IDENTIFIED', description: 'No results.', issuedDate: '2026-05-03' },
          { type: 'CORRECTION_CONFIRMED', creationDate: '2026-06-01', postedDate: '2026-06-09' },
        ],
      },
    },
  };
  study.documentSection = {
    largeDocumentModule: {
      largeDocs: [
        { label: 'Study Protocol', date: '2022-06-29', uploadDate: '2025-01-28T14:34', size: 7 },
        { label: 'Informed Consent Form', date: '2024-02-14', filename: 'ICF_001.pdf' },
      ],
    },
  };
  return study;
}

/** `count` different studies from NCT09800001 on, posted on the days of a month in turn. */
export function makeStudies(count: number): LooseStudy[] {
  return Array.from({ length: count }, (_, index) =>
    makeStudy((study) => {
      const { identificationModule, statusModule } = study.protocolSection;
      identificationModule.nctId = `NCT${9_800_001 + index}`.replace('NCT', 'NCT0');
      delete identificationModule.nctIdAliases;
      statusModule.lastUpdatePostDateStruct.date = `2026-10-${String(1 + (index % 28)).padStart(2, '0')}`;
    }),
  );
}

/** Reads a study that must be readable. */
export function mustRead(
  raw: unknown,
  fields: string[] | null = null,
): { trial: Trial; contacts: Contact[] } {
  const record = readRecord(raw, fields);
  if (!record.ok) throw new Error(`${record.id}: ${record.reason}`);
  return record;
}

/** The reason why a study cannot be read; fails if it can. */
export function mustRefuse(raw: unknown, fields: string[] | null = null): string {
  const record = readRecord(raw, fields);
  if (record.ok) throw new Error(`${record.trial.id} was read`);
  return record.reason;
}
