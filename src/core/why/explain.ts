import type { Change, Facet } from '../change.ts';
import { isNotifiedSince } from '../digests/compose.ts';
import { traceItem } from '../digests/digest.ts';
import { netOf } from '../digests/net.ts';
import {
  type Because,
  becauses,
  type ChangeFacts,
  type DigestFacts,
  type Explanation,
  type FollowFacts,
  type Step,
  type Verdict,
  type WhyFacts,
} from './facts.ts';
import { explainMail } from './mail.ts';
import { lookAhead, type Outlooks } from './next.ts';
import { stopOf } from './reach.ts';

const becauseKeys: Record<Because, string> = {
  unreleased: 'admin.why.not.unreleased',
  held: 'admin.why.not.held',
  discarded: 'admin.why.not.discarded',
  unmatched: 'admin.why.not.unmatched',
  ended: 'admin.why.not.ended',
  before: 'admin.why.not.before',
  pending: 'admin.why.not.pending',
  unwatched: 'admin.why.not.unwatched',
  facet: 'admin.why.not.facet',
  'condition-only': 'admin.why.not.condition-only',
  'trial-only': 'admin.why.not.trial-only',
  'grew-old': 'admin.why.not.grew-old',
  known: 'admin.why.not.known',
  passed: 'admin.why.not.passed',
  forgotten: 'admin.why.not.forgotten',
  paused: 'admin.why.not.paused',
  filters: 'admin.why.not.filters',
  excluded: 'admin.why.not.excluded',
  overtaken: 'admin.why.not.overtaken',
  'told-elsewhere': 'admin.why.not.told-elsewhere',
  netted: 'admin.why.not.netted',
  'taken-back': 'admin.why.not.taken-back',
  suppressed: 'admin.why.suppressed',
};

/**
 * The explanations of all changes, by id: from the registry's edit to the mail server's answer, or to the
 * obstacle.
 */
export function explainChanges(facts: WhyFacts): Map<number, Explanation> {
  const outlooks = lookAhead(facts);
  return new Map(facts.changes.map((change) => [change.id, explainChange(facts, change, outlooks)]));
}

function explainChange(facts: WhyFacts, change: ChangeFacts, outlooks: Outlooks): Explanation {
  const steps = [...editSteps(change), ...releaseSteps(change)];
  if (change.state !== 'released') {
    const because = change.state === 'pending' ? 'unreleased' : change.state;
    return { steps, verdict: { kind: 'not', because } };
  }
  const rest = change.settled
    ? explainSettled(facts, change, outlooks)
    : explainOwed(facts, change, outlooks);
  return { steps: [...steps, ...rest.steps], verdict: rest.verdict };
}

function editSteps({ edit, detectedAt, change: { facet } }: ChangeFacts): Step[] {
  const found: Step = { verdict: 'yes', key: 'admin.why.detected', values: { detectedAt, facet } };
  return edit ? [found, { verdict: 'yes', key: 'admin.why.edit', values: { reason: edit.reason } }] : [found];
}

function releaseSteps({ state, releasedAt, heldBy, heldBecause, decision, runId }: ChangeFacts): Step[] {
  const because = heldBecause ?? '';
  const decided = decision && { actor: decision.actor, decidedAt: decision.at };
  switch (state) {
    case 'pending':
      return [{ verdict: 'wait', key: becauseKeys.unreleased, values: { run: runId } }];
    case 'held': {
      const key = heldBecause === null ? 'admin.why.not.held-behind' : becauseKeys.held;
      return [{ verdict: 'wait', key, values: { run: heldBy ?? runId, because } }];
    }
    case 'discarded':
      return [
        decided
          ? { verdict: 'no', key: becauseKeys.discarded, values: { ...decided, run: heldBy ?? runId } }
          : { verdict: 'no', key: 'admin.why.not.discarded-return', values: {} },
      ];
    case 'released':
      return [
        decided
          ? {
              verdict: 'yes',
              key: 'admin.why.released-by',
              values: { ...decided, releasedAt: releasedAt ?? '' },
            }
          : { verdict: 'yes', key: 'admin.why.released', values: { releasedAt: releasedAt ?? '' } },
      ];
  }
}

/** Explains a change that was promised in a digest, or found to need none. */
function explainSettled(facts: WhyFacts, settledChange: ChangeFacts, outlooks: Outlooks): Explanation {
  const { id, change, settled } = settledChange;
  const follow = facts.follows.find((one) => one.id === settled?.subscriptionId);
  const digest = facts.digests.find((one) => one.id === settled?.digestId);
  const teller = digest?.items.some(({ changeId }) => changeId === id) ? findTeller(digest, follow) : follow;
  const by = teller ? [followStep(teller)] : [];
  const later = isOvertakenIn(facts, settledChange) ? ('overtaken' as const) : null;
  if (!settled || settled.digestId === null) {
    const because = isTakenBack(facts, change) ? 'netted' : (later ?? 'netted');
    return { steps: [...by, stop(because)], verdict: { kind: 'not', because } };
  }
  if (!digest) {
    const gone: Step = { verdict: 'plain', key: 'admin.why.digest-gone', values: { id: settled.digestId } };
    return { steps: [...by, gone], verdict: { kind: 'forgotten' } };
  }
  if (!digest.items.some(({ changeId }) => changeId === id)) {
    if (later === null && digest.mail?.wasAmbiguous)
      return {
        steps: [...by, stop('taken-back'), doubted],
        verdict: { kind: 'in-doubt', digestId: digest.id },
      };
    const stops = facts.follows.map((follow) => stopFor(facts, follow, settledChange, outlooks));
    const because = later ?? stops.find((one) => one === 'paused' || one === 'suppressed') ?? 'taken-back';
    return { steps: [...by, sayStop(facts, because, change.facet)], verdict: { kind: 'not', because } };
  }
  const becomes = digest.reasons.length === 0 ? 'cancelled' : traceItem(digest.items, digest.reasons, id);
  if (becomes === 'cancelled')
    return { steps: [...by, stop('netted')], verdict: { kind: 'not', because: 'netted' } };
  const mail = explainMail(facts, digest);
  return { steps: [...by, ...partSteps(becomes), ...mail.steps], verdict: mail.verdict };
}

