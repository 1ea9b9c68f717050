import { explainChanges } from '../../../core/why/explain.ts';
import { shapeOf } from '../../../core/wording/shape/change-shape.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import { type ConcernedTrial, listConcerned } from '../../../db/admin/why-person.ts';
import { readWhyFacts } from '../../../use-cases/admin/why-facts.ts';
import { field, type PageRequest } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { viewChange } from './why-view.ts';

const trialsAtOnce = 10;
const changesEach = 5;

/** What a person was and was not told lately, trial by trial, without a question about one; a page at a time (P9). */
export async function viewRecent(request: PageRequest, deps: WebDeps, personId: number) {
  const before = parseId(field(request.query, 'before'));
  const found = await listConcerned(deps.db, personId, { before, limit: trialsAtOnce + 1 });
  const shown = found.slice(0, trialsAtOnce);
  const trials = [];
  // One after the other: each reads under a transaction of its own.
  for (const one of shown) trials.push(await viewTrial(request, deps, personId, one));
  const path = `/admin/subscribers/${personId}/why`;
  return {
    trials: trials.filter((one) => one !== null),
    newestPath: before === null ? null : path,
    olderPath: found.length > trialsAtOnce ? `${path}?before=${shown.at(-1)?.newest}` : null,
  };
}

async function viewTrial(
  { wording, now }: PageRequest,
  deps: WebDeps,
  personId: number,
  { trialId, id, title }: ConcernedTrial,
) {
  const question = { subscriberId: personId, trialId, changeId: null, changesAtMost: changesEach };
  const facts = await readWhyFacts(deps, question, now);
  if (!facts) return null;
  const explained = explainChanges(facts);
  const path = `/admin/subscribers/${personId}/why?trial=${encodeURIComponent(id)}`;
  return {
    id,
    path,
    title: quoteRegistry(wording, title) || wording.say('card.no-title'),
    changes: facts.changes.map((change) => ({
      ...viewChange(wording, facts, change, explained.get(change.id)),
      shape: shapeOf(wording, change.change, { status: facts.trial?.status ?? null }),
      when: wording.dayOf(change.releasedAt ?? change.detectedAt, facts.person.timezone),
      path: `${path}&change=${change.id}`,
    })),
  };
}
