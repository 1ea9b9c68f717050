import { Readable } from 'node:stream';
import { messageOf } from '../../errors.ts';
import type { StreamedBody } from './page-response.ts';
import type { WebDeps } from './web-deps.ts';

/** How long a client may read nothing before its response ends, in milliseconds: it holds memory meanwhile (N9). */
const stalledMs = 2 * 60_000;

/**
 * A body as the stream of a response; that to HEAD makes nothing. A failure meanwhile, and a client that has stopped
 * reading, end the connection, so that no file looks whole.
 */
export function toStream(body: StreamedBody, method: string, { log }: Pick<WebDeps, 'log'>): Readable {
  if (method === 'HEAD') return Readable.from([]);
  const stream: Readable = Readable.from(endWhenStalled(body.open(), stalledMs, () => stream.destroy()));
  stream.on('error', (error) => log.error({ reason: messageOf(error) }, 'page failed'));
  return stream;
}

/** The parts of a source as they are asked for. Calls `end` once the next one has not been asked for in time. */
export async function* endWhenStalled<T>(
  source: AsyncIterable<T>,
  waitMs: number,
  end: () => void,
): AsyncGenerator<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const part of source) {
      timer = setTimeout(end, waitMs).unref();
      yield part;
      clearTimeout(timer);
    }
  } finally {
    clearTimeout(timer);
  }
}
