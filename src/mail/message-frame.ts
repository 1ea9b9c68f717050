/** What differs from one message to the next in the same frame, as it stands on the wire. */
export type Filling = {
  to: string;
  messageId: string;
  date: string;
  unsubscribe: string;
  boundary: string;
  text: string;
  html: string;
};

/** A composed message with gaps. */
export type Frame = (filling: Filling) => string;

/** What stands in the gaps while a frame is composed. The composer must neither fold nor encode any of it. */
export const gaps: Omit<Filling, 'messageId' | 'date'> = {
  to: 'gap-to@gap.invalid',
  unsubscribe: '<https://gap.invalid/unsubscribe>',
  boundary: '0gap1gap2gap3gap4gap5gap6gap7gap',
  text: 'gap-text',
  html: 'gap-html',
};
/** The date in the gap. Every date has its length. */
export const gapDate = '2001-02-03T04:05:06.000Z';

/** Makes a frame of a message that was composed with `gaps`, and with `messageId` in the place of its own. */
export function frameOf(composed: string, messageId: string): Frame {
  const marks = Object.entries({ ...gaps, messageId, date: headerDate(gapDate) });
  const found = marks
    .flatMap(([name, mark]) =>
      placesOf(composed, mark).map((at) => ({ name: name as keyof Filling, mark, at })),
    )
    .toSorted((a, b) => a.at - b.at);
  const ends = found.map(({ at, mark }) => at + mark.length);
  const literals = [
    ...found.map(({ at }, n) => composed.slice(ends[n - 1] ?? 0, at)),
    composed.slice(ends.at(-1) ?? 0),
  ];
  return (filling) => {
    let message = literals[0] ?? '';
    for (const [n, { name }] of found.entries()) message += filling[name] + literals[n + 1];
    return message;
  };
}

/** A date as it stands in a header (RFC 5322). */
export function headerDate(date: string): string {
  return new Date(date).toUTCString().replace('GMT', '+0000');
}

function placesOf(text: string, mark: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}
