import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  type Circuit,
  closedCircuit,
  type PauseReason,
  pauseOf,
} from '../../../src/core/refusals/circuit-breaker.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
const fail = (circuit: Circuit, reason: PauseReason, second: number, probing = false) =>
  afterFailure(circuit, { reason, reply: `${reason} at ${second}`, probing, now: at(second) });
const times = (count: number, reason: PauseReason) =>
  Array.from({ length: count }).reduce<Circuit>((circuit, _, n) => fail(circuit, reason, n), closedCircuit);

describe('the circuit breaker of a mail server', () => {
  it('R6: opens on the third failure in a row, and on the first refusal for our reputation', () => {
    expect([1, 2, 3].map((count) => pauseOf(times(count, 'relay'))?.until ?? null)).toEqual([
      null,
      null,
      at(2 + 5),
    ]);
    expect(pauseOf(times(1, 'policy'))).toEqual({
      reason: 'policy',
      until: at(15 * 60),
      since: at(0),
      reply: 'policy at 0',
      times: 1,
    });
  });

  it('E6: a failed probe pauses for longer, up to a limit, and frees the probe; another failure prolongs nothing', () => {
    let circuit = times(3, 'relay');
    const pausesS: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      circuit = fail({ ...circuit, probeUntil: at(900) }, 'relay', 100 * n, true);
      expect(circuit.probeUntil).toBeNull();
      pausesS.push((Date.parse(circuit.pausedUntil ?? '') - Date.parse(at(100 * n))) / 1_000);
    }
    expect(pausesS).toEqual([10, 20, 30, 30, 30]);
    expect(pauseOf(fail(circuit, 'relay', 401))).toEqual(pauseOf(circuit));
    expect(pauseOf(circuit)?.since).toBe(at(2));
    expect(pauseOf(fail(circuit, 'policy', 401))).toMatchObject({
      reason: 'policy',
      times: 1,
      since: at(401),
    });
  });

  it('R6: only a probe ends a pause, and only of the reason that it can judge', () => {
    const open = { ...times(1, 'policy'), probeUntil: at(900) };
    expect(afterSuccess(open, { now: at(5), probing: false, only: null })).toBe(open);
    const judged = afterSuccess(open, { now: at(5), probing: true, only: 'relay' });
    expect(judged).toEqual({ ...open, probeUntil: null });
    expect(afterSuccess(open, { now: at(5), probing: true, only: null })).toEqual({
      ...closedCircuit,
      recoveredAt: at(5),
    });
    expect(afterSuccess(times(2, 'relay'), { now: at(5), probing: false, only: null })).toEqual(
      closedCircuit,
    );
  });
});
