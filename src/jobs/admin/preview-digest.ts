import type { DataTime } from '../../core/age.ts';
import type { Digest } from '../../core/digests/digest.ts';
import type { DigestPreview, PreviewedMail } from '../../core/digests/digest-preview.ts';
import type { Instant } from '../../core/trial.ts';
import { rollbackAlways } from '../../db/admin/rollback-always.ts';
import { TrialCache } from '../../db/catalog/versions.ts';
import type { Tx } from '../../db/connect.ts';
import {
  listWaitingDigests,
  type PreviewReader,
  readPreviewReader,
} from '../../db/digests/preview-inputs.ts';
import { type ListReasons, listsById } from '../../db/lists/list-reasons.ts';
import { TrialbellError } from '../../errors.ts';
import { createWording } from '../../mail/catalogue.ts';
import { recompose } from '../../use-cases/digests/recompose.ts';
import { endPauses } from '../../use-cases/subscriptions/change-state.ts';
import type { Context } from '../context.ts';
import { type DigestTokens, digestLinks, renderDigest } from '../delivery/render-message.ts';
import { readDataTime } from '../digests/compose-due.ts';
import { planFor } from '../digests/plan.ts';

/**
 * The maximum number of due times to try until something is found: a week has seven, and quiet hours add
 * some.
 */
const looksAtMost = 20;

/**
 * Previews a person's next digest with the real planning and rendering, in a transaction that is rolled back:
 * writes nothing, sends nothing. A digest that already waits comes first. Null if the person does not exist.
 */
export async function previewDigest(context: Context, subscriberId: number): Promise<DigestPreview | null> {
  const now = context.now();
  const time = await readDataTime(context, now);
  return rollbackAlways(context.db, async (tx) => {
    const reader = await readPreviewReader(tx, subscriberId);
    if (!reader) return null;
    for (const digest of await listWaitingDigests(tx, reader.id)) {
      const { digestId, dueAt, plannedAt, isAsPlanned, lists } = digest;
      const content = isAsPlanned ? digest.content : await recompose(tx, digest);
      if (content === null) continue;
      const mail = renderPreview(context, reader, { digestId, content, lists });
      return { kind: 'promised', digestId, dueAt, plannedAt, mail };
    }
    return findNext(context, tx, reader, { ...time, now });
  });
}

/** Plans for this person alone, at one due time after another. */
async function findNext(
  context: Context,
  tx: Tx,
  reader: PreviewReader,
  time: DataTime & { now: Instant },
): Promise<DigestPreview> {
  const { now } = time;
  const first = laterOf(reader.dueAt, now);
  let person: PreviewReader | null = reader;
  for (let looks = 0; person !== null && looks < looksAtMost; looks += 1) {
    const { dueAt, pauseEndsAt }: PreviewReader = person;
    if (pauseEndsAt !== null && (dueAt === null || pauseEndsAt <= dueAt)) {
      await endPauses(tx, reader.id, laterOf(pauseEndsAt, now) ?? now);
      person = await readPreviewReader(tx, reader.id);
      continue;
    }
    if (dueAt === null) break;
    const at = laterOf(dueAt, now) ?? now;
    const shared = { trials: new TrialCache(), nextTimes: new Map(), groups: null };
    const { deliveryIds, failed } = await planFor(tx, [{ ...person, dueAt }], shared, {
      ...time,
      now: at,
    });
    for (const reason of failed.values())
      throw new TrialbellError(`Their digest cannot be composed: ${reason}`);
    const [made] = await listWaitingDigests(tx, reader.id, deliveryIds);
    if (made) return { kind: 'next', at, mail: renderPreview(context, reader, made) };
    person = await readPreviewReader(tx, reader.id);
    // If no subscription is behind, all released changes have been considered, and a later time finds no
    // more.
    if (person?.behind === 0 && person.pauseEndsAt === null) break;
    if (person?.dueAt && person.dueAt <= at) break;
  }
  if (reader.active === 0) return { kind: 'nothing', because: 'nobody', at: null };
  return { kind: 'nothing', because: reader.watching === 0 ? 'unwatched' : 'nothing-owed', at: first };
}

function laterOf(dueAt: Instant | null, now: Instant): Instant | null {
  return dueAt !== null && dueAt < now ? now : dueAt;
}

/**
 * A digest's mail with its links redacted, each with its length preserved. A link would act for its
 * reader, and a note is private.
 */
export function renderPreview(
  context: Context,
  reader: Pick<PreviewReader, 'id' | 'linkGeneration' | 'language' | 'subject' | 'noted'>,
  { digestId, content, lists }: { digestId: number; content: Digest; lists: ListReasons | null },
): PreviewedMail {
  const { id, linkGeneration, language, subject, noted } = reader;
  const links = digestLinks(context, { digestId, subscriberId: id, linkGeneration });
  const note = createWording('en').say('admin.preview.note');
  return renderDigest(context, { language, subject }, content, {
    tokens: blotOut(links),
    notes: new Map(noted.map((subscriptionId) => [subscriptionId, note])),
    lists: listsById(lists),
  });
}

/** Tokens of the same length that open nothing. */
function blotOut(tokens: DigestTokens): DigestTokens {
  const blot = (token: string) => token.replace(/[^.]/g, 'x');
  return {
    digest: blot(tokens.digest),
    unsubscribe: blot(tokens.unsubscribe),
    manage: blot(tokens.manage),
    followed: blot(tokens.followed),
  };
}
