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
