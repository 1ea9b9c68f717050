import { countryName } from '../../core/wording/countries.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import { type ChangeShape, ofParts, ofValues, statusChip } from '../../core/wording/shape/shape.ts';
import { quoteRegistry } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { ReleasedChange } from '../../db/catalog/feeds.ts';

/** A change on the start page; without a link if it is made up. */
export type ShownChange = { title: string; href: string | null; day: string | null; shape: ChangeShape };

/** The newest change as an example of one; a made-up one if none can be seen as old and new. */
export function sampleChange(wording: Wording, newest: ReleasedChange | null, timezone: string): ShownChange {
  const shape = newest && shapeOf(wording, newest.change, newest);
  const title = newest && quoteRegistry(wording, newest.title);
  if (newest && title && shape?.kind === 'values' && shape.before && shape.after)
    return {
      title,
      href: `/trials/${encodeURIComponent(newest.registryId)}`,
      day: wording.dayOf(newest.releasedAt, timezone),
      shape,
    };
  return made(wording, 'tablets', statuses(wording, 'SUSPENDED', 'RECRUITING'));
}

/** An update email in short: its subject, as it would be, and two made-up changes. */
export function sampleEmail(wording: Wording): { subject: string; changes: ShownChange[] } {
  const sites = (sign: 'plus' | 'minus', count: number, country: string) => ({
    sign,
    word: wording.say('change.part.sites', { count, country: countryName(wording, country) }),
    text: '',
    status: null,
  });
  const label = wording.say('trial.facet.sites');
  return {
    subject: wording.say('digest.subject', { changed: 2, added: 0, both: 'no' }),
    changes: [
      made(wording, 'walking', ofParts(label, [sites('plus', 2, 'CA'), sites('minus', 1, 'ES')])),
      made(wording, 'oxygen', statuses(wording, 'RECRUITING', 'TERMINATED')),
    ],
  };
}

function made(wording: Wording, name: string, shape: ChangeShape): ShownChange {
  return { title: wording.say(`start.sample.${name}`), href: null, day: null, shape };
}

function statuses(wording: Wording, before: string, after: string): ChangeShape {
  const label = wording.say('trial.facet.status');
  return ofValues(label, statusChip(wording, before), statusChip(wording, after));
}
