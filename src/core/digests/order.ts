import type { Change } from '../change.ts';
import type { DigestChange } from '../digest-change.ts';
import { weighChange } from '../weight.ts';

/** Below every other weight except UNKNOWN's: a trial that no longer matches is not itself news. */
const weightOfLeaving = 5;

/** The parts of a digest's trial that decide its place. */
type OrderedTrial = { card: { id: string }; changes: DigestChange[] };

/**
 * The weight of a change. If the trial takes nobody in now (`isOpen` false), its sites do not count as
 * recruiting, whatever their own status says.
 */
export function weighDigestChange(change: DigestChange, isOpen: boolean): number {
  if (change.kind === 'left') return weightOfLeaving;
  return weighChange(change.site && !isOpen ? { ...change, after: null } : change);
}

/** Orders the changes of a trial: by weight, then by distance, then by the name of the place. */
export function compareDigestChanges(one: DigestChange, other: DigestChange, isOpen: boolean): number {
  return (
    weighDigestChange(other, isOpen) - weighDigestChange(one, isOpen) ||
    (one.isMine ? weightAnywhere(other, isOpen) - weightAnywhere(one, isOpen) : 0) ||
    distanceOf(one) - distanceOf(other) ||
    compareText(placeOf(one), placeOf(other))
  );
}

/** The weight without regard to places: it decides between sites that weigh the same by distance. */
function weightAnywhere({ near: _, isMine: __, ...change }: DigestChange, isOpen: boolean): number {
  return weighDigestChange(change, isOpen);
}

/** Orders trials of equal weight: by distance, then the newest number first. */
export function compareDigestTrials(one: OrderedTrial, other: OrderedTrial): number {
  const distance = ({ changes }: OrderedTrial) => (changes[0] ? distanceOf(changes[0]) : 0);
  return distance(one) - distance(other) || compareText(other.card.id, one.card.id);
}

function distanceOf({ near }: DigestChange): number {
  return near?.km ?? 0;
}

function placeOf({ site, country = '' }: Change): string {
  return site ? [site.country, site.city, site.facility].join('\n') : country;
}

/** Compares by code unit: the same everywhere, whatever the language. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
