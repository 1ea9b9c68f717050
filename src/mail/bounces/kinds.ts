import type { RefusalKind, RefusalLimit } from '../../core/refusals/meanings.ts';

/**
 * The meaning of a report: a refusal of some kind; `complaint`: the reader reported spam; `delayed`: delivery is still
 * being attempted; `information`: nothing went wrong; `none`: not a report.
 */
export type BounceKind = RefusalKind | 'complaint' | 'delayed' | 'information' | 'none';

/** A report about one mail. */
export type Reported = {
  kind: BounceKind;
  /** The limit after which mail to the address stops. */
  limit: RefusalLimit;
  /** The reason for this reading, for admins. It quotes only known phrases, so it names nobody. */
  reason: string;
  /** The server's own words; they may hold addresses. */
  said: string;
};

/** A report without a limit. */
export function reportOf(
  kind: 'complaint' | 'delayed' | 'information' | 'none',
  reason: string,
  said = '',
): Reported {
  return { kind, limit: kind === 'complaint' ? 'at-once' : null, reason, said };
}
