import { facets } from '../../../core/change.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { listHeldChanges } from '../../../db/ingest/holds.ts';
import { listDecisions, listRunFacets, sampleHeldChanges } from '../../../db/ingest/run-facets.ts';
import { listRuns, readRun } from '../../../db/ingest/runs.ts';
import { field } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import { adminPage } from '../guard.ts';
import { facetName, viewHeld, viewRun } from './run-view.ts';

const runsAtOnce = 30;
const heldShown = 5;

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

/** The name of a decision's facet, or of all facets. */
function nameDecided(wording: Wording, logged: unknown): string {
  const facet = facets.find((one) => one === logged);
  return facet ? facetName(wording, facet) : wording.say('admin.run.decision.all');
}

/** One run: its figures, its held changes with samples, and the decisions about it. */
export const showRun = adminPage(async ({ wording, params }, { db, config }) => {
  const id = parseId(params.id ?? '');
  const run = id === null ? null : await readRun(db, id);
  if (!run) return { notFound: true };
  const held = (await listHeldChanges(db)).filter(({ runId }) => runId === run.id);
  const samples = await Promise.all(held.map(({ facet }) => sampleHeldChanges(db, run.id, facet, heldShown)));
  const [facets, decisions] = await Promise.all([listRunFacets(db, run.id), listDecisions(db, run.id)]);
  return {
    page: 'admin-run',
    title: wording.say('admin.run.title', { id: run.id }),
    view: {
      run: viewRun(wording, run, config.defaultTimezone),
      finished: run.finishedAt && wording.moment(run.finishedAt, config.defaultTimezone),
      dataTimestamp: run.dataTimestamp?.replace('T', ' ') ?? null,
      held: held.map(({ facet, changes, trials, because }, n) => ({
        facet,
        name: facetName(wording, facet),
        changes,
        trials,
        because,
        sample: (samples[n] ?? []).map((one) => viewHeld(wording, one)),
      })),
      facets: facets.map(({ facet, trials }) => ({ name: facetName(wording, facet), trials })),
      decisions: decisions.map((row) => ({
        id: row.id,
        text: wording.say('admin.run.decision', {
          actor: row.actor,
          act: row.act,
          facet: nameDecided(wording, row.details.facet),
          when: wording.moment(row.at, config.defaultTimezone),
        }),
        reason: row.reason,
      })),
    },
  };
});
