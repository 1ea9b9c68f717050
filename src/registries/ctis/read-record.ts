import type { BadRecord, RegistryRecord } from '../adapter.ts';
import { describeFault, type FaultWords } from '../record-fault.ts';
import { RetrieveAnswer } from './answer-schema.ts';
import { isEuNumber } from './eu-numbers.ts';
import { isSearchRow, keepPaths } from './kept-paths.ts';
import { readRetrieved } from './read-answer.ts';
import { readRow } from './read-row.ts';
import { SearchRow } from './search-row.ts';

const faultWords: FaultWords = {
  record: 'record of the EU register',
  names: {
    ctNumber: 'EU number',
    ctStatus: 'status',
    ctPublicStatusCode: 'status',
    mscPublicStatusCode: "country's status",
  },
};

/**
 * Reads a retrieve answer or a search row. Only the kept paths go on, also into quarantine (X10). Never
 * throws: a record that cannot be trusted (C8, C9) is returned with the reason.
 */
export function readCtisRecord(given: unknown): RegistryRecord {
  const raw = keepPaths(given);
  if (isSearchRow(given)) {
    const row = SearchRow.safeParse(raw);
    if (!row.success) return bad(raw, describeFault(row.error.issues, raw, faultWords));
    return { ok: true, trial: readRow(row.data), contacts: [], raw };
  }
  const answer = RetrieveAnswer.safeParse(raw);
  if (!answer.success) return bad(raw, describeFault(answer.error.issues, raw, faultWords));
  const trial = readRetrieved(answer.data);
  if (trial.title === '') return bad(raw, 'The record has no title.');
  if (answer.data.authorizedApplication.memberStatesConcerned.length === 0)
    return bad(raw, 'The record is thin: it has no country.');
  return { ok: true, trial, contacts: [], raw };
}

function bad(raw: unknown, reason: string): BadRecord {
  const id = (raw as { ctNumber?: unknown } | null)?.ctNumber;
  return { ok: false, id: typeof id === 'string' && isEuNumber(id.trim()) ? id.trim() : null, reason, raw };
}
