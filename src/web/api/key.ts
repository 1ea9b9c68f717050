import { signUpsPerKey } from '../../core/subscriptions/mail-allowances.ts';
import { type ApiScope, spendApiKey } from '../../db/integrations/api-keys.ts';
import { takeDailyAllowance } from '../../db/subscribers/rate-limits.ts';
import { hashToken } from '../../keys.ts';
import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { problem } from './problem.ts';

/**
 * Counts a sign-up against the key's daily limit, which replaces the proof of work that browsers solve (N9). Null while
 * the key is within the limit.
 */
export async function checkSignUpShare(
  { authorization, now }: PageRequest,
  { db }: WebDeps,
): Promise<PageResponse | null> {
  const share = {
    addressHash: hashToken(readKey(authorization) ?? ''),
    kind: 'key-sign-up',
    most: signUpsPerKey,
    now,
  };
  if (await takeDailyAllowance(db, share)) return null;
  return problem(
    'too-many',
    `This key asked for ${signUpsPerKey} sign-ups today. It may ask for more tomorrow.`,
    {
      headers: { 'retry-after': String(6 * 3_600) },
    },
  );
}

function readKey(authorization: string | null): string | undefined {
  return /^Bearer +(tbk_[\w-]{43})$/i.exec(authorization ?? '')?.[1];
}

/** Counts a use of the request's API key. Null if the key allows `scope`; otherwise the problem to respond with. */
export async function checkApiKey(
  { authorization, now }: PageRequest,
  { db }: WebDeps,
  scope: ApiScope,
): Promise<PageResponse | null> {
  const token = readKey(authorization);
  const used = token === undefined ? null : await spendApiKey(db, hashToken(token), now);
  if (used === null || used.kind === 'unknown')
    return problem('no-key', 'Send a valid key: Authorization: Bearer tbk_…', {
      headers: { 'www-authenticate': 'Bearer realm="Trialbell API"' },
    });
  if (used.kind === 'tired') {
    const seconds = Math.max(1, Math.ceil(used.retryAfterMs / 1_000));
    return problem('too-many', `This key may be used again in ${seconds} seconds.`, {
      headers: { 'retry-after': String(seconds) },
    });
  }
  if (used.scopes.includes(scope)) return null;
  return problem('not-allowed', `This key does not allow ${scope}.`, {
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
