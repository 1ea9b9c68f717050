import { defaultRegistry, registries } from '../../../core/registries.ts';
import { bulkColumns } from '../../../core/subscriptions/bulk.ts';
import { type BulkJob, listBulkJobs } from '../../../db/admin/bulk-jobs.ts';
import { languagesWithRegions } from '../../../languages.ts';
import { keepBulk } from '../../../use-cases/admin/bulk-lists.ts';
import { writeCsv } from '../../http/csv.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage } from '../guard.ts';
import { checkAdds } from './bulk-check.ts';
import { readUpload, sayFault, type UploadFault, viewUpload } from './bulk-upload.ts';

const linesInPart = 1_000;

/** An example list. */
const template = writeCsv([
  [...bulkColumns],
  ['ann@example.org', registries[defaultRegistry].exampleId, '', 'daily', '9', 'Europe/Berlin', 'en'],
  ['ben@example.org', '', 'asthma', 'weekly', '', '', ''],
]);

/** The form for a list of people to ask, with the lists of the last day. */
export const showBulk = adminPage((request, deps) => showForm(request, deps, null));

/** Downloads the example list. */
export const downloadBulkTemplate = adminPage(() => ({
  body: template,
  type: 'text/csv; charset=utf-8; header=present',
  fileName: 'trialbell-people.csv',
}));

/**
 * Checks a list of people to ask and stores the result, encrypted. Nobody is asked yet. The result shows what people
 * follow, so the check is logged.
 */
export const checkBulk = adminAct('bulk-look', async (request, deps, admin, log) => {
  const read = await readUpload(request, bulkColumns);
  if ('fault' in read) return showForm(request, deps, read.fault);
  const checked = await checkAdds(deps, read.rows, request.now);
  if ('tooMany' in checked) return showForm(request, deps, { why: checked.tooMany });
  const { figures, work, shown, lines } = checked;
  const made = { act: 'add', madeBy: admin.email, figures, work, shown, now: request.now } as const;
  const details = { lines: figures.lines, people: figures.people };
  const id = await keepBulk(deps, log, { ...made, lines: inParts(lines) }, details);
  return { seeOther: `/admin/bulk/${id}` };
});

/** Splits lines into the batches in which they are stored. */
export function* inParts<T>(lines: readonly T[]): Generator<T[]> {
  for (let at = 0; at < lines.length; at += linesInPart) yield lines.slice(at, at + linesInPart);
}

async function showForm(
  request: PageRequest,
  deps: WebDeps,
  fault: UploadFault | null,
): Promise<PageResponse> {
  const { wording, now } = request;
  const bulks = await listBulkJobs(deps.db, now);
  return {
    page: 'admin-bulk',
    title: wording.say('admin.bulk.title'),
    status: fault === null ? 200 : 422,
    view: {
      ...viewUpload(request, fault && sayFault(request, fault)),
      columns: bulkColumns.map((name) => ({
        name,
        what: wording.say(`admin.bulk.column.${name}`, { languages: languagesWithRegions.join(', ') }),
      })),
      bulks: bulks.map((bulk) => nameBulk(request, deps, bulk)),
    },
  };
}

/** A list's name, path and state, for other pages. */
export function nameBulk({ wording }: PageRequest, { config }: WebDeps, bulk: BulkJob) {
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
