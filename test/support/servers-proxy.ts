import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A proxy between a program and its server that a test can disconnect and reconnect. */
export type Proxy = {
  port: number;
  /** Breaks every connection and refuses new ones. */
  unplug(): Promise<void>;
  /** Listens again, on the same port. */
  plug(): Promise<void>;
  /** Leads new connections to another port. */
  turnTo(port: number): void;
  /** How often the program spoke after the server had: its round trips so far. */
  turns(): number;
  close(): Promise<void>;
};

/** Opens a connected proxy from loopback to a port on loopback. */
export async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  let turns = 0;
  let leadsTo = target;
  const server = createServer((inner) => {
    let isHeard = true;
    const outer = connect(leadsTo, '127.0.0.1');
    keep(inner);
    keep(outer);
    inner.on('data', () => {
      if (isHeard) turns += 1;
      isHeard = false;
    });
    outer.on('data', () => {
      isHeard = true;
    });
    inner.pipe(outer).pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  let port = 0;
  const plug = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') port = address.port;
  };
  const unplug = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await plug();
  return {
    get port() {
      return port;
    },
    plug,
    turnTo(other) {
      leadsTo = other;
    },
    turns: () => turns,
    unplug,
    close: unplug,
  };
}
