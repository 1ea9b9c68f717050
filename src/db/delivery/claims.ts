import { sql } from 'kysely';
import type { Digest } from '../../core/digests/digest.ts';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import { anyList, type Db, planOnce, type Tx } from '../connect.ts';
import { isDeliverable, namesActiveOnly, newerDigests } from '../digests/delivery-conditions.ts';
import { type ListReasons, listsBehind } from '../lists/list-reasons.ts';
import { storedContent } from '../stored-content.ts';
import {
  circuitPart,
  claimedPart,
  clockPart,
  isDue,
  pacedPart,
  rankedPart,
  readyPart,
  tokensPart,
} from './claim-parts.ts';

/**
 * A claimed delivery with everything for rendering it. The fence makes any later write of a stale holder
 * ineffective.
 */
export type Claim = {
  id: number;
  kind: MailKind;
  fence: number;
  attempts: number;
  subscriberId: number | null;
  digestId: number | null;
  /** For a report of a list. */
  listReportId: number | null;
  /** Encrypted address and parameters; null if the subscriber is gone. */
  address: Buffer | null;
  params: Buffer | null;
  language: string | null;
  linkGeneration: number | null;
  /** The reader's style of subjects. */
  subject: SubjectStyle;
  /** Private notes that their writer wants to see in mails, by subscription: encrypted, in base64 (P12). */
  notes: Record<string, string> | null;
  /** The followed lists that brought its items, by subscription. */
  lists: ListReasons | null;
  content: Digest | null;
  /** The content that it shares with other digests; null if its content is its own. */
  contentId: number | null;
  /**
   * Whether the mail is still wanted unchanged: for a digest, every item and every subscription that it
   * names; for a confirmation, the subscription it asks about.
   */
  isWanted: boolean;
  /**
   * Digests that were sent while this one waited and that contain newer changes of the same trials and
   * facets.
   */
  newerDigests: number[];
  messageDate: Instant;
  /** When it was last refused for our reputation. */
  blockedAt: Instant | null;
};

/**
 * The claimer, its lease, the circuit (null: none) and the maximum of mails per second to one domain (0: no
 * limit).
 */
export type ClaimHow = {
  holder: string;
  leaseMs: number;
  now: Instant;
  circuit?: string | null;
  ratePerDomain?: number;
  /** This holder probes an open circuit. */
  probing?: boolean;
};

/** The answer to a request for one delivery. */
export type ClaimAnswer = {
  /** Null if the delivery cannot be claimed, or not yet. */
  claim: Claim | null;
  /** How long the delivery waits for its domain's rate, in milliseconds; null if it does not. */
  waitMs: number | null;
  /** The end of its circuit's pause; null if it does not wait for that. */
  pausedUntil: Instant | null;
  /** The circuit is open or has failed since its last success: the next success must be recorded. */
  isCircuitTroubled: boolean;
  circuitRecoveredAt: Instant | null;
};

/**
 * Claims deliveries that are planned, or due for another attempt. Each first takes a token of its destination
 * domain; those without a token are queued and told how long to wait. In any T seconds a domain is granted at
 * most rate × (T + 1), by the database's clock, whatever the number of processes. The answers are in the order
 * of `ids`.
 *
 * It is one statement, so that a claim costs one round trip and is never partial. `claim-parts.ts` has its
 * parts, which feed one another like this:
 *
 * ```text
 *   circuit                      clock
 *      |  (open: nothing)          |
 *      v                           v
 *   ready [1] ---> ranked ---> tokens [2]
 *                    |             |
 *                    +------+------+
 *                           |
 *              +------------+------------+
 *              v (has a token)           v (has none)
 *           claimed                    paced
 *              |                         |
 *              +------> answers <--------+     also reads circuit
 * ```
 *
 * [1] locks deliveries by ascending id and skips locked ones, [2] locks accounts by ascending domain. Every claimer
 * takes them in this order, so none waits for another in a circle. `claimed` and `paced` write only rows of [1]. A probe
 * has locked its circuit before all that, see `claimProbe`.
 */
export async function claimDeliveries(db: Db | Tx, ids: number[], how: ClaimHow): Promise<ClaimAnswer[]> {
  const { now, circuit = null, ratePerDomain = 0, probing = false } = how;
  const { rows } = await sql<AnswerRow>`${planOnce}
    with ${circuitPart(circuit)},
    ${clockPart},
    ${readyPart(ids, now, probing)},
    ${rankedPart},
    ${tokensPart(ratePerDomain)},
    ${claimedPart(how)},
    ${pacedPart(ratePerDomain)}
    select ${claimColumns},
      ceil(extract(epoch from o.paced_until - clock_timestamp()) * 1000)::int as "waitMs",
      case when circuit.paused_until is not null and not ${probing} and (
        select ${isDue(now)} from deliveries d where d.id = asked.id)
        then circuit.paused_until end as "pausedUntil",
      coalesce(circuit.failures, 0) > 0 or circuit.paused_until is not null as "isCircuitTroubled",
      circuit.recovered_at as "circuitRecoveredAt"
    from unnest(${anyList(ids, 'bigint[]')}) with ordinality as asked (id, place)
    left join circuit on true
    left join paced o on o.id = asked.id
    left join claimed d on d.id = asked.id
    left join subscribers p on p.id = d.subscriber_id left join digests g on g.id = d.digest_id
    order by asked.place`.execute(db);
  return rows.map(toAnswer);
}

type AnswerRow = Omit<Claim, 'content'> & { content: StoredContent | null } & Omit<ClaimAnswer, 'claim'>;

/**
 * The columns of a `Claim`, from the claimed delivery `d`, its subscriber `p` and its digest `g`; all null
 * without a claim.
 */
const claimColumns = sql`d.id, d.kind, d.fence, d.attempts, d.subscriber_id as "subscriberId", d.digest_id as "digestId",
      d.list_report_id as "listReportId",
      coalesce(d.address, p.address) as address, d.params, p.language, p.link_generation as "linkGeneration",
      coalesce(p.subject, 'neutral') as subject, (
        select jsonb_object_agg(s.id, translate(encode(s.note, 'base64'), E'\n', '')) from subscriptions s
        where s.subscriber_id = d.subscriber_id and s.note_in_mails and s.note is not null) as notes,
      ${listsBehind(sql`d.digest_id`)} as lists,
      ${storedContent} as content, g.content_id as "contentId", d.message_date as "messageDate", d.blocked_at as "blockedAt",
      ${isDeliverable} and ${namesActiveOnly} as "isWanted", array(${newerDigests}) as "newerDigests"`;

function toAnswer(row: AnswerRow): ClaimAnswer {
  const { waitMs, pausedUntil, isCircuitTroubled, circuitRecoveredAt, content: stored, ...rest } = row;
  const state = { waitMs, isCircuitTroubled, circuitRecoveredAt };
  if (rest.id === null) return { ...state, claim: null, pausedUntil };
  return { ...state, claim: { ...rest, content: stored && openContent(stored) }, pausedUntil: null };
}
