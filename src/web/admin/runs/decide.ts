import { type Facet, facets } from '../../../core/change.ts';
import { discardHeld, listHeld, releaseHeld } from '../../../db/ingest/holds.ts';
import { listDecisions, sampleHeld } from '../../../db/ingest/run-facets.ts';
import { TrialbellError } from '../../../errors.ts';
import { type Answer, field, type Visit } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebParts } from '../../http/web-deps.ts';
import { adminAct, adminPage, readReason, refuseViewer, tellAdmin } from '../guard.ts';
import { facetName, viewHeld } from './run-view.ts';

type Decision = 'release' | 'discard';
const decide = { release: releaseHeld, discard: discardHeld } as const;
const heldShown = 5;

/** Asks once more before held changes are released. */
export const showRelease = confirmationOf('release');
/** Asks once more before held changes are discarded. */
export const showDiscard = confirmationOf('discard');
/** Releases what a run holds of one facet: whoever follows those trials is told. */
export const release = decisionOf('release');
/** Takes what a run holds of one facet for the registry's mistake: nobody is told. */
export const discard = decisionOf('discard');

function confirmationOf(decision: Decision) {
  return adminPage((visit, parts, admin) => {
    if (admin.role !== 'admin') return refuseViewer(visit);
    const asked = readAsked(visit, field(visit.query, 'facet'));
    return asked ? ask(visit, parts, decision, asked) : { notFound: true };
  });
}

function decisionOf(decision: Decision) {
  return adminAct(decision, async (visit, parts, _admin, log) => {
    const { form, wording, now } = visit;
    const asked = readAsked(visit, field(form, 'facet'));
    if (!asked) return { notFound: true };
    const { runId, facet } = asked;
    const held = await findHeld(parts, asked);
    if (!held) return tellDecided(visit, parts, asked);
    const reason = readReason(visit);
    if (reason === null) return ask(visit, parts, decision, asked, 'reason');
    // More came to wait since the page was shown: what is decided about is looked at first.
    if (field(form, 'changes') !== String(held.changes)) return ask(visit, parts, decision, asked, 'moved');
    try {
      await decide[decision](parts.db, runId, facet, now, (tx, changes) =>
        log(tx, { subject: `run ${runId}`, reason, details: { facet, changes } }),
      );
    } catch (error) {
      if (!(error instanceof TrialbellError)) throw error;
      if (!(await findHeld(parts, asked))) return tellDecided(visit, parts, asked);
      return tellAdmin(wording.say('admin.decide.later.title'), [wording.say('admin.decide.later')], {
        status: 409,
        next: { href: '/admin/runs', text: wording.say('admin.runs.title') },
      });
    }
    return { seeOther: `/admin/runs/${runId}` };
  });
}

type Asked = { runId: number; facet: Facet };

function readAsked({ params }: Visit, facetText: string): Asked | null {
  const runId = parseId(params.id ?? '');
  const facet = facets.find((one) => one === facetText);
  return runId === null || facet === undefined ? null : { runId, facet };
}

async function findHeld({ db }: WebParts, { runId, facet }: Asked) {
  return (await listHeld(db)).find((one) => one.runId === runId && one.facet === facet) ?? null;
}

/** The page before a decision: what it is about, what it does, and the reason that is written down. */
async function ask(
  visit: Visit,
  parts: WebParts,
  decision: Decision,
  asked: Asked,
  error: 'reason' | 'moved' | null = null,
): Promise<Answer> {
  const { wording, form } = visit;
  const { runId, facet } = asked;
  const held = await findHeld(parts, asked);
  if (!held) return tellDecided(visit, parts, asked);
  const sample = await sampleHeld(parts.db, runId, facet, heldShown);
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

/** For the second of two who decide: who did before, when, and what. */
async function tellDecided(
  { wording }: Visit,
  { db, config }: WebParts,
  { runId, facet }: Asked,
): Promise<Answer> {
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
