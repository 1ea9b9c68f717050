import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a webhook receives. */
export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** The receiver's response: a status, or a fault of the connection. */
export type Reaction = number | ((response: ServerResponse) => void);

/** A server that records its requests. */
export type Receiver = {
  url: string;
  port: number;
  received: Received[];
  /** Sets the response from now on. */
  react(reaction: Reaction): void;
  close(): Promise<void>;
};

/** Starts a receiver on loopback that accepts everything (204). */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let reaction: Reaction = 204;
  const server = createServer(async (request, response) => {
    let body = '';
    request.setEncoding('utf8');
    try {
      for await (const part of request) body += part;
    } catch {
      return;
    }
    received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    if (typeof reaction === 'number') response.writeHead(reaction).end();
    else reaction(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    react: (next) => {
      reaction = next;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
