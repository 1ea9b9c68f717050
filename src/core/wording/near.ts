import type { ChangedSite } from '../change.ts';
import type { DigestChange, NearestSite, Nearness } from '../digest-change.ts';
import { quoteText, siteName } from './values.ts';
import type { Wording } from './wording.ts';

/** How far it is from the place that was chosen: “about 12 km from Leipzig”. */
export function distanceText(wording: Wording, { km, place }: Nearness): string {
  const from = placeText(wording, place);
  return wording.say(km === 0 ? 'near.here' : 'near.distance', { km, place: from });
}

/** A site's name with how far it is, where that is known and asked. */
export function siteWithDistance(wording: Wording, site: ChangedSite, near: Nearness | undefined): string {
  const name = siteName(wording, site);
  return near ? wording.say('near.site', { site: name, distance: distanceText(wording, near) }) : name;
}

/** Beside a trial that recruits: which of its sites is nearest to the place that was chosen; null where none is near. */
export function nearestSentence(wording: Wording, { near }: DigestChange): string | null {
  if (!near || !isNearest(near)) return null;
  return wording.say('near.nearest', {
    site: siteName(wording, near.site),
    distance: distanceText(wording, near),
    said: near.isSaid ? 'yes' : 'no',
    others: near.others,
    within: near.withinKm,
  });
}

/** A place that was chosen, by its name where it has one. */
export function placeText(wording: Wording, place: string | null): string {
  return (place && quoteText(place, 80)) || wording.say('near.place');
}

function isNearest(near: Nearness | NearestSite): near is NearestSite {
  return 'site' in near;
}
