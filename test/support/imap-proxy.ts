import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy to an IMAP server without TLS that records the conversation. */
export type ImapProxy = {
  port: number;
  /** Everything that clients have sent. */
  said(): string;
  close(): Promise<void>;
};

/**
 * Opens a proxy on loopback. `beforeMark` is called in place of handing on a command that marks a message; the
 * connection is then cut.
 */
export async function openImapProxy(target: number, beforeMark?: () => void): Promise<ImapProxy> {
  const sockets = new Set<Socket>();
  let said = '';
  const server = createServer((inner) => {
    const outer = connect(target, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    }
    inner.on('data', (chunk) => {
      said += chunk.toString('latin1');
      if (beforeMark && / UID STORE /.test(chunk.toString('latin1'))) {
        beforeMark();
        inner.destroy();
      } else outer.write(chunk);
    });
    outer.pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    said: () => said,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
