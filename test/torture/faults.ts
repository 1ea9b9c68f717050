import { createRandom } from '../support/random.ts';
import type { SinkFault } from './sink-log.ts';

/** How often each thing goes wrong in a run. */
export type Amounts = {
  kills: number;
  /** All processes at once. */
  restarts: number;
  /** A sender is stopped, and wakes up after its lease was taken from it. */
  pauses: number;
  drops: number;
  /** The mail server turns everybody away for a while, or takes its time. */
  refusals: number;
  slownesses: number;
  /** Connections of a process to PostgreSQL are terminated. */
  cuts: number;
  wipes: number;
  /** Redis is stopped, and started again; for ever 0 on PostgreSQL. */
  stops: number;
  /** A sender's host is cut off by its network; for ever 0 on one host. */
  partings: number;
};

/** Nothing goes wrong. */
export function noAmounts(): Amounts {
  return {
    kills: 0,
    restarts: 0,
    pauses: 0,
    drops: 0,
    refusals: 0,
    slownesses: 0,
    cuts: 0,
    wipes: 0,
    stops: 0,
    partings: 0,
  };
}

/** One thing that goes wrong, so many milliseconds after the start. `draw` decides whom it meets. */
export type Fault = { atMs: number; draw: number } & (
  | { kind: Exclude<keyof Amounts, 'drops' | 'refusals' | 'slownesses' | 'stops'> }
  | { kind: 'drops'; fault: SinkFault }
  | { kind: 'refusals' | 'slownesses' | 'stops'; forMs: number }
);

const sinkFaults: SinkFault[] = [
  { at: 'greeting', how: 'drop' },
  { at: 'greeting', how: '421 4.3.2 not now' },
  { at: 'ehlo', how: 'drop' },
  { at: 'mail', how: 'drop' },
  { at: 'mail', how: '451 4.3.0 not this one now' },
  { at: 'rcpt', how: 'drop' },
  { at: 'rcpt', how: '451 4.2.0 not this one now' },
  { at: 'data', how: 'drop' },
  { at: 'data', how: '421 4.3.2 going down' },
  { at: 'body', how: 'drop' },
  { at: 'dot', how: 'drop' },
  { at: 'dot', how: '421 4.3.2 going down' },
  { at: 'dot', how: '451 4.3.0 not this one now' },
  { at: 'dot', how: 'silence' },
  { at: 'reply', how: 'drop' },
  { at: 'reply', how: 'silence' },
];

/** Draws a run's faults from a seed, in the order of their times: always the same for the same seed and amounts. */
export function drawFaults(seed: number, amounts: Amounts, duringMs: number): Fault[] {
  const random = createRandom(seed);
  const kinds = Object.keys(amounts) as (keyof Amounts)[];
  return kinds
    .flatMap((kind) =>
      Array.from({ length: amounts[kind] }, (): Fault => {
        const when = { atMs: random.below(duringMs), draw: random.below(1_000_000) };
        if (kind === 'drops') return { ...when, kind, fault: random.pick(sinkFaults) };
        if (kind === 'refusals' || kind === 'slownesses' || kind === 'stops')
          return { ...when, kind, forMs: 500 + random.below(3_000) };
        return { ...when, kind };
      }),
    )
    .sort((a, b) => a.atMs - b.atMs);
}
