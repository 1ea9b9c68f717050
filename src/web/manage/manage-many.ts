import { type Facet, facets } from '../../core/change.ts';
import { addMs, dayMs } from '../../core/instants.ts';
import { kindOfConcept } from '../../core/matching/concepts-kinds.ts';
import { type Frequency, frequencies } from '../../core/schedule.ts';
import { offeredFacets } from '../../core/subscriptions/follow-defaults.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import { listNameAtMost } from '../../core/subscriptions/own-list.ts';
import { normaliseText } from '../../core/text/text.ts';
import { readSettings } from '../../db/admin/subscriber-settings.ts';
import { type Followed, listFollowed } from '../../db/subscribers/followed.ts';
import {
  type BulkSetting,
  changeOwnMany,
  changeOwnState,
  type OwnAct,
} from '../../use-cases/subscriptions/change-own.ts';
import { type Form, field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { describeSubscription } from '../shared/describe-subscription.ts';
import { followAtMost } from '../shared/limits.ts';
import { readPauseDate } from './manage-dates.ts';
import { reportChanged, reportDone, signedIn } from './manage-session.ts';

/** What can be done with several subscriptions at once. */
export const manyActs = ['stop', 'pause', 'resume', 'often', 'told', 'list', 'undo'] as const;
type ManyAct = (typeof manyActs)[number];

/** The choices of a bulk act, as sent. */
type ManyFields = { until: string; frequency: string; facets: string[]; list: string };

/** An act on the subscriptions that it would change, or the code of what is wrong with its choices. */
type Plan = {
  changes: Followed[];
  error: string | null;
  run: (deps: WebDeps, subscriberId: number, now: string) => Promise<PageResponse>;
};

/**
 * Says what a bulk act will do to the selected subscriptions, with the choices it needs; does it when that was confirmed.
 */
export const changeMany = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const act = manyActs.find((one) => one === field(form, 'act'));
  const person = await readSettings(deps.db, subscriberId);
  if (!act || !person) return reportDone('nothing');
  const ids = selectedIds(form);
  const all = await listFollowed(deps.db, subscriberId, addMs(now, -undoDays * dayMs));
  const selected = all.filter(({ id, state }) => ids.has(id) && (state === 'ended') === (act === 'undo'));
  const fields = fieldsOfMany(form);
  const pause = readPauseDate(fields.until, person.timezone, now);
  const plan = planOf(act, selected, fields, pause, deps);
  if (selected.length === 0) return reportDone('unselected');
  if (plan.changes.length === 0 && !needsChoice(act)) return reportDone('nothing');
  const isSure = field(form, 'sure') !== '';
  if (!isSure || plan.error !== null) return showMany(request, act, selected, fields, plan, isSure);
  return plan.run(deps, subscriberId, now);
});

function showMany(
  { wording, now }: PageRequest,
  act: ManyAct,
  selected: readonly Followed[],
  fields: ManyFields,
  { changes, error }: Plan,
  isSure: boolean,
): PageResponse {
  const shown = needsChoice(act) ? selected : changes;
  const kinds = [...new Set(shown.map(({ kind }) => kind))];
  return {
    page: 'manage-many',
    title: wording.say(`manage.many.${act}`, { count: shown.length }),
    status: isSure && error ? 422 : 200,
    view: {
      act,
      ids: shown.map(({ id }) => id).join(' '),
      names: shown.map((one) => describeSubscription(wording, one)),
      left: selected.length - shown.length,
      umbrellas: shown.filter(isUmbrella).map((one) => describeSubscription(wording, one)),
      fields,
      error: isSure ? error : null,
      frequencies,
      facets: facets.filter((facet) => kinds.some((kind) => offeredFacets[kind].includes(facet))),
      listNameAtMost,
      undoDays,
      today: now.slice(0, 10),
    },
  };
}

const needsChoice = (act: ManyAct) => act === 'often' || act === 'told' || act === 'list';

const isUmbrella = ({ conceptId }: Followed) => conceptId !== null && kindOfConcept(conceptId) === 'umbrella';

/** What an act would change, and how. Each is checked again when it runs, under the person's lock. */
function planOf(
  act: ManyAct,
  selected: Followed[],
  fields: ManyFields,
  pause: ReturnType<typeof readPauseDate>,
  { keys }: WebDeps,
): Plan {
  const state = (own: OwnAct, changes: Followed[], error: string | null = null): Plan => ({
    changes,
    error,
    run: async (deps, subscriberId, now) =>
      reportChanged(own, await changeOwnState(deps, subscriberId, idsOf(changes), own, now)),
  });
  const setting = (one: BulkSetting, changes: Followed[], error: string | null): Plan => ({
    changes,
    error,
    run: async (deps, subscriberId, now) =>
      reportDone((await changeOwnMany(deps, subscriberId, one, now)) > 0 ? 'saved' : 'nothing'),
  });
  switch (act) {
    case 'stop':
    case 'undo':
      return state({ kind: act }, selected);
    case 'resume':
      return state(
        { kind: act },
        selected.filter((one) => one.state === 'paused'),
      );
    case 'pause': {
      const until = 'until' in pause ? pause.until : null;
      return state({ kind: act, until }, selected, 'error' in pause ? pause.error : null);
    }
    case 'often': {
      const frequency = frequencies.find((one) => one === fields.frequency);
      const wanted: Frequency = frequency ?? 'daily';
      const changes = selected.filter(
        (one) => one.frequency !== wanted && (wanted === 'weekly' || !isUmbrella(one)),
      );
      const one: BulkSetting = { kind: act, ids: idsOf(changes), frequency: wanted };
      return setting(one, changes, frequency ? null : 'choice');
    }
    case 'told': {
      const chosen = selected.flatMap((one) => {
        const own = facets.filter((facet) => fields.facets.includes(facet) && isOffered(one, facet));
        return own.length > 0 ? { id: one.id, facets: own } : [];
      });
      return setting({ kind: act, chosen }, selected, chosen.length > 0 ? null : 'facets');
    }
    case 'list': {
      const changes = selected.filter(
        ({ listName }) => (listName ? keys.decrypt(listName) : '') !== fields.list,
      );
      const listName = () => (fields.list === '' ? null : keys.encrypt(fields.list));
      const named = changes.map(({ id }) => ({ id, listName: listName() }));
      return setting({ kind: act, named }, changes, fields.list.length > listNameAtMost ? 'list' : null);
    }
  }
}

const isOffered = ({ kind }: Followed, facet: Facet) => offeredFacets[kind].includes(facet);
const idsOf = (some: readonly Followed[]) => some.map(({ id }) => id);

function fieldsOfMany(form: Form): ManyFields {
  const text = (name: string) => normaliseText(field(form, name).toWellFormed());
  return {
    until: text('until'),
    frequency: text('frequency'),
    facets: [...(form.facets ?? [])],
    list: text('list'),
  };
}

/** The selected subscriptions; the box of a group holds all of its own. */
function selectedIds(form: Form): Set<number> {
  const texts = (form.s ?? []).flatMap((ids) => ids.split(' ')).slice(0, followAtMost * 4);
  return new Set(texts.filter((id) => /^\d{1,15}$/.test(id)).map(Number));
}
