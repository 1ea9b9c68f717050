/**
 * The outcome of one entry, by positions in the two lists. `masked` and `still-listed` entries did not leave,
 * `unmasked` and `listed-before` ones did not arrive: the entries at `standIns`, positions in the other list,
 * stand for their place.
 */
export type SitePair =
  | { kind: 'equal' | 'paired'; before: number; after: number; phrase: string }
  | { kind: 'gone'; before: number; after: null; phrase: string }
  | { kind: 'arrived'; before: null; after: number; phrase: string }
  | { kind: 'masked' | 'still-listed'; before: number; after: null; standIns: number[]; phrase: string }
  | { kind: 'unmasked' | 'listed-before'; before: null; after: number; standIns: number[]; phrase: string };
