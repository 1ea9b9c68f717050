import type { EstimatedChange } from '../../core/digests/estimate.ts';
import { addMs, dayMs } from '../../core/instants.ts';
import { passesFilters } from '../../core/subscriptions/filters.ts';
import { undoDays } from '../../core/subscriptions/lifetimes.ts';
import { groupOwn, type OwnEntry, type OwnOrder, searchOwn } from '../../core/subscriptions/own-list.ts';
import type { Instant } from '../../core/trial.ts';
import { nameList } from '../../core/wording/digest/reasons.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import { type Mark, markOf } from '../../core/wording/shape/marks.ts';
import type { ChangeShape } from '../../core/wording/shape/shape.ts';
import { quoteRegistry, statusName } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { Settings } from '../../db/admin/subscriber-settings.ts';
import { listReleasedForEstimate, loadFilterable } from '../../db/catalog/estimates.ts';
import { findLeftOut } from '../../db/catalog/left-out.ts';
import type { FollowedList } from '../../db/lists/list-follows.ts';
import type { Followed } from '../../db/subscribers/followed.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { describeFilters, describeSubscription } from '../shared/describe-subscription.ts';
import { holdsLine } from '../shared/list-words.ts';

/** The days of which changes count as new. */
export const newDays = 7;
const changesAtMost = 8_000;

/** A subscription in a row, as its owner sees it. */
export type OwnRow = OwnEntry & {
  href: string;
  /** The newest change of a trial, if it is new. */
  shape: ChangeShape | null;
  statusText: string | null;
  mark: Mark | null;
  facts: string[];
  note: string | null;
};

/** A group of rows with its heading. */
export type OwnGroup = { name: string; isOwn: boolean; isOpen: boolean; ids: string; rows: OwnRow[] };

/** Puts a person's active and paused subscriptions into rows. */
export async function rowsOf(
  { db, keys }: Pick<WebDeps, 'db' | 'keys'>,
  wording: Wording,
  followed: readonly Followed[],
  { timezone }: Pick<Settings, 'timezone'>,
  now: Instant,
): Promise<OwnRow[]> {
  const topics = followed.flatMap((one) => one.topics);
  const changes = await listReleasedForEstimate(db, topics, addMs(now, -newDays * dayMs), changesAtMost);
  const byTopic = new Map<string, EstimatedChange[]>();
  for (const change of changes)
    for (const topic of change.topics) byTopic.set(topic, [...(byTopic.get(topic) ?? []), change]);
  const isFiltered = followed.some(({ filters }) => Object.keys(filters).length > 0);
  const trialIds = isFiltered ? [...new Set(changes.map(({ trialId }) => trialId))] : [];
  const trials = await loadFilterable(db, trialIds);
  const leftOut = await findLeftOut(
    db,
    followed,
    changes.map(({ trialId }) => trialId),
  );
  return followed.map((one): OwnRow => {
    const { id, kind, state, status, title, registryId, words, pausedUntil, filters } = one;
    const news = one.topics
      .flatMap((topic) => byTopic.get(topic) ?? [])
      .filter(({ change, trialId }) => {
        const trial = trials.get(trialId);
        if (leftOut.get(one.id)?.has(trialId)) return false;
        return one.facets.includes(change.facet) && (!trial || passesFilters(trial, filters).passes);
      });
    const newest = news.toSorted((a, b) => a.position - b.position).at(-1);
    const changed = new Set(news.map(({ trialId }) => trialId)).size;
    const number = registryId ?? words;
    const note = one.note ? keys.decrypt(one.note) : null;
    const listName = one.listName ? keys.decrypt(one.listName) : '';
    const name =
      kind === 'trial'
        ? (title && quoteRegistry(wording, title)) || number
        : describeSubscription(wording, one);
    const facts = [
      kind === 'trial' ? number : describeFilters(wording, filters),
      wording.say(`follow.option.${one.frequency}`),
      state === 'paused'
        ? wording.say('manage.fact.paused', {
            date: pausedUntil ? wording.dayOf(pausedUntil, timezone) : 'none',
          })
        : [],
      kind === 'condition' ? wording.say('manage.row.changed', { count: changed, days: newDays }) : [],
    ].flat();
    return {
      id,
      kind,
      name,
      status,
      isPaused: state === 'paused',
      listName,
      changedAt: newest?.releasedAt ?? '',
      searched: [name, words, number, one.conceptTerm, note, listName].join(' '),
      href: `/manage/subscriptions/${id}`,
      shape: kind === 'trial' && newest ? shapeOf(wording, newest.change, { status }) : null,
      statusText: kind === 'trial' && status ? statusName(wording, status) : null,
      mark: markOf(status),
      facts,
      note,
    };
  });
}

/** A followed list in a row: all that it brought is one choice. */
export type FollowedListRow = { href: string; name: string; ids: string; facts: string[] };

/** Puts the lists that a person follows into rows. */
export function listRowsOf(
  wording: Wording,
  lists: readonly FollowedList[],
  followed: readonly Followed[],
): FollowedListRow[] {
  return lists.map((list) => {
    const brought = followed.filter(({ listFollowId }) => listFollowId === list.id);
    const isPaused = brought.length > 0 && brought.every(({ state }) => state === 'paused');
    const trials = brought.filter(({ kind }) => kind === 'trial').length;
    return {
      href: `/manage/followed/${list.id}`,
      name: nameList(wording, list),
      ids: brought.map(({ id }) => id).join(' '),
      facts: [
        holdsLine(wording, { trials, conditions: brought.length - trials }),
        ...(isPaused ? [wording.say('manage.fact.paused', { date: 'none' })] : []),
      ],
    };
  });
}

/** The rows that a search finds, in groups. What is new and what was searched for is open. */
export function groupRows(
  wording: Wording,
  rows: readonly OwnRow[],
  { typed, order }: { typed: string; order: OwnOrder },
): OwnGroup[] {
  const groups = groupOwn(searchOwn(rows, typed), order, wording.language);
  return groups.map(({ key, entries }) => {
    const own = key.startsWith('list:') ? key.slice('list:'.length) : null;
    const count = entries.length;
    return {
      name: own ?? wording.say(`manage.group.${key}`, { days: newDays }),
      isOwn: own !== null,
      isOpen:
        key === 'changed' || typed !== '' || groups.length === 1 || (key === 'conditions' && count <= 5),
      ids: entries.map(({ id }) => id).join(' '),
      rows: entries,
    };
  });
}

/** When what a person stopped can no longer be taken up again. */
export function undoUntil(wording: Wording, endedAt: Instant, timezone: string): string {
  return wording.dayOf(addMs(endedAt, undoDays * dayMs), timezone);
}
