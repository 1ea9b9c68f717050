import { connect, type Socket } from 'node:net';

/** Where a server is, as a client of `pg` knows it; the host may be the folder of a Unix socket. */
export type ServerAddress = { host: string; port: number };

/** After how much silence while something is waited for, in milliseconds, we ask whether the server can still be reached. */
export const silentMs = 30_000;
const reachedWithinMs = 10_000;
/** What a network says of an address that it has no way to. A host that refuses, or knows no such name any more, is there or unknown. */
const noWay = /^(ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN)$/;

/**
 * Gives up a connection over which an answer is waited for once its server can no longer be reached, with the error
 * ETIMEDOUT. A keepalive cannot: while a statement is sent and unacknowledged the kernel sends it again and again
 * instead, for a quarter of an hour on Linux. A server that can be reached may take as long as it wants.
 */
export function watchSilence(stream: Socket, isWaiting: () => boolean, server: ServerAddress): void {
  if (server.host.startsWith('/')) return;
  stream.on('timeout', async () => {
    if (isWaiting() && !(await canReach(server)))
      stream.destroy(
        Object.assign(new Error(`The database at ${server.host}:${server.port} can no longer be reached.`), {
          code: 'ETIMEDOUT',
        }),
      );
    else stream.setTimeout(silentMs);
  });
  stream.setTimeout(silentMs);
}

/** A deadline is divided into this many waits. */
const waits = 10;

/**
 * Awaits an answer, and calls `giveUp` after some milliseconds (0: never). Only time in which this process could read
 * the answer counts: a wait that takes longer than its part, because the process computes or gets no processor, counts
 * as that part.
 */
export async function withinListening<T>(ms: number, answer: Promise<T>, giveUp: () => void): Promise<T> {
  if (ms === 0) return answer;
  let left = waits;
  let timer: NodeJS.Timeout;
  const wait = () => {
    timer = setTimeout(() => {
      left -= 1;
      if (left > 0) wait();
      else giveUp();
    }, ms / waits).unref();
  };
  wait();
  return answer.finally(() => clearTimeout(timer));
}

function canReach({ host, port }: ServerAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const answer = (isReached: boolean) => {
      socket.destroy();
      resolve(isReached);
    };
    socket.setTimeout(reachedWithinMs, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => answer(!noWay.test(code)));
    socket.unref();
  });
}
