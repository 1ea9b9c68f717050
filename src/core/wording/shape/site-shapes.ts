import { type Change, statusIn } from '../../change.ts';
import type { DigestChange } from '../../digest-change.ts';
import { countryName } from '../countries.ts';
import { siteWithDistance } from '../near.ts';
import { listAlike } from '../site-groups.ts';
import type { Wording } from '../wording.ts';
import {
  type ChangePart,
  type ChangeShape,
  type Chip,
  ofParts,
  ofValues,
  plainChip,
  statusChip,
} from './shape.ts';

/** The shape of a change of one site, or of equal changes of several sites of one country. */
export function siteShape(wording: Wording, group: readonly DigestChange[]): ChangeShape {
  const [first] = group;
  if (!first) throw new Error('a group without a change');
  const label = wording.say('trial.facet.sites');
  const place = placeOf(wording, group, first);
  if (first.kind !== 'site-added' && first.kind !== 'site-removed')
    return ofValues(label, statusChip(wording, first.before), statusChip(wording, first.after), {
      about: place.head === null ? place.text : `${place.head}: ${place.text}`,
    });
  const sign = first.kind === 'site-added' ? 'plus' : 'minus';
  const status = sign === 'plus' ? first.after : first.before;
  return ofParts(label, [
    {
      sign,
      word: place.head ?? wording.say(`change.part.${sign}`),
      text: place.text,
      status: status === null ? null : statusChip(wording, status),
    },
  ]);
}

/** One site by its name; several by their number and country, then their names. */
function placeOf(
  wording: Wording,
  group: readonly DigestChange[],
  first: DigestChange,
): { head: string | null; text: string } {
  const names = group.flatMap(({ site, near }) =>
    site ? [siteWithDistance(wording, group.length > 1 ? { ...site, country: '' } : site, near)] : [],
  );
  if (names.length < 2) return { head: null, text: names[0] ?? '' };
  const country = countryName(wording, first.site?.country ?? '');
  return {
    head: wording.say('change.part.sites', { count: names.length, country }),
    text: listAlike(wording, names).join('; '),
  };
}

/** The shape of a change of many sites together with the trial. What they became may differ. */
export function manySitesShape(
  wording: Wording,
  { before, after, count = 0, statuses }: Change,
): ChangeShape {
  const size = wording.say('change.sites', { count });
  const isMixed = statuses !== undefined;
  const now: Chip = isMixed
    ? plainChip(
        wording.list(
          Object.entries(statuses).map(([status, counted]) =>
            wording.say('site.count-by-status', { count: counted, status: statusChip(wording, status).text }),
          ),
        ),
      )
    : statusChip(wording, after);
  const isWhole = after !== null && !isMixed;
  return ofValues(wording.say('trial.facet.sites'), statusChip(wording, before), now, { size, isWhole });
}

/** The shape of a country that came, went, or has a new status. */
export function countryShape(wording: Wording, { kind, before, after, country = '' }: Change): ChangeShape {
  const text = countryName(wording, country);
  const part = (sign: ChangePart['sign'], listing: Change['after']): ChangeShape =>
    ofParts(wording.say('trial.facet.countries'), [
      {
        sign,
        word: wording.say(`change.part.${sign}`),
        text,
        status: statusIn(listing) === null ? null : statusChip(wording, listing),
      },
    ]);
  if (kind === 'country-added') return part('plus', after);
  if (kind === 'country-removed') return part('minus', before);
  return ofValues(text, statusChip(wording, before), statusChip(wording, after));
}
