import { registryName } from '../../../core/registries.ts';
import { wordOfStatus } from '../../../core/status-groups.ts';
import { listingName } from '../../../core/wording/countries.ts';
import { quoteText } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { TrialPage } from '../../../db/catalog/trial-pages.ts';
import type { Sharing } from '../../http/page-response.ts';
import { capitalise } from '../../shared/condition-links.ts';
import type { ChangeView } from '../timeline-view.ts';
import { dayOfData } from '../trial/trial-source.ts';

/** A trial's link preview: its status with the day of the data, as a preview may be looked at much later. */
export function shareTrial(wording: Wording, stored: TrialPage, timezone: string): Sharing {
  const address = `/trials/${stored.id}`;
  const description = describe(wording, stored, timezone);
  const held = stored.heldCount > 0 ? ` ${wording.say('trial.held', { count: stored.heldCount })}` : '';
  return { address, description: description + held, picture: `${address}/preview.png` };
}

function describe(wording: Wording, stored: TrialPage, timezone: string): string {
  const registry = registryName(stored.registry);
  if (stored.removedAt !== null) return wording.say('registration.removed', { registry });
  return wording.say('share.trial', {
    registry,
    id: stored.id,
    status: statusOf(wording, stored),
    date: wording.date(dayOfData(stored)),
    since: wording.dayOf(stored.watchedSince, timezone),
  });
}

/** A change's link preview. One that is not released says so, and has the trial's picture. */
export function shareChange(wording: Wording, id: string, change: ChangeView): Sharing {
  const { day, sentence, mark, href } = change;
  const said = wording.say('share.change', { id, date: day, sentence: quoteText(sentence) });
  return mark === null
    ? { address: href, description: said, picture: `${href}/preview.png` }
    : { address: href, description: `${said} ${mark}`, picture: `/trials/${id}/preview.png` };
}

/** A trial's status in a few words; of a record that is gone, the last one. */
export function headStatus(wording: Wording, stored: TrialPage): string {
  const status = statusOf(wording, stored);
  return stored.removedAt === null ? capitalise(status) : `${wording.say('trial.status.was')} ${status}`;
}

function statusOf(wording: Wording, { trial }: TrialPage): string {
  return listingName(wording, { status: trial.status, listedAs: wordOfStatus(trial) });
}
