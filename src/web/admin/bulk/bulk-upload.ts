import { decodeText, encodings } from '../../../core/text/decode.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { bulkConditionsAtMost, trialsAtMost } from './bulk-meanings.ts';
import { bulkLinesAtMost, type ListFault, type ListRow, listBytesAtMost, readList } from './read-list.ts';

/** Why a list was refused; `admin.bulk.fault.<why>` is the message. */
export type UploadFault = ListFault | { why: 'trials' | 'conditions' };

/** Reads the list of a form, uploaded or pasted, or says why it cannot be read. */
export async function readUpload<C extends string>(
  { form, files }: PageRequest,
  columns: readonly C[],
): Promise<{ rows: ListRow<C>[] } | { fault: ListFault }> {
  const file = files.file?.find(({ length }) => length > 0);
  const pasted = form.list?.[0] ?? '';
  if (file && pasted.trim() !== '') return { fault: { why: 'two' } };
  const encoding = encodings.find((one) => one === field(form, 'encoding')) ?? 'utf-8';
  const bytes = file ?? Buffer.from(pasted);
  if (bytes.length > listBytesAtMost) return { fault: { why: 'too-large' } };
  const decoded = decodeText(bytes, file ? encoding : 'utf-8');
  return 'fault' in decoded ? decoded : readList(decoded.text, columns);
}

/** Why a list cannot be read, in a sentence. */
export function sayFault({ wording }: PageRequest, fault: UploadFault): string {
  return wording.say(`admin.bulk.fault.${fault.why}`, {
    lines: bulkLinesAtMost,
    megabytes: listBytesAtMost / 1024 / 1024,
    trials: trialsAtMost,
    conditions: bulkConditionsAtMost,
    line: 'line' in fault ? fault.line : 0,
    name: 'name' in fault ? fault.name : '',
  });
}

/** The view of a form for a list. The list is not filled in again, because no page shows an address unasked. */
export function viewUpload({ form }: PageRequest, fault: string | null) {
  return {
    fault,
    encoding: field(form, 'encoding') || encodings[0],
    encodings,
    megabytes: listBytesAtMost / 1024 / 1024,
    lines: bulkLinesAtMost,
  };
}

/** An example list as a file. */
export function templateFile(rows: string, fileName: string): PageResponse {
  return { body: rows, type: 'text/csv; charset=utf-8; header=present', fileName };
}
