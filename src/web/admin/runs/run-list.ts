import { facets } from '../../../core/change.ts';
import { readTransition } from '../../../core/diff/transition.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { AuditRow } from '../../../db/audit-log.ts';
import { listDecisions, listRunFacets } from '../../../db/ingest/run-facets.ts';
import { listRuns, type RunRow, readRun } from '../../../db/ingest/runs.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminPage } from '../guard.ts';
import { viewHeldRun } from './held-view.ts';
import { facetName, sayDataStamp, viewRun, viewTransition } from './run-view.ts';

const runsAtOnce = 30;
/** A decision names so many of its transitions. */
const namedAtMost = 3;

/** The runs, newest first, one page at a time (P9). */
export const showRuns = adminPage(async ({ wording, query }, { db, config }) => {
  const before = parseId(field(query, 'before'));
  const runs = await listRuns(db, runsAtOnce + 1, before);
  const shown = runs.slice(0, runsAtOnce);
  return {
    page: 'admin-runs',
    title: wording.say('admin.runs.title'),
    view: {
      runs: shown.map((run) => viewRun(wording, run, config.defaultTimezone)),
      newestPath: before === null ? null : '/admin/runs',
      olderPath: runs.length > runsAtOnce ? `/admin/runs?before=${shown.at(-1)?.id}` : null,
    },
  };
});

/** One run: what it holds, to decide about; its figures, and the decisions about it. */
export const showRun = adminPage(async (request, deps) => {
  const id = parseId(request.params.id ?? '');
  const run = id === null ? null : await readRun(deps.db, id);
  return run ? pageOfRun(request, deps, run) : { notFound: true };
});

/** A run's page. `chosen`: the transitions to select instead of the usual ones. */
export async function pageOfRun(
  { wording, query }: PageRequest,
  deps: WebDeps,
  run: RunRow,
  { chosen = null, isNothingChosen = false }: { chosen?: string[] | null; isNothingChosen?: boolean } = {},
): Promise<PageResponse> {
  const { db, config } = deps;
  const draw = parseId(field(query, 'draw')) ?? 0;
  const [held, changed, decisions] = await Promise.all([
    viewHeldRun(wording, deps, run.id, { draw, chosen }),
    listRunFacets(db, run.id),
    listDecisions(db, run.id),
  ]);
  return {
    page: 'admin-run',
    title: wording.say(held ? 'admin.held.title' : 'admin.run.title', { id: run.id }),
    status: isNothingChosen ? 422 : 200,
    view: {
      run: viewRun(wording, run, config.defaultTimezone),
      finished: run.finishedAt && wording.moment(run.finishedAt, config.defaultTimezone),
      dataTimestamp: run.dataTimestamp && sayDataStamp(wording, run.dataTimestamp),
      held,
      isNothingChosen,
      facets: changed.map(({ facet, trials }) => ({ name: facetName(wording, facet), trials })),
      decisions: decisions.map((row) => ({
        id: row.id,
        text: wording.say('admin.run.decision', {
          actor: row.actor,
          act: row.act,
          facet: nameDecided(wording, row.details),
          when: wording.moment(row.at, config.defaultTimezone),
        }),
        reason: row.reason,
      })),
    },
  };
}

/** What a decision was about: a facet, some transitions, or all. */
function nameDecided(wording: Wording, { facet, transitions }: AuditRow['details']): string {
  const named = facets.find((one) => one === facet);
  if (named) return facetName(wording, named);
  if (!Array.isArray(transitions)) return wording.say('admin.run.decision.all');
  const names = transitions.slice(0, namedAtMost).map((text) => nameTransition(wording, String(text)));
  const more = transitions.length - names.length;
  return wording.list(more > 0 ? [...names, wording.say('admin.run.decision.more', { count: more })] : names);
}

/** A transition in one line, such as “Status, recruiting → paused”. */
function nameTransition(wording: Wording, text: string): string {
  const read = readTransition(text);
  if (!read) return text;
  const { name, shape } = viewTransition(wording, read);
  return shape ? `${name}, ${shape.before?.text} → ${shape.after?.text}` : name;
}
