import { findToken } from '../../db/subscribers/tokens.ts';
import { hashToken } from '../../keys.ts';
import {
  type AddressSide,
  addressPurposes,
  finishAddressChange,
} from '../../use-cases/account/change-address.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { explainLink } from './manage-trouble.ts';

/** A page with one button and no details (E4). */
export const showNewAddress = (request: PageRequest, deps: WebDeps) => showButton(request, deps, 'new');
/** A page with one button and no details (E4). */
export const showKeepAddress = (request: PageRequest, deps: WebDeps) => showButton(request, deps, 'old');

async function showButton(request: PageRequest, { db }: WebDeps, side: AddressSide): Promise<PageResponse> {
  const hash = hashToken(request.params.token ?? '');
  if ((await findToken(db, { hash, purpose: addressPurposes[side], now: request.now })) === null)
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

async function change(request: PageRequest, deps: WebDeps, side: AddressSide): Promise<PageResponse> {
  const { now, wording } = request;
  const hash = hashToken(request.params.token ?? '');
  const outcome = await finishAddressChange(deps, { hash, side }, now);
  if (outcome === 'used') return explainLink(request, 'used-change');
  return {
    page: 'manage-address-done',
    title: wording.say(`address.${side}.${outcome}`),
    view: { side, outcome },
    status: outcome === 'done' ? 200 : 409,
  };
}
