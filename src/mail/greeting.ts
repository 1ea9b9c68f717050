import { connect } from 'node:net';

/** Reads host, port and TLS from an SMTP URL. The default ports are those for submission. */
export function smtpAddress(smtpUrl: string): { host: string; port: number; isTls: boolean } {
  const { hostname, port, protocol } = new URL(smtpUrl);
  const isTls = protocol === 'smtps:';
  return { host: hostname, port: Number(port || (isTls ? 465 : 587)), isTls };
}

/**
 * Returns the first line of a mail server. With implicit TLS, only checks that the server accepts a
 * connection. Throws if it does not.
 */
export function readGreeting(smtpUrl: string, withinMs: number): Promise<string> {
  const { host, port, isTls } = smtpAddress(smtpUrl);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: withinMs });
    const end = (act: () => void) => {
      socket.destroy();
      act();
    };
    socket.once('connect', () => isTls && end(() => resolve('it accepts connections')));
    socket.once('data', (data) => end(() => resolve(data.toString('latin1').split('\r\n')[0] ?? '')));
    socket.once('timeout', () =>
      end(() => reject(new Error(`no answer within ${withinMs / 1_000} seconds`))),
    );
    socket.once('close', () => reject(new Error('it closed the connection without a word')));
    socket.once('error', (error) => end(() => reject(error)));
  });
}
