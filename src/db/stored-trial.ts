import { sql } from 'kysely';
import { completeTrial } from '../core/complete-trial.ts';
import { cardOf, type TrialCard } from '../core/digests/card.ts';
import type { Trial } from '../core/trial.ts';
import { packText, unpackText, versionText } from './packing.ts';

/** What a version's row holds of its trial: packed with its base, or as earlier releases stored it. */
export type StoredVersion = {
  trial: Trial | null;
  packed: Buffer | null;
  base: Buffer | null;
};

/** The columns of a `StoredVersion`, from the version `v`. */
export const storedVersion = sql`v.trial, v.packed, (
  select b.packed from trial_versions b where b.trial_id = v.trial_id and b.version = v.base) as base`;

/** A row with its trial opened, and made whole if an earlier release stored it. Throws if what is packed is damaged. */
export function openVersion<T extends StoredVersion>(
  row: T,
): Omit<T, keyof StoredVersion> & { trial: Trial } {
  const { trial, packed, base, ...rest } = row;
  return { ...rest, trial: trialIn({ trial, packed, base }) };
}

/** The trial of a stored version, whole. */
export function trialIn({ trial, packed, base }: StoredVersion): Trial {
  if (packed === null) return completeTrial(trial ?? ({} as Trial));
  const text = versionText({ packed, base });
  return completeTrial(JSON.parse(text.toString('utf8')));
}

/** What rows hold of a trial's card: its columns, the rest packed or, in the form of earlier releases, its version. */
export type StoredCard = Omit<CardColumns, 'id'> & {
  registryId: string;
  card: Buffer | null;
} & StoredVersion;
type CardColumns = Pick<
  TrialCard,
  'registry' | 'id' | 'title' | 'status' | 'verifiedOn' | 'firstPostedOn' | 'lastUpdatePostedOn'
>;

/** The columns of a `StoredCard`, from `trials t` with `versionsWithoutCard`. */
export const storedCard = sql`t.registry, t.registry_id as "registryId", t.title, t.status,
  t.verified_on as "verifiedOn", t.first_posted_on as "firstPostedOn",
  t.last_update_posted_on as "lastUpdatePostedOn", t.card, ${storedVersion}`;
/** The newest versions `v` of trials `t` that have no card. */
export const versionsWithoutCard = sql`left join trial_versions v
  on v.trial_id = t.id and v.version = t.version and t.card is null`;

/** Packs the card of a trial without what its columns say. */
export function packCard(trial: Trial): Buffer {
  const { registry, id, title, status, verifiedOn, firstPostedOn, lastUpdatePostedOn, ...rest } =
    cardOf(trial);
  return packText(Buffer.from(JSON.stringify(rest)));
}

/** The card of a row. */
export function openCard({ card, registryId: id, ...row }: StoredCard): TrialCard {
  if (card === null) return cardOf(trialIn(row));
  const { registry, title, status, verifiedOn, firstPostedOn, lastUpdatePostedOn } = row;
  const rest = JSON.parse(unpackText(card).toString('utf8'));
  return { ...rest, registry, id, title, status, verifiedOn, firstPostedOn, lastUpdatePostedOn };
}
