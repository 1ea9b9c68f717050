import { readTransition } from '../../../core/diff/transition.ts';
import { countHeldPart, countHeldReaders, readHeldRun } from '../../../db/admin/held-run.ts';
import { listDecisions } from '../../../db/ingest/run-facets.ts';
import { readRun } from '../../../db/ingest/runs.ts';
import { TrialbellError } from '../../../errors.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../../use-cases/admin/decide-held.ts';
import { type Form, field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage, readReason, refuseViewer, tellAdmin } from '../guard.ts';
import { sayReaders } from './held-view.ts';
import { pageOfRun } from './run-list.ts';
import { viewTransition } from './run-view.ts';

type Decision = 'release' | 'discard';
const decide = { release: releaseHeldChanges, discard: discardHeldChanges } as const;

/** A decision that is asked for: about some transitions of a run, or everything (null). */
type Asked = { runId: number; decision: Decision; kinds: readonly string[] | null };

/** The page after the choice on a run's page: what would happen, and a field for the reason. Changes nothing. */
export const showDecision = adminPage(async (request, deps, admin) => {
  if (admin.role !== 'admin') return refuseViewer(request);
  const { wording, query, params } = request;
  const runId = parseId(params.id ?? '');
  const run = runId === null ? null : await readRun(deps.db, runId);
  if (!run) return { notFound: true };
  const [, decision, all] = /^(release|discard)(-all)?$/.exec(field(query, 'do')) ?? [];
  if (decision !== 'release' && decision !== 'discard') {
    return tellAdmin(wording.say('admin.held.kept.title'), [wording.say('admin.held.kept')], {
      next: { href: '/admin', text: wording.say('admin.menu.overview') },
    });
  }
  const kinds = all ? null : readKinds(query);
  if (kinds?.length === 0) return pageOfRun(request, deps, run, { chosen: [], isNothingChosen: true });
  return ask(request, deps, { runId: run.id, decision, kinds });
});

/** Releases held changes of a run; the followers of those trials are notified. */
export const release = decisionOf('release');
/** Discards held changes of a run as a registry error; nobody is notified. */
export const discard = decisionOf('discard');

function decisionOf(decision: Decision) {
  return adminAct(decision, async (request, deps, _admin, log) => {
    const { form, wording, now } = request;
    const runId = parseId(request.params.id ?? '');
    const kinds = field(form, 'kind') === 'all' ? null : readKinds(form);
    if (runId === null || kinds?.length === 0) return { notFound: true };
    const asked = { runId, decision, kinds };
    const counts = await countHeldPart(deps.db, runId, kinds);
    if (counts.changes === 0) return tellNothing(request, deps, asked);
    const reason = readReason(request);
    if (reason === null) return ask(request, deps, asked, 'reason');
    // More changes were held since the page was shown: show them before deciding.
    if (field(form, 'held') !== String(counts.held)) return ask(request, deps, asked, 'moved');
    try {
      await decide[decision](deps, runId, kinds, now, (tx, changes) =>
        log(tx, {
          subject: `run ${runId}`,
          reason,
          details: { facet: null, ...(kinds ? { transitions: kinds } : {}), changes },
        }),
      );
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      const after = await countHeldPart(deps.db, runId, kinds);
      if (after.changes === 0) return tellNothing(request, deps, asked);
      return tellAdmin(wording.say('admin.decide.later.title'), [wording.say('admin.decide.later')], {
        status: 409,
        next: { href: '/admin/runs', text: wording.say('admin.runs.title') },
      });
    }
    return { seeOther: `/admin/runs/${runId}` };
  });
}

/** The transitions that a form names, each once. */
function readKinds(form: Form): string[] {
  return [...new Set(form.kind)].filter((text) => readTransition(text) !== null);
}

/** The page before a decision: what would happen and what stays held. The way back is the first choice. */
async function ask(
  request: PageRequest,
  deps: WebDeps,
  asked: Asked,
  error: 'reason' | 'moved' | null = null,
): Promise<PageResponse> {
  const { wording, form } = request;
  const { runId, decision, kinds } = asked;
  const [counts, readers, { transitions }] = await Promise.all([
    countHeldPart(deps.db, runId, kinds),
    countHeldReaders(deps.db, runId, kinds),
    readHeldRun(deps.db, runId),
  ]);
  if (counts.changes === 0) return tellNothing(request, deps, asked);
  const chosen = transitions.filter(({ transition }) => kinds === null || kinds.includes(transition));
  return {
    page: 'admin-decide',
    title: wording.say(`admin.decide.title.${decision}`, { changes: counts.changes, id: runId }),
    status: error === 'reason' ? 422 : error ? 409 : 200,
    view: {
      decision,
      error,
      runId,
      kinds: kinds ?? ['all'],
      counts,
      stay: counts.held - counts.changes - counts.waiting,
      /** Chosen, but their trials have other changes of the same facet that were not chosen. */
      tied: chosen.reduce((sum, { changes }) => sum + changes, 0) - counts.changes,
      people: readers.people,
      how: sayReaders(wording, readers),
      chosen: chosen.map((one) => {
        const read = readTransition(one.transition);
        return { ...one, ...(read ? viewTransition(wording, read) : { name: one.transition, shape: null }) };
      }),
      reason: field(form, 'reason').slice(0, 500),
    },
  };
}

/** Why nothing can be decided: it goes with changes that were not selected, or an admin has already decided, and who and when. */
async function tellNothing(
  { wording }: PageRequest,
  { db, config }: WebDeps,
  { runId, kinds }: Asked,
): Promise<PageResponse> {
  const { say } = wording;
  const how = {
    status: 409,
    next: { href: `/admin/runs/${runId}`, text: say('admin.run.title', { id: runId }) },
  };
  const { transitions } = await readHeldRun(db, runId);
  if (transitions.some(({ transition }) => kinds?.includes(transition)))
    return tellAdmin(say('admin.held.kept.title'), [say('admin.decide.tied')], how);
  const last = (await listDecisions(db, runId)).find(
    ({ act, details }) => act in decide && isAbout(details, kinds),
  );
  const who = last
    ? say('admin.decide.by', {
        act: last.act,
        actor: last.actor,
        when: wording.moment(last.at, config.defaultTimezone),
      })
    : say('admin.decide.nothing-held');
  const title = say(last ? 'admin.decide.decided.title' : 'admin.run.title', { id: runId });
  return tellAdmin(title, [who, say('admin.decide.decided')], how);
}

/** Whether a decision in the audit log was about one of these transitions, by itself, with its facet, or with all. */
function isAbout({ facet, transitions }: Record<string, unknown>, kinds: readonly string[] | null): boolean {
  if (kinds === null) return true;
  if (Array.isArray(transitions)) return kinds.some((kind) => transitions.includes(kind));
  return facet === null || kinds.some((kind) => readTransition(kind)?.facet === facet);
}
