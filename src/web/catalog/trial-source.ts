import { registryName } from '../../core/registries.ts';
import { attributions, sourceSentence } from '../../core/wording/sources.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { TrialPage } from '../../db/catalog/trial-pages.ts';

/** The sources and the limits of a page's facts (D11), as sentences. */
export function viewSource(wording: Wording, stored: TrialPage, timezone: string): string[] {
  const { registry, dataDay, completedAt, readAt } = stored;
  return [
    sourceSentence(wording, {
      registry,
      dataDay: dataDay ?? readAt.slice(0, 10),
      readAt: completedAt && completedAt > readAt ? completedAt : readAt,
      timezone,
    }),
    wording.say('trial.source-read', {
      registry: registryName(registry),
      moment: wording.moment(readAt, timezone),
    }),
    ...attributions(wording, [registry]),
    wording.say('about.advice'),
  ];
}
