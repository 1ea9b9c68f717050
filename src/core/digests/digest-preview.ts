import type { Instant } from '../trial.ts';

/** A mail as its reader would get it, with every personal link and private note redacted. */
export type PreviewedMail = { subject: string; text: string; html: string };

/** A person's next digest, or the reason why there is none. */
export type DigestPreview =
  /** It is promised and waits to be sent. */
  | { kind: 'promised'; digestId: number; dueAt: Instant; plannedAt: Instant; mail: PreviewedMail }
  /** It would be promised at that instant from the changes released so far. */
  | { kind: 'next'; at: Instant; mail: PreviewedMail }
  /** They are checked next at that instant (null: never as things stand), and nothing is owed. */
  | { kind: 'nothing'; because: 'nobody' | 'unwatched' | 'nothing-owed'; at: Instant | null };

/**
 * The difference between two digests: the new one is missing, or the subject, the text or only the HTML
 * differs.
 */
export const differences = ['gone', 'subject', 'text', 'html'] as const;
/** The name of such a difference. */
export type Difference = (typeof differences)[number];

/** The result of comparing digests: the number of differences by kind, and some as unified diffs. */
export type DigestComparison = {
  digests: number;
  differing: number;
  /** There were more digests than the comparison covered. */
  isCut: boolean;
  kinds: Record<Difference, { count: number; samples: { digestId: number; diff: string }[] }>;
};
