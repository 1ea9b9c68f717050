import { connect, createServer, type Socket } from 'node:net';

/** A gate in front of a server on loopback: connections wait until it is opened. */
export type Gate = { port: number; waiting(): number; open(): void; close(): Promise<void> };

/** Puts a closed gate in front of a port on loopback. */
export async function openGate(target: number): Promise<Gate> {
  const opened = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  let came = 0;
  const server = createServer((inner) => {
    came += 1;
    sockets.add(inner);
    inner.on('error', () => inner.destroy());
    opened.promise.then(() => {
      const outer = connect(target, '127.0.0.1');
      sockets.add(outer);
      outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
      inner.on('close', () => outer.destroy());
      inner.pipe(outer).pipe(inner);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    waiting: () => came,
    open: () => opened.resolve(),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
