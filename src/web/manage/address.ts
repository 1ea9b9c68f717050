import { renewFeed } from '../../db/admin/subscriber-settings.ts';
import { setAddress } from '../../db/subscribers/addresses.ts';
import { consumeSealed, dropTokens, findToken } from '../../db/subscribers/sessions.ts';
import { hashToken } from '../../keys.ts';
import type { Answer, Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { sessionPurpose } from './manage-session.ts';
import { explainLink } from './manage-trouble.ts';

/** What the two links of a change of address do. */
const sides = { new: 'address', old: 'keep-address' } as const;
type Side = keyof typeof sides;

/** What acts no more afterwards: what was mailed to an address that is given up, or that was asked for besides. */
const ended = {
  new: ['address', 'confirm', 'manage', 'undo'],
  old: ['address', 'browser', 'confirm', 'manage', 'undo', sessionPurpose],
} as const;

/** A page with one button that names nothing (E4). */
export const showNewAddress = (visit: Visit, parts: WebParts) => showButton(visit, parts, 'new');
/** A page with one button that names nothing (E4). */
export const showKeepAddress = (visit: Visit, parts: WebParts) => showButton(visit, parts, 'old');

async function showButton(visit: Visit, { db }: WebParts, side: Side): Promise<Answer> {
  const hash = hashToken(visit.params.token ?? '');
  if ((await findToken(db, { hash, purpose: sides[side], now: visit.now })) === null)
    return explainLink(visit, 'used-change');
  return {
    page: 'manage-address',
    title: visit.wording.say(`address.${side}.title`),
    view: { side, action: visit.path },
  };
}

/** The new address takes over: every link that was mailed to the old one acts no more, but for the notice's. */
export async function confirmNewAddress(visit: Visit, parts: WebParts): Promise<Answer> {
  return change(visit, parts, 'new');
}

/** The old address stays, or comes back; whoever is signed in is signed out. */
export async function keepAddress(visit: Visit, parts: WebParts): Promise<Answer> {
  return change(visit, parts, 'old');
}

async function change(visit: Visit, { db, keys }: WebParts, side: Side): Promise<Answer> {
  const { now, wording } = visit;
  const hash = hashToken(visit.params.token ?? '');
  const outcome = await db.transaction().execute(async (tx) => {
    const used = await consumeSealed(tx, keys, { hash, purpose: sides[side], now });
    if (!used) return 'used';
    const { subscriberId, createdAt, text: email } = used;
    await dropTokens(tx, subscriberId, ended[side]);
    // A thief's own address got such notices too, when it was changed once more: it cannot come back by them.
    if (side === 'old') {
      await dropTokens(tx, subscriberId, [sides.old], createdAt);
      await renewFeed(tx, subscriberId);
    }
    return (await setAddress(tx, keys, subscriberId, email)) ? 'done' : 'taken';
  });
  if (outcome === 'used') return explainLink(visit, 'used-change');
  return {
    page: 'manage-address-done',
    title: wording.say(`address.${side}.${outcome}`),
    view: { side, outcome },
    status: outcome === 'done' ? 200 : 409,
  };
}
