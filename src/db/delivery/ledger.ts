import type { Db } from '../connect.ts';
import { batchCalls } from './batch-calls.ts';
import { type ClaimAnswer, type ClaimHow, claimDeliveries } from './claims.ts';
import { type Acceptance, type Body, beginBodies, markAllSent } from './hand-over.ts';

/** The ledger's statements as one process writes them: simultaneous conversations share statements. */
export type Ledger = {
  claim(id: number, how: ClaimHow): Promise<ClaimAnswer>;
  beginBody(body: Body): Promise<boolean>;
  markSent(acceptance: Acceptance): Promise<boolean>;
};

const most = 64;
/**
 * The pause between two claims. Bodies have none, because the mail server waits for them; nor have acceptances: after a
 * crash, mails that were accepted in it would be in doubt.
 */
const pauseMs = 25;
const ledgers = new WeakMap<Db, Ledger>();

/** The ledger of a database's pool. */
export function ledgerOf(db: Db): Ledger {
  const known = ledgers.get(db);
  if (known) return known;
  const ledger: Ledger = { ...gatherClaims(db), ...gatherReplies(db) };
  ledgers.set(db, ledger);
  return ledger;
}

function gatherClaims(db: Db): Pick<Ledger, 'claim'> {
  const lines = new Map<string, (asked: { id: number; how: ClaimHow }) => Promise<ClaimAnswer>>();
  return {
    claim(id, how) {
      const key = JSON.stringify({ ...how, now: null });
      let line = lines.get(key);
      if (!line) {
        line = batchCalls(
          async (asked: { id: number; how: ClaimHow }[]) => {
            const now =
              asked
                .map((one) => one.how.now)
                .sort()
                .at(-1) ?? how.now;
            const ids = asked.map((one) => one.id);
            const answers = await claimDeliveries(db, [...new Set(ids)], { ...how, now });
            return inPlaces(ids, answers);
          },
          most,
          pauseMs,
        );
        lines.set(key, line);
      }
      return line({ id, how });
    },
  };
}

/** Puts each answer at the first position of its id: an id that was requested twice was claimed once. */
function inPlaces(ids: number[], answers: ClaimAnswer[]): ClaimAnswer[] {
  const left = new Map([...new Set(ids)].map((id, n) => [id, answers[n]]));
  return ids.map((id) => {
    const answer = left.get(id);
    if (!answer) throw new Error('a claim without an answer');
    left.set(id, { ...answer, claim: null });
    return answer;
  });
}

function gatherReplies(db: Db): Pick<Ledger, 'beginBody' | 'markSent'> {
  return {
    beginBody: batchCalls((bodies) => beginBodies(db, bodies), most),
    markSent: batchCalls((sent) => markAllSent(db, sent), most),
  };
}
