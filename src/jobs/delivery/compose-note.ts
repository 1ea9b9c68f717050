import { cardOf } from '../../core/digests/card.ts';
import { isNoteKind } from '../../core/digests/mail-kinds.ts';
import type { ListNews, NoNewsFacts, Note, NoteItem } from '../../core/digests/notes.ts';
import { addMs } from '../../core/instants.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import { withholdFacets } from '../../core/withhold.ts';
import { loadNewestTrials } from '../../db/catalog/versions.ts';
import type { Tx } from '../../db/connect.ts';
import type { Claim } from '../../db/delivery/claims.ts';
import {
  countAbout,
  countSince,
  listNoteSubscriptions,
  type NoteSubscription,
  readNoteReader,
  readReadings,
} from '../../db/digests/note-facts.ts';
import { isHeldSince, loadBeforeHeld } from '../../db/ingest/holds.ts';
import { type ListEdits, readListNews } from '../../db/lists/list-edits.ts';
import { isOwedChanges } from '../../db/subscribers/note-schedule.ts';
import { checkingAfterMs } from '../../use-cases/digests/data-time.ts';
import type { Context } from '../context.ts';
import { readDataTime } from '../digests/compose-due.ts';
import type { NoteParams } from '../digests/plan-notes.ts';

/**
 * Composes a note from the present state, without subscriptions that its reader has stopped or paused since.
 * Null if nothing is left, or if a change waits for the next digest and the note would deny it.
 */
export async function composeNote(context: Context, claim: Claim): Promise<Note | null> {
  const { kind, subscriberId } = claim;
  if (subscriberId === null || !claim.isWanted) return null;
  if (!isNoteKind(kind)) return null;
  const now = context.now();
  const params = JSON.parse(claim.params ? context.keys.decrypt(claim.params) : '{}') as NoteParams;
  const data = await readDataTime(context, now);
  return context.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const reader = await readNoteReader(tx, subscriberId);
      const about = kind === 'list' ? await readLists(tx, subscriberId, params.listEdits ?? []) : null;
      const ids = about?.ids ?? params.subscriptionIds ?? null;
      const followed = await listNoteSubscriptions(tx, subscriberId, ids);
      if (!reader || (about ? about.lists.length : followed.length) === 0) return null;
      if (kind === 'no-news' && (await isOwedChanges(tx, subscriberId))) return null;
      const { since = now } = params;
      return {
        kind,
        items: await describe(tx, followed, about?.reasons),
        noNews:
          kind === 'no-news' ? await readNoNews(tx, followed, { registry: data.registry, since, now }) : null,
        ...(about ? { lists: about.lists } : {}),
        ...data,
        composedAt: now,
        timezone: reader.timezone,
        nextDueAt: reader.nextDueAt,
        wantsNoNewsNotes: reader.noNewsNotes,
        checking: await isHeldSince(tx, addMs(now, -checkingAfterMs)),
      };
    });
}

/** What a note about lists tells, and the subscriptions that it shows with the owners' reasons. */
async function readLists(
  tx: Tx,
  subscriberId: number,
  edits: readonly ListEdits[],
): Promise<{ lists: ListNews[]; ids: number[]; reasons: Map<number, string> }> {
  const facts = (await readListNews(tx, subscriberId, edits)).filter(
    ({ isEnded, added, removed }) => isEnded || added.length + removed.length > 0,
  );
  const reasons = new Map(
    facts.flatMap(({ isEnded, added }) =>
      added.flatMap(({ subscriptionId, reason }): [number, string][] =>
        subscriptionId === null || isEnded ? [] : [[subscriptionId, reason]],
      ),
    ),
  );
  const lists = facts.map(({ added, ...one }) => ({ ...one, added: added.length }));
  return { lists, ids: [...reasons.keys()], reasons };
}

async function describe(
  tx: Tx,
  followed: NoteSubscription[],
  reasons: ReadonlyMap<number, string> = new Map(),
): Promise<NoteItem[]> {
  const trials = await loadTold(
    tx,
    followed.flatMap(({ trialId }) => trialId ?? []),
  );
  const items: NoteItem[] = [];
  for (const one of followed) {
    const { words, frequency, weekday, isWatched, isNarrowed, isGone } = one;
    const reason = reasons.get(one.id) ?? '';
    const shared = { subscriptionId: one.id, words, frequency, weekday, isWatched, reason };
    if (one.kind === 'condition') {
      items.push({ ...shared, kind: 'condition', isNarrowed, ...(await countAbout(tx, one.topics)) });
      continue;
    }
    const trial = trials.get(one.trialId ?? -1);
    const card = trial ? cardOf(trial) : null;
    items.push({ ...shared, kind: 'trial', id: card?.id ?? one.registryId ?? words, card, isGone });
  }
  return items;
}

/** Loads trials with held changes hidden: mails never contain a held value. */
async function loadTold(tx: Tx, ids: number[]): Promise<Map<number, Trial>> {
  const trials = await loadNewestTrials(tx, ids);
  for (const [trialId, held] of Map.groupBy(await loadBeforeHeld(tx, ids), (one) => one.trialId)) {
    const newest = trials.get(trialId);
    if (newest) trials.set(trialId, withholdFacets(newest, held));
  }
  return trials;
}

async function readNoNews(
  tx: Tx,
  followed: NoteSubscription[],
  { registry, since, now }: { registry: string; since: Instant; now: Instant },
): Promise<NoNewsFacts> {
  const topics = [...new Set(followed.flatMap((one) => one.topics))];
  const { all } = await countAbout(tx, topics);
  const { count, missed, lastAt } = await readReadings(tx, registry, since, now);
  return {
    since,
    trials: all,
    readings: count,
    missed,
    lastReadAt: lastAt,
    ...(await countSince(tx, topics, since)),
  };
}
