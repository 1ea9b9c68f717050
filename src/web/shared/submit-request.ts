import { addRequest } from '../../db/subscribers/requests.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** Stores a request for the workers, encrypted, and enqueues it. */
export async function submitRequest(
  { db, keys, actions }: WebDeps,
  kind: string,
  params: object,
  now: string,
): Promise<void> {
  const id = await addRequest(db, { kind, params: keys.encrypt(JSON.stringify(params)), now });
  await actions.enqueueRequest(id);
}
