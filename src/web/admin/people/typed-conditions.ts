import { type ResolvedCondition, wordsToChoose } from '../../../core/matching/understood.ts';
import { holdsAddress, RegistryUnavailable } from '../../../errors.ts';
import type { PageRequest } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { resolveInTime } from '../../shared/lookups.ts';

/** No trial number or condition is longer. */
const longest = 120;

/** What a typed trial or condition resolves to; or why it cannot be resolved, with suggestions if there are any. */
export type Meant = { understood: ResolvedCondition } | { trouble: string; suggestions: string[] };

/**
 * Resolves a trial number, a registry link or a condition, as the sign-up does. Sends no e-mail address to a registry.
 */
export async function findMeant({ wording }: PageRequest, deps: WebDeps, typed: string): Promise<Meant> {
  const words = typed.slice(0, longest);
  const trouble = (key: string) => ({ trouble: wording.say(key, { words }), suggestions: [] });
  if (!/[\p{L}\p{N}]/u.test(words)) return trouble('follow.problem.unknown');
  if (holdsAddress(typed)) return trouble('admin.people.no-address-here');
  let meant: Awaited<ReturnType<typeof resolveInTime>>;
  try {
    meant = await resolveInTime(deps, words);
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    return trouble('follow.problem.away');
  }
  if (typeof meant === 'string') return trouble('follow.problem.away');
  if (meant.kind === 'understood') return { understood: meant.understood };
  if (meant.kind !== 'choose') return trouble(`follow.problem.${meant.kind}`);
  return { trouble: wording.say('admin.people.choose', { words }), suggestions: wordsToChoose(meant) };
}
