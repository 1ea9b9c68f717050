import type { Wording } from '../../core/wording/wording.ts';

/** How much is on a list. */
export function holdsLine(
  wording: Wording,
  { trials, conditions }: { trials: number; conditions: number },
): string {
  return wording.say('list.holds', { trials, conditions });
}
