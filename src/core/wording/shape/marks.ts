import { statusBucket } from '../../weight.ts';

/** The sign of each mark where shapes cannot be drawn: in emails and feeds. */
export const markSigns = {
  open: '●',
  soon: '○',
  closed: '◐',
  paused: '‖',
  stopped: '■',
  finished: '✓',
  unknown: '◌',
} as const;

/** The mark of a status: its color and shape on pages, as the style sheet names them. */
export type Mark = keyof typeof markSigns;

/** The mark of a status code; null without a status. Anything that is no status code is `unknown`. */
export function markOf(status: string | null): Mark | null {
  if (status === null) return null;
  const bucket = statusBucket(status);
  if (bucket === 'opened') return 'open';
  if (bucket === 'pending') return 'soon';
  return bucket === 'withheld' ? 'unknown' : bucket;
}
