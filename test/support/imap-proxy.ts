import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy to an IMAP server without TLS that records the conversation. */
export type ImapProxy = {
  port: number;
  /** Everything that clients have sent. */
  said(): string;
  close(): Promise<void>;
};

/** How a proxy lets a server misbehave. */
export type ImapProxyOptions = {
  /** Called in place of handing on a command that marks a message; the connection is then cut. */
  beforeMark?: () => void;
  /**
   * What a client gets in place of the server's answer to a command, null to hand the command on. `TAG` stands for the
   * command's tag. The connection is cut after an answer that does not end with a line.
   */
  answer?: (command: string) => string | null;
  /** Changes what the server says. */
  rewrite?: (text: string) => string;
};

/** Opens a proxy on loopback. */
export async function openImapProxy(
  target: number,
  { beforeMark, answer, rewrite }: ImapProxyOptions = {},
): Promise<ImapProxy> {
  const sockets = new Set<Socket>();
  let said = '';
  const server = createServer((inner) => {
    const outer = connect(target, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    }
    inner.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      said += text;
      const given = answer?.(text) ?? null;
      if (beforeMark && / UID STORE /.test(text)) {
        beforeMark();
        inner.destroy();
      } else if (given === null) outer.write(chunk);
      else if (given.endsWith('\r\n')) inner.write(given.replace('TAG', text.split(' ')[0] ?? ''));
      else inner.end(given);
    });
    outer.on('data', (chunk) =>
      inner.write(rewrite ? Buffer.from(rewrite(chunk.toString('latin1')), 'latin1') : chunk),
    );
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
