import { type BulkAct, bulkAnswers, doneAnswers } from '../../../core/subscriptions/bulk.ts';
import { type BulkJob, bulkOutcomes, readBulkJob, readShown } from '../../../db/admin/bulk-jobs.ts';
import { withoutAddresses } from '../../../errors.ts';
import { readBulkLines, startBulk } from '../../../use-cases/admin/bulk-lists.ts';
import { writeCsv } from '../../http/csv.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage, readReason, tellAdmin } from '../guard.ts';
import { nameBulk } from './bulk.ts';
import { sayAnswer } from './bulk-words.ts';

/** A checked list: what it would do and which lines need attention; once started, its progress. Shows no address. */
export const showList = adminPage(async (request, deps, admin) => {
  const bulk = await findBulk(request, deps);
  return bulk ? showFound(request, deps, bulk, { isAdmin: admin.role === 'admin' }) : { notFound: true };
});

/** Starts asking everybody on a list; workers do it in parts (P3). */
export const doAdd = doingOf('add');
/** Starts stopping the subscriptions a list names; workers do it in parts. */
export const doStop = doingOf('stop');

function doingOf(act: BulkAct) {
  return adminAct(`bulk-${act}`, async (request, deps, admin, log) => {
    const { now } = request;
    const bulk = await findBulk(request, deps);
    if (!bulk || bulk.act !== act || bulk.parts === 0) return { notFound: true };
    if (bulk.startedAt !== null) return tellStarted(request, deps, bulk);
    const reason = readReason(request);
    if (reason === null) return showFound(request, deps, bulk, { isAdmin: true, noReason: true });
    const start = { id: bulk.id, act, by: admin.email, reason };
    if (!(await startBulk(deps, log, start, now))) {
      const first = await findBulk(request, deps);
      return first ? tellStarted(request, deps, first) : { notFound: true };
    }
    return { seeOther: `/admin/bulk/${bulk.id}` };
  });
}

/** Every line with its answer, as CSV. It contains addresses, so the download is logged. */
export const downloadAnswers = adminAct('bulk-answers', async (request, deps, _admin, log) => {
  const bulk = await findBulk(request, deps);
  if (!bulk) return { notFound: true };
  const { say } = request.wording;
  const lines = await readBulkLines(deps, log, bulk);
  const head = ['line', 'email', 'trial', 'condition', 'answer', 'words'].map((name) =>
    say(`admin.bulk.head.${name}`),
  );
  const rows = lines.map((one) => [
    String(one.line),
    one.email,
    one.trial,
    one.condition,
    one.answer,
    sayAnswer(request, one),
  ]);
  return {
    body: writeCsv([head, ...rows]),
    type: 'text/csv; charset=utf-8; header=present',
    fileName: `trialbell-list-${bulk.id}.csv`,
  };
});

async function findBulk({ params, now }: PageRequest, { db }: WebDeps): Promise<BulkJob | null> {
  const id = parseId(params.id ?? '');
  return id === null ? null : readBulkJob(db, id, now);
}

async function showFound(
  request: PageRequest,
  deps: WebDeps,
  bulk: BulkJob,
  how: { isAdmin: boolean; noReason?: boolean },
): Promise<PageResponse> {
  const { say } = request.wording;
  const { figures, results } = bulk;
  const shown = await readShown(deps.db, deps.keys, bulk.id);
  const counted = bulkAnswers.flatMap((answer) => {
    const count = figures.answers[answer] ?? 0;
    const text = say(`admin.bulk.count.${answer}`, { count });
    return count > 0 ? [{ text, isDone: doneAnswers.includes(answer) }] : [];
  });
  const problemCount = counted.length === 0 ? 0 : countProblems(bulk);
  const outcomes = bulkOutcomes.filter((name) => (results[name] ?? 0) > 0);
  return {
    page: 'admin-bulk-list',
    title: say(`admin.bulk.list.${bulk.act}`, { id: bulk.id }),
    status: how.noReason ? 422 : 200,
    view: {
      ...nameBulk(request, deps, bulk),
      ...how,
      bulk,
      what: say(`admin.bulk.what.${bulk.act}`, {
        people: figures.people,
        subscriptions: figures.subscriptions,
        lines: figures.lines,
        what: figures.what ?? '',
        by: figures.what ? 'thing' : 'people',
      }),
      counted,
      meanings: shown.meanings.map((one) => ({
        ...one,
        count: say('admin.bulk.lines', { count: one.lines }),
      })),
      problems: shown.problems.map((one) => ({
        line: one.line,
        // An address in the wrong column must not be shown.
        words: withoutAddresses(one.trial || one.condition),
        text: sayAnswer(request, one),
      })),
      problemCount,
      begun: bulk.startedAt && sayStarted(request, deps, bulk),
      progress: say('admin.bulk.progress', { done: bulk.peopleDone, people: figures.people }),
      outcomes: outcomes.map((name) =>
        say(`admin.bulk.outcome.${bulk.act}.${name}`, { count: results[name] ?? 0 }),
      ),
      reason: field(request.form, 'reason').slice(0, 500),
    },
  };
}

function countProblems({ figures }: BulkJob): number {
  const { ask = 0, stop = 0 } = figures.answers;
  return figures.lines - ask - stop;
}

function sayStarted({ wording }: PageRequest, { config }: WebDeps, bulk: BulkJob): string {
  return wording.say(`admin.bulk.begun.${bulk.act}`, {
    by: bulk.startedBy ?? '',
    when: wording.moment(bulk.startedAt ?? bulk.madeAt, config.defaultTimezone),
  });
}

/** The page for an admin who starts a list that another admin has already started. */
function tellStarted(request: PageRequest, deps: WebDeps, bulk: BulkJob): PageResponse {
  const { say } = request.wording;
  return tellAdmin(
    say('admin.bulk.started.title'),
    [sayStarted(request, deps, bulk), say('admin.bulk.started')],
    {
      status: 409,
      next: { href: `/admin/bulk/${bulk.id}`, text: say(`admin.bulk.list.${bulk.act}`, { id: bulk.id }) },
    },
  );
}