/**
 * Finds the subscription by which a digest tells a change. It is another one if the planned one was stopped
 * before the mail was sent.
 */
function findTeller({ reasons }: DigestFacts, planned: FollowFacts | undefined) {
  return reasons.find(({ subscriptionId }) => subscriptionId === planned?.id) ?? reasons[0] ?? planned;
}

const doubted: Step = { verdict: 'plain', key: 'admin.why.mail.doubted-before', values: {} };

/** Whether another digest reported newer news. A digest that was itself withdrawn does not count. */
function isOvertakenIn({ digests }: WhyFacts, { change, settled, notifiedLater }: ChangeFacts): boolean {
  const empty = digests.filter(({ items }) => items.length === 0).map(({ id }) => id);
  const others = notifiedLater.filter(
    ({ digestId }) => digestId !== settled?.digestId && !empty.includes(digestId),
  );
  return isNotifiedSince(change, others);
}

/**
 * Finds the obstacle for a change and one subscription. The end of a pause brings nothing to a suppressed
 * address.
 */
function stopFor(
  facts: WhyFacts,
  follow: FollowFacts,
  change: ChangeFacts,
  outlooks: Outlooks,
): Because | null {
  const because = stopOf(facts, follow, change, outlooks);
  return because === 'paused' && facts.person.suppressed ? 'suppressed' : because;
}

function sayStop({ person: { suppressed } }: WhyFacts, because: Because, facet: Facet): Step {
  return because === 'suppressed' && suppressed
    ? { verdict: 'no', key: becauseKeys.suppressed, values: { ...suppressed } }
    : stop(because, { facet });
}

/** Whether a change and those settled with it, without a mail, cancel out. */
function isTakenBack({ changes }: WhyFacts, change: Change): boolean {
  const silent = changes.filter(({ settled }) => settled?.digestId === null);
  const inOrder = silent.toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
  return (
    netOf(
      change,
      inOrder.map((one) => one.change),
    ).length === 0
  );
}

/** Explains a released change that is not promised yet. */
function explainOwed(facts: WhyFacts, change: ChangeFacts, outlooks: Outlooks): Explanation {
  const stops = facts.follows.map((follow) => ({
    follow,
    because: stopFor(facts, follow, change, outlooks),
  }));
  const outlook = outlooks.outlook.get(change.id);
  const { suppressed } = facts.person;
  if (outlook && outlook.becomes !== 'cancelled') {
    const follow = facts.follows.find(({ id }) => id === outlook.subscriptionId);
    const steps = [...(follow ? [followStep(follow)] : []), ...partSteps(outlook.becomes)];
    const verdict: Verdict = suppressed
      ? { kind: 'not', because: 'suppressed' }
      : { kind: 'next', at: outlook.at };
    const end: Step = suppressed
      ? sayStop(facts, 'suppressed', change.change.facet)
      : { verdict: 'wait', key: 'admin.why.next', values: { nextAt: outlook.at } };
    return { steps: [...steps, end], verdict };
  }
  const matching = stops.filter(({ because }) => because !== 'unmatched' && because !== null);
  const steps = matching.flatMap(({ follow, because }) =>
    because === null ? [] : [followStep(follow), sayStop(facts, because, change.change.facet)],
  );
  const because = matching.reduce<Because>(
    (nearest, one) =>
      one.because !== null && becauses.indexOf(one.because) > becauses.indexOf(nearest)
        ? one.because
        : nearest,
    'unmatched',
  );
  return {
    steps: steps.length > 0 ? steps : [stop('unmatched')],
    verdict: because === 'forgotten' ? { kind: 'forgotten' } : { kind: 'not', because },
  };
}

function followStep({ kind, words }: { kind: 'trial' | 'condition'; words: string }): Step {
  const key = kind === 'trial' ? 'admin.why.by.trial' : 'admin.why.by.condition';
  return { verdict: 'plain', key, values: { words } };
}

function partSteps(becomes: 'told' | 'part'): Step[] {
  return becomes === 'part' ? [{ verdict: 'yes', key: 'admin.why.part', values: {} }] : [];
}

function stop(because: Because, values: Step['values'] = {}): Step {
  const waits = because === 'paused' || because === 'pending' || because === 'unwatched';
  return { verdict: waits ? 'wait' : 'no', key: becauseKeys[because], values };
}
