import { type Facet, facets } from '../../../core/change.ts';
import { listHeldChanges } from '../../../db/ingest/holds.ts';
import { listDecisions, sampleHeldChanges } from '../../../db/ingest/run-facets.ts';
import { TrialbellError } from '../../../errors.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../../use-cases/admin/decide-held.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminAct, adminPage, readReason, refuseViewer, tellAdmin } from '../guard.ts';
import { facetName, viewHeld } from './run-view.ts';

type Decision = 'release' | 'discard';
const decide = { release: releaseHeldChanges, discard: discardHeldChanges } as const;
const heldShown = 5;

/** Asks for confirmation before held changes are released. */
export const showRelease = confirmationOf('release');
/** Asks for confirmation before held changes are discarded. */
export const showDiscard = confirmationOf('discard');
/** Releases the held changes of one facet of a run; the followers of those trials are notified. */
export const release = decisionOf('release');
/** Discards the held changes of one facet of a run as a registry error; nobody is notified. */
export const discard = decisionOf('discard');

function confirmationOf(decision: Decision) {
  return adminPage((request, deps, admin) => {
    if (admin.role !== 'admin') return refuseViewer(request);
    const asked = readAsked(request, field(request.query, 'facet'));
    return asked ? ask(request, deps, decision, asked) : { notFound: true };
  });
}

function decisionOf(decision: Decision) {
  return adminAct(decision, async (request, deps, _admin, log) => {
    const { form, wording, now } = request;
    const asked = readAsked(request, field(form, 'facet'));
    if (!asked) return { notFound: true };
    const { runId, facet } = asked;
    const held = await findHeld(deps, asked);
    if (!held) return tellDecided(request, deps, asked);
    const reason = readReason(request);
    if (reason === null) return ask(request, deps, decision, asked, 'reason');
    // More changes were held since the page was shown: show them before deciding.
    if (field(form, 'changes') !== String(held.changes)) return ask(request, deps, decision, asked, 'moved');
    try {
      await decide[decision](deps, runId, facet, now, (tx, changes) =>
        log(tx, { subject: `run ${runId}`, reason, details: { facet, changes } }),
      );
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      if (!(await findHeld(deps, asked))) return tellDecided(request, deps, asked);
      return tellAdmin(wording.say('admin.decide.later.title'), [wording.say('admin.decide.later')], {
        status: 409,
        next: { href: '/admin/runs', text: wording.say('admin.runs.title') },
      });
    }
    return { seeOther: `/admin/runs/${runId}` };
  });
}

type Asked = { runId: number; facet: Facet };

function readAsked({ params }: PageRequest, facetText: string): Asked | null {
  const runId = parseId(params.id ?? '');
  const facet = facets.find((one) => one === facetText);
  return runId === null || facet === undefined ? null : { runId, facet };
}

async function findHeld({ db }: WebDeps, { runId, facet }: Asked) {
  return (await listHeldChanges(db)).find((one) => one.runId === runId && one.facet === facet) ?? null;
}

/** The page before a decision: what it affects, what it does, and a field for the reason. */
async function ask(
  request: PageRequest,
  deps: WebDeps,
  decision: Decision,
  asked: Asked,
  error: 'reason' | 'moved' | null = null,
): Promise<PageResponse> {
  const { wording, form } = request;
  const { runId, facet } = asked;
  const held = await findHeld(deps, asked);
  if (!held) return tellDecided(request, deps, asked);
  const sample = await sampleHeldChanges(deps.db, runId, facet, heldShown);
  const { changes, trials, because } = held;
  const name = facetName(wording, facet);
  return {
    page: 'admin-decide',
    title: wording.say(`admin.decide.title.${decision}`, { facet: name, id: runId }),
    status: error === 'reason' ? 422 : error ? 409 : 200,
    view: {
      decision,
      error,
      runId,
      facet,
      changes,
      trials,
      because,
      sample: sample.map((one) => viewHeld(wording, one)),
      reason: field(form, 'reason').slice(0, 500),
    },
  };
}

/** The page for a decision that another admin has already made: who, when and what. */
async function tellDecided(
  { wording }: PageRequest,
  { db, config }: WebDeps,
  { runId, facet }: Asked,
): Promise<PageResponse> {
  const { say } = wording;
  const last = (await listDecisions(db, runId)).find(
    ({ act, details }) => act in decide && (details.facet === facet || details.facet === null),
  );
  const who = last
    ? say('admin.decide.by', {
        act: last.act,
        actor: last.actor,
        when: wording.moment(last.at, config.defaultTimezone),
      })
    : say('admin.decide.nothing-held');
  return tellAdmin(say('admin.decide.decided.title'), [who, say('admin.decide.decided')], {
    status: 409,
    next: { href: `/admin/runs/${runId}`, text: say('admin.run.title', { id: runId }) },
  });
}
