import { addMs, minuteMs } from '../instants.ts';
import type { Instant } from '../trial.ts';

/**
 * Why a circuit is open: our reputation or our address was refused, or the mail server accepts no mail at
 * all.
 */
export type PauseReason = 'policy' | 'relay';

/**
 * The circuit breaker of one mail server. `pausedUntil` opens it: nothing is sent until then. Afterwards one
 * delivery probes the server.
 */
export type Circuit = {
  /** Consecutive failures, counted over all processes. */
  failures: number;
  pausedUntil: Instant | null;
  /** The prober's lease, by the database's clock. */
  probeUntil: Instant | null;
  /** Consecutive pauses. */
  pauses: number;
  reason: PauseReason | null;
  reply: string | null;
  since: Instant | null;
  /** When the last pause for our reputation ended. */
  recoveredAt: Instant | null;
};

/** An open circuit. `until` is an instant of the injected clock; `times` counts the pauses since it last worked. */
export type Pause = { reason: PauseReason; until: Instant; since: Instant; reply: string; times: number };

/** The circuit of a mail server that has never failed. */
export const closedCircuit: Circuit = {
  failures: 0,
  pausedUntil: null,
  probeUntil: null,
  pauses: 0,
  reason: null,
  reply: null,
  since: null,
  recoveredAt: null,
};

/**
 * The number of consecutive failures of the mail server that open the circuit. A refusal for our reputation
 * opens it at once.
 */
const failuresToOpen = 3;
/**
 * The duration of the n-th consecutive pause, in milliseconds; the last one is repeated. A dead server is
 * probed often, one that blocks us rarely.
 */
const pausesMs: Record<PauseReason, number[]> = {
  relay: [5_000, 10_000, 20_000, 30_000],
  policy: [15 * minuteMs, 30 * minuteMs, 60 * minuteMs, 120 * minuteMs, 240 * minuteMs],
};

/** The pause of an open circuit; null while it is closed. */
export function pauseOf({ pausedUntil, reason, since, reply, pauses }: Circuit): Pause | null {
  if (pausedUntil === null || reason === null) return null;
  return { reason, until: pausedUntil, since: since ?? pausedUntil, reply: reply ?? '', times: pauses };
}

/**
 * Computes the circuit after a failure. A refusal for our reputation pauses at once; failures of the mail
 * server pause after several in a row; a failed probe pauses again and for longer. A mail that was in
 * progress when the pause began does not prolong it.
 */
export function afterFailure(
  circuit: Circuit,
  failure: { reason: PauseReason; reply: string; probing: boolean; now: Instant },
): Circuit {
  const { reason, reply, probing, now } = failure;
  const failures = circuit.failures + 1;
  const isOpen = circuit.pausedUntil !== null;
  if (isOpen && !probing && (reason === 'relay' || circuit.reason === 'policy'))
    return { ...circuit, failures };
  if (reason === 'relay' && !probing && failures < failuresToOpen)
    return { ...circuit, failures, since: now };
  const isSame = circuit.reason === reason;
  const pauses = isSame ? circuit.pauses + 1 : 1;
  return {
    ...circuit,
    failures,
    pausedUntil: addMs(now, pauseMs(reason, pauses)),
    probeUntil: null,
    pauses,
    reason,
    reply,
    since: isSame ? (circuit.since ?? now) : now,
  };
}

function pauseMs(reason: PauseReason, times: number): number {
  const pauses = pausesMs[reason];
  return pauses[Math.min(times, pauses.length) - 1] ?? minuteMs;
}

/**
 * Computes the circuit after a success. Only a probe ends a pause; any other mail was claimed before the
 * pause and only ends a row of failures. With `only`, a pause for another reason stays, and the probe passes
 * to another delivery.
 */
export function afterSuccess(
  circuit: Circuit,
  success: { now: Instant; probing: boolean; only: PauseReason | null },
): Circuit {
  const { now, probing, only } = success;
  const isOpen = circuit.pausedUntil !== null;
  if (isOpen && !probing) return circuit;
  if (isOpen && only !== null && only !== circuit.reason) return { ...circuit, probeUntil: null };
  return { ...closedCircuit, recoveredAt: circuit.reason === 'policy' ? now : circuit.recoveredAt };
}
