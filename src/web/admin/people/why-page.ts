import { explainChanges } from '../../../core/why/explain.ts';
import type { WhyFacts } from '../../../core/why/facts.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import { findChangedTrial, listFoldedEdits } from '../../../db/admin/why-changes.ts';
import { findTrialPage } from '../../../db/catalog/trial-pages.ts';
import { readWhyFacts } from '../../../use-cases/admin/why-facts.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { findTrialNamed } from '../../shared/lookups.ts';
import { adminPage } from '../guard.ts';
import { findPersonOf, namePerson } from './person.ts';
import { viewRecent } from './why-recent.ts';
import { viewChange, viewFollows } from './why-view.ts';

const changesShown = 20;
const editsShown = { versionsAtMost: 5, editsAtMost: 30 };

/**
 * Why a person was or was not notified: lately, of any trial; or of one trial, with the subscriptions that match it and
 * the outcome of each change; or every step of one change. Does not show the person's address.
 */
export const showWhy = adminPage(async (request, deps) => {
  const person = await findPersonOf(request, deps);
  if (!person) return { notFound: true };
  const asked = field(request.query, 'trial');
  const changeId = parseId(field(request.query, 'change'));
  if (asked === '' && changeId === null)
    return page(request, person.id, { asked, recent: await viewRecent(request, deps, person.id) });
  const named = await findTrialNamed(deps, asked);
  const stored =
    changeId === null
      ? named && (await findTrialPage(deps.db, named.registry, named.id))
      : await findChangedTrial(deps.db, changeId);
  if (changeId !== null && !stored) return { notFound: true };
  if (!stored) return page(request, person.id, { asked, error: named ? 'no-trial' : 'no-number' });
  const { trialId } = stored;
  const question = { subscriberId: person.id, trialId, changeId, changesAtMost: changesShown };
  const facts = await readWhyFacts(deps, question, request.now);
  if (!facts) return { notFound: true };
  return explain(request, deps, { personId: person.id, id: stored.id, changeId }, facts);
});

async function explain(
  request: PageRequest,
  { db }: WebDeps,
  asked: { personId: number; id: string; changeId: number | null },
  facts: WhyFacts,
): Promise<PageResponse> {
  const { wording } = request;
  const { personId, id, changeId } = asked;
  const { timezone } = facts.person;
  const explained = explainChanges(facts);
  const here = `/admin/subscribers/${personId}/why?trial=${encodeURIComponent(id)}`;
  const shown = facts.changes.filter((change) => changeId === null || change.id === changeId);
  const edits = changeId === null ? await listFoldedEdits(db, facts.trialId, editsShown) : [];
  return page(request, personId, {
    asked: id,
    found: {
      about: wording.say('admin.why.about', { id, title: quoteRegistry(wording, facts.trial?.title ?? '') }),
      here,
      isOne: changeId !== null,
      follows: viewFollows(wording, facts),
      changes: shown.map((change) => ({
        ...viewChange(wording, facts, change, explained.get(change.id)),
        path: `${here}&change=${change.id}`,
      })),
      isCut: changeId === null && facts.changes.length === changesShown,
      changesShown,
      edits: edits.map(({ version, field: name, fate, reason, readAt }) => ({
        version: wording.say('admin.why.edits.version', { version, when: wording.moment(readAt, timezone) }),
        text: wording.say(fate === 'folded' ? 'admin.why.edits.folded' : 'admin.why.edits.silent', {
          field: name,
          reason,
        }),
      })),
    },
  });
}

function page(
  request: PageRequest,
  personId: number,
  view: { asked: string; error?: 'no-trial' | 'no-number'; found?: object; recent?: object },
): PageResponse {
  return {
    page: 'admin-why',
    title: request.wording.say('admin.why.title'),
    status: view.error ? 404 : 200,
    view: {
      error: null,
      found: null,
      recent: null,
      ...view,
      personId,
      personName: namePerson(request, personId),
    },
  };
}
