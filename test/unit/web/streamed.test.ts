import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { endWhenStalled } from '../../../src/web/http/streamed.ts';

const part = Buffer.alloc(64 * 1024);
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

describe('a body that is made while it is sent', () => {
  /** Serves the body; tells when it is over, and how many parts were made. */
  async function serve(parts: number, waitMs: number) {
    let made = 0;
    const { promise: over, resolve } = Promise.withResolvers<number>();
    async function* source() {
      try {
        for (; made < parts; made++) yield part;
      } finally {
        resolve(made);
      }
    }
    const server = createServer((_request, response) => {
      const stream: Readable = Readable.from(endWhenStalled(source(), waitMs, () => stream.destroy()));
      stream.on('close', () => stream.readableEnded || response.destroy());
      stream.pipe(response);
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, over };
  }

  it('N9: ends for a client that stops reading, long before all of it was made', async () => {
    // More than the buffers of a connection hold.
    const parts = 2_000;
    const { url, over } = await serve(parts, 20);
    const response = await fetch(url);
    expect(await over).toBeLessThan(parts);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('comes whole to one that reads', async () => {
    const { url, over } = await serve(20, 60_000);
    const body = await (await fetch(url)).arrayBuffer();
    expect([body.byteLength, await over]).toEqual([20 * part.length, 20]);
  });
});
