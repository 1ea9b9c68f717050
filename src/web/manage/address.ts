import { renewFeed } from '../../db/admin/subscriber-settings.ts';
import { setAddress } from '../../db/subscribers/addresses.ts';
import { consumeSealed, dropTokens, findToken } from '../../db/subscribers/sessions.ts';
import { hashToken } from '../../keys.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { sessionPurpose } from './manage-session.ts';
import { explainLink } from './manage-trouble.ts';

/** The purposes of the two links of an address change, by the address that gets them. */
const sides = { new: 'address', old: 'keep-address' } as const;
type Side = keyof typeof sides;

/** The tokens to revoke afterwards: those mailed to the abandoned address, and those requested in the meantime. */
const ended = {
  new: ['address', 'confirm', 'manage', 'undo'],
  old: ['address', 'browser', 'confirm', 'manage', 'undo', sessionPurpose],
} as const;

/** A page with one button and no details (E4). */
export const showNewAddress = (request: PageRequest, deps: WebDeps) => showButton(request, deps, 'new');
/** A page with one button and no details (E4). */
export const showKeepAddress = (request: PageRequest, deps: WebDeps) => showButton(request, deps, 'old');

async function showButton(request: PageRequest, { db }: WebDeps, side: Side): Promise<PageResponse> {
  const hash = hashToken(request.params.token ?? '');
  if ((await findToken(db, { hash, purpose: sides[side], now: request.now })) === null)
    return explainLink(request, 'used-change');
  return {
    page: 'manage-address',
    title: request.wording.say(`address.${side}.title`),
    view: { side, action: request.path },
  };
}

/** Switches to the new address. All links mailed to the old one stop working, except the one in the notice. */
export async function confirmNewAddress(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  return change(request, deps, 'new');
}

/** Keeps or restores the old address, and ends every session. */
export async function keepAddress(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  return change(request, deps, 'old');
}

async function change(request: PageRequest, { db, keys }: WebDeps, side: Side): Promise<PageResponse> {
  const { now, wording } = request;
  const hash = hashToken(request.params.token ?? '');
  const outcome = await db.transaction().execute(async (tx) => {
    const used = await consumeSealed(tx, keys, { hash, purpose: sides[side], now });
    if (!used) return 'used';
    const { subscriberId, createdAt, text: email } = used;
    await dropTokens(tx, subscriberId, ended[side]);
    // If the address was changed again, the thief's address got such a notice too; its link must stop working.
    if (side === 'old') {
      await dropTokens(tx, subscriberId, [sides.old], createdAt);
      await renewFeed(tx, subscriberId);
    }
    return (await setAddress(tx, keys, subscriberId, email)) ? 'done' : 'taken';
  });
  if (outcome === 'used') return explainLink(request, 'used-change');
  return {
    page: 'manage-address-done',
    title: wording.say(`address.${side}.${outcome}`),
    view: { side, outcome },
    status: outcome === 'done' ? 200 : 409,
  };
}
