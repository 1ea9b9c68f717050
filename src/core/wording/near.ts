import type { ChangedSite } from '../change.ts';
import type { DigestChange, NearestSite, Nearness } from '../digest-change.ts';
import { quoteText, siteName } from './values.ts';
import type { Wording } from './wording.ts';

/** The distance from the chosen place: “about 12 km (7 miles) from Leipzig”. */
export function distanceText(wording: Wording, { km, place }: Nearness): string {
  const from = placeText(wording, place);
  return wording.say(km === 0 ? 'near.here' : 'near.distance', {
    distance: wording.distance(km),
    place: from,
  });
}

/** A site's name with its distance, if that is known and wanted. */
export function siteWithDistance(wording: Wording, site: ChangedSite, near: Nearness | undefined): string {
  const name = siteName(wording, site);
  return near ? wording.say('near.site', { site: name, distance: distanceText(wording, near) }) : name;
}

/** For a recruiting trial: its site nearest to the chosen place; null if none is near. */
export function nearestSentence(wording: Wording, { near }: DigestChange): string | null {
  if (!near || !isNearest(near)) return null;
  return wording.say('near.nearest', {
    site: siteName(wording, near.site),
    distance: distanceText(wording, near),
    said: near.isSaid ? 'yes' : 'no',
    others: near.others,
    within: wording.distance(near.withinKm),
  });
}

/** A chosen place, by its name if it has one. */
export function placeText(wording: Wording, place: string | null): string {
  return (place && quoteText(place, 80)) || wording.say('near.place');
}

function isNearest(near: Nearness | NearestSite): near is NearestSite {
  return 'site' in near;
}
