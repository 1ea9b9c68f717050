import type { Understood } from '../../../core/matching/understood.ts';
import { holdsAddress, RegistryUnavailable } from '../../../errors.ts';
import type { Visit } from '../../http/page-response.ts';
import type { WebParts } from '../../http/web-deps.ts';
import { understandInTime } from '../../shared/lookups.ts';

/** Nobody's trial number or condition is longer. */
const longest = 120;

/** What an admin typed as a trial or condition; or why it is none, with words to choose from where there are some. */
export type Meant = { understood: Understood } | { trouble: string; suggestions: string[] };

/** Understands a trial's number, a registry's link or a condition, as a sign-up does; somebody's address goes to no registry. */
export async function findMeant({ wording }: Visit, parts: WebParts, typed: string): Promise<Meant> {
  const words = typed.slice(0, longest);
  const trouble = (key: string) => ({ trouble: wording.say(key, { words }), suggestions: [] });
  if (!/[\p{L}\p{N}]/u.test(words)) return trouble('follow.problem.unknown');
  if (holdsAddress(typed)) return trouble('admin.people.no-address-here');
  let meant: Awaited<ReturnType<typeof understandInTime>>;
  try {
    meant = await understandInTime(parts, words);
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    return trouble('follow.problem.away');
  }
  if (typeof meant === 'string') return trouble('follow.problem.away');
  if (meant.kind === 'understood') return { understood: meant.understood };
  if (meant.kind !== 'choose') return trouble(`follow.problem.${meant.kind}`);
  const literal = meant.literal ? [`"${words}"`] : [];
  return {
    trouble: wording.say('admin.people.choose', { words }),
    suggestions: [...meant.suggestions.map(({ term }) => term), ...literal],
  };
}
