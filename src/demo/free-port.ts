import { once } from 'node:events';
import { createServer } from 'node:net';
import { TrialbellError } from '../errors.ts';

/** The first free port on loopback, of 20 from `first` on. Throws a TrialbellError if none is free. */
export async function findFreePort(first: number): Promise<number> {
  for (let port = first; port < first + 20; port += 1) if (await isFree(port)) return port;
  throw new TrialbellError(
    `No port from ${first} to ${first + 19} is free. Stop one of the programs that use them.`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
