import { bulkColumns } from '../../../core/subscriptions/bulk.ts';
import { addBulk, type Bulk, listBulks } from '../../../db/admin/bulk-jobs.ts';
import { languages } from '../../../languages.ts';
import { writeCsv } from '../../http/csv.ts';
import type { Answer, Visit } from '../../http/page-response.ts';
import type { WebParts } from '../../http/web-deps.ts';
import { adminAct, adminPage } from '../guard.ts';
import { checkAdds } from './bulk-check.ts';
import { readUpload, sayFault, type UploadFault, viewUpload } from './bulk-upload.ts';

const linesInPart = 1_000;

/** What a list is to look like. */
const template = writeCsv([
  [...bulkColumns],
  ['ann@example.org', 'NCT01234567', '', 'daily', '9', 'Europe/Berlin', 'en'],
  ['ben@example.org', '', 'asthma', 'weekly', '', '', ''],
]);

/** The form for a list of people to ask, and the lists of the last day. */
export const showBulk = adminPage((visit, parts) => showForm(visit, parts, null));

/** An example of such a list. */
export const downloadBulkTemplate = adminPage(() => ({
  body: template,
  type: 'text/csv; charset=utf-8; header=present',
  fileName: 'trialbell-people.csv',
}));

/** Looks through a list of people to ask and keeps what came of it, sealed: nobody is asked yet. It is a look at what they follow, so it is logged. */
export const checkBulk = adminAct('bulk-look', async (visit, parts, admin, log) => {
  const read = await readUpload(visit, bulkColumns);
  if ('fault' in read) return showForm(visit, parts, read.fault);
  const checked = await checkAdds(parts, read.rows, visit.now);
  if ('tooMany' in checked) return showForm(visit, parts, { why: checked.tooMany });
  const { figures, work, shown, lines } = checked;
  const id = await parts.db.transaction().execute(async (tx) => {
    const made = { act: 'add', madeBy: admin.email, figures, work, shown, now: visit.now } as const;
    const bulkId = await addBulk(tx, parts.keys, { ...made, lines: inParts(lines) });
    await log(tx, { subject: `list ${bulkId}`, details: { lines: figures.lines, people: figures.people } });
    return bulkId;
  });
  return { seeOther: `/admin/bulk/${id}` };
});

/** Lines as they are kept: so many together. */
export function* inParts<T>(lines: readonly T[]): Generator<T[]> {
  for (let at = 0; at < lines.length; at += linesInPart) yield lines.slice(at, at + linesInPart);
}

async function showForm(visit: Visit, parts: WebParts, fault: UploadFault | null): Promise<Answer> {
  const { wording, now } = visit;
  const bulks = await listBulks(parts.db, now);
  return {
    page: 'admin-bulk',
    title: wording.say('admin.bulk.title'),
    status: fault === null ? 200 : 422,
    view: {
      ...viewUpload(visit, fault && sayFault(visit, fault)),
      columns: bulkColumns.map((name) => ({
        name,
        what: wording.say(`admin.bulk.column.${name}`, { languages: languages.join(', ') }),
      })),
      bulks: bulks.map((bulk) => nameBulk(visit, parts, bulk)),
    },
  };
}

/** A list as it is named elsewhere, with how far it is. */
export function nameBulk({ wording }: Visit, { config }: WebParts, bulk: Bulk) {
  const state = bulk.finishedAt ? 'done' : bulk.startedAt ? 'doing' : 'ready';
  return {
    path: `/admin/bulk/${bulk.id}`,
    name: wording.say(`admin.bulk.name.${bulk.act}`, { id: bulk.id, people: bulk.figures.people }),
    made: wording.say('admin.bulk.made', {
      by: bulk.madeBy,
      when: wording.moment(bulk.madeAt, config.defaultTimezone),
    }),
    state: wording.say(`admin.bulk.state.${state}`),
  };
}
