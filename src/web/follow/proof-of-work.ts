import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { z } from 'zod';
import type { Instant } from '../../core/trial.ts';
import { countUsesSince, spendOnce } from '../../db/subscribers/rate-limits.ts';
import { hashToken } from '../../keys.ts';
import type { PageHandler, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** A challenge that browsers must solve while very many people sign up. */
export type ProofView = { challenge: string };

/** Above this many confirmation requests in an hour, each sign-up needs a proof of work (P3). */
export const ordinaryPerHour = 300;
const hourMs = 3_600_000;
const validForMs = 30 * 60_000;

/** The required prefix of the key, in hexadecimal: 65,536 tries on average, some seconds on a phone. */
const keyPrefix = '0000';

const Payload = z.object({
  challenge: z.object({
    parameters: z.looseObject({ data: z.object({ at: z.string().max(30) }) }),
    signature: z.string().max(200),
  }),
  solution: z.object({ counter: z.int().nonnegative(), derivedKey: z.string().max(200) }),
});

/** Whether a sign-up needs a proof of work now. */
export async function isCrowded(deps: WebDeps, now: Instant): Promise<boolean> {
  const since = new Date(Date.parse(now) - hourMs).toISOString();
  return (await countUsesSince(deps.db, since)) >= ordinaryPerHour;
}

/** Makes a challenge. */
export async function makeProof(deps: WebDeps, now: Instant): Promise<ProofView> {
  const hmacSignatureSecret = deps.keys.sign('proof', 'challenge');
  const challenge = await createChallenge({
    algorithm: 'SHA-256',
    cost: 1,
    keyPrefix,
    deriveKey,
    data: { at: now },
    hmacSignatureSecret,
  });
  return { challenge: JSON.stringify(challenge) };
}

/** Verifies a recent, unused proof of work and consumes it. */
export async function acceptProof(deps: WebDeps, sent: string, now: Instant): Promise<boolean> {
  const payload = readPayload(sent);
  if (!payload) return false;
  const { challenge, solution } = payload;
  const hmacSignatureSecret = deps.keys.sign('proof', 'challenge');
  // The library checks the rest of both by their signature.
  const asked = { challenge, solution } as unknown as Pick<
    Parameters<typeof verifySolution>[0],
    'challenge' | 'solution'
  >;
  const { verified } = await verifySolution({ ...asked, deriveKey, hmacSignatureSecret });
  const ageMs = Date.parse(now) - Date.parse(challenge.parameters.data.at);
  return (
    verified && ageMs >= 0 && ageMs <= validForMs && spendOnce(deps.db, hashToken(challenge.signature), now)
  );
}

function readPayload(sent: string): z.infer<typeof Payload> | null {
  try {
    return Payload.parse(JSON.parse(Buffer.from(sent.slice(0, 4_000), 'base64').toString('utf8')));
  } catch {
    return null;
  }
}

const library = new URL('.', import.meta.resolve('altcha-lib'));
const scripts: Readonly<Record<string, URL>> = {
  '/follow.js': new URL('../../../templates/pages/follow.js', import.meta.url),
  ...Object.fromEntries(
    ['pow.js', 'helpers.js', 'types.js', 'algorithms/web/sha.js'].map((name) => [
      `/altcha/${name}`,
      new URL(name, library),
    ]),
  ),
};

/** The paths of the sign-up form's script and of the proof-of-work library. */
export const scriptPaths: readonly string[] = Object.keys(scripts);

/** Serves those paths. */
export const showScript: PageHandler = async ({ path }): Promise<PageResponse> => {
  const file = scripts[path];
  if (!file) return { notFound: true };
  const body = await readFile(fileURLToPath(file), 'utf8');
  return { body, type: 'text/javascript; charset=utf-8', cacheSeconds: 3_600, isWordless: true };
};
