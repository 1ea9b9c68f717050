import type { Config } from '../config.ts';
import type { Instant } from '../core/trial.ts';
import type { Db } from '../db/connect.ts';
import { nameSmtpCircuit } from '../db/delivery/smtp-circuits.ts';
import type { Keys } from '../keys.ts';
import type { Log } from '../log.ts';
import type { SharedBlocks } from '../mail/shared-blocks.ts';
import type { SmtpTimeouts } from '../mail/smtp.ts';
import type { SmtpMailer } from '../mail/smtp-mailer.ts';
import type { Queues } from '../queue/open.ts';
import type { Registry } from '../registries/registry.ts';

/**
 * The dependencies of every handler. The clock is injected: `now` decides polling, due times and the Date
 * header.
 */
export type Context = {
  config: Config;
  db: Db;
  keys: Keys;
  log: Log;
  now: () => Instant;
  registries: Map<string, Registry>;
  enqueue: Queues['enqueue'];
  /** The fault of the queue's store, in words, or null; unset in a process without queues. */
  queueFault?: Queues['fault'];
  /** Enqueues a delivery after a delay if this process still runs then; otherwise the sweep does. */
  enqueueLater?: (deliveryId: number, afterMs: number) => void;
  /** Reuses connections to the mail server; without it each mail has its own. */
  mailer?: SmtpMailer;
  /** Caches parts that many digests share; without it each is rendered anew. */
  sharedBlocks?: SharedBlocks;
  /** Identifies this process as a holder of leases and claims. */
  holder: string;
  /** How long to wait for another process that reads the same registry, in milliseconds. */
  patienceMs: number;
  /** Timeouts for the mail server, if they differ from RFC 5321. */
  smtpTimeouts?: SmtpTimeouts;
  /** Whether every mail says that it is part of a demonstration. */
  demo: boolean;
};
const circuits = new WeakMap<Config, string>();

/** The circuit of the configured mail server; null for the outbox. */
export function smtpCircuitOf(context: Context): string | null {
  const { smtpUrl } = context.config;
  if (smtpUrl === null) return null;
  const circuit = circuits.get(context.config) ?? nameSmtpCircuit(context.keys, smtpUrl);
  circuits.set(context.config, circuit);
  return circuit;
}
