import { connect } from 'node:net';

/** Where an SMTP address leads: submission ports where none is named. */
export function smtpAddress(smtpUrl: string): { host: string; port: number; isTls: boolean } {
  const { hostname, port, protocol } = new URL(smtpUrl);
  const isTls = protocol === 'smtps:';
  return { host: hostname, port: Number(port || (isTls ? 465 : 587)), isTls };
}

/** The first line a mail server says; with TLS from the start, that it accepts a connection. Throws when it does not. */
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
