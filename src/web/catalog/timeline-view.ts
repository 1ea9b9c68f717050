import type { Change } from '../../core/change.ts';
import { wordsFor } from '../../core/wording/change-sentences.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import type { ChangeShape } from '../../core/wording/shape/shape.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { TimelineChange, TrialPage } from '../../db/catalog/trial-pages.ts';

/** A change as pages show it. */
export type ChangeView = {
  id: number;
  href: string;
  /** As `change.eta` draws it. */
  shape: ChangeShape;
  sentence: string;
  quote: string | null;
  advice: string | null;
  facet: string;
  /** Why mails do not report it, if they do not. */
  mark: string | null;
  day: string;
  moment: string;
  /** When it was detected, for `<time>`. */
  at: string;
  version: number;
  /** Compares its version with the previous one; null if there is none. */
  compareHref: string | null;
};

/** Changes of a trial in words, in the order given. */
export function viewChanges(
  wording: Wording,
  stored: Pick<TrialPage, 'id' | 'trial'>,
  changes: readonly TimelineChange[],
  timezone: string,
): ChangeView[] {
  return changes.map((one) => {
    const card = cardAt(stored, one.change);
    const { sentence, quote, advice } = wordsFor(wording, one.change, card);
    return {
      id: one.changeId,
      href: `/trials/${stored.id}/changes/${one.changeId}`,
      shape: shapeOf(wording, one.change, card),
      sentence,
      quote,
      advice,
      facet: wording.say(`trial.facet.${one.change.facet}`),
      mark: one.state === 'released' ? null : wording.say(`trial.change.${one.state}`),
      day: wording.dayOf(one.detectedAt, timezone),
      moment: wording.moment(one.detectedAt, timezone),
      at: one.detectedAt,
      version: one.version,
      compareHref:
        one.version > 1 && one.change.facet !== 'registration'
          ? `/trials/${stored.id}/compare?from=${one.version - 1}&to=${one.version}`
          : null,
    };
  });
}

/** The trial with the status it had when it was added, removed or returned. */
function cardAt({ trial }: Pick<TrialPage, 'trial'>, change: Change) {
  if (change.facet !== 'registration' || typeof change.after !== 'string') return trial;
  return { ...trial, status: change.after as typeof trial.status };
}
