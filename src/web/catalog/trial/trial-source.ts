import { registryName } from '../../../core/registries.ts';
import type { Day } from '../../../core/trial.ts';
import { attributions, sourceSentence } from '../../../core/wording/sources.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { TrialPage } from '../../../db/catalog/trial-pages.ts';

/** The day up to which a trial's record is known. */
export function dayOfData({ dataDay, readAt }: Pick<TrialPage, 'dataDay' | 'readAt'>): Day {
  return dataDay ?? readAt.slice(0, 10);
}

/** The sources of a page's facts, and their limits and terms (D11), as sentences. */
export type SourceView = { read: string[]; terms: string[] };

/** Where a page's facts come from and when they were read; the registry's terms, and what a page is not (D11). */
export function viewSource(wording: Wording, stored: TrialPage, timezone: string): SourceView {
  const { registry, completedAt, readAt } = stored;
  const latest = completedAt && completedAt > readAt ? completedAt : readAt;
  const own = { registry: registryName(registry), moment: wording.moment(readAt, timezone) };
  return {
    read: [
      sourceSentence(wording, { registry, dataDay: dayOfData(stored), readAt: latest, timezone }),
      ...(latest === readAt ? [] : [wording.say('trial.source-read', own)]),
    ],
    terms: [...attributions(wording, [registry]), wording.say('about.advice')],
  };
}
