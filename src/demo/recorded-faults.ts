import type { ServerResponse } from 'node:http';

/** A fault of a registry. It affects `times` requests, by default all, of the kind `on`, by default any. */
export type RegistryFault = { times?: number; on?: 'version' | 'list' | 'study' } & (
  | { kind: 'status'; status: number; retryAfter?: string; body?: string; type?: string }
  /** A web page with status 200. */
  | { kind: 'html' }
  /** JSON that ends in the middle. */
  | { kind: 'truncated' }
  /** JSON under another content type. */
  | { kind: 'wrong-type' }
  /** No answer at all. */
  | { kind: 'silent' }
  /** The connection is cut in the middle of the body. */
  | { kind: 'cut' }
  | { kind: 'slow'; ms: number }
  | { kind: 'oversized'; bytes: number }
  | { kind: 'redirect'; to: string }
  /** An empty list, with total 0. */
  | { kind: 'empty' }
  /** A page of a list, counted from 0, is left out or comes twice. */
  | { kind: 'drop-page' | 'repeat-page'; page: number }
  /** The pages come in the opposite order. */
  | { kind: 'shuffle-pages' }
  /** Every page names itself as the next. */
  | { kind: 'loop' }
  /** Every page names a fresh one as the next: after the last record the first comes again. */
  | { kind: 'endless' }
  /** The data moves to `day` after `afterPages` pages of lists. */
  | { kind: 'move'; afterPages: number; day: number }
);

/** Sends `body` spoiled by the fault. Returns false, without sending, if the fault does not concern the transport. */
export function answerWithFault(response: ServerResponse, fault: RegistryFault, body: string): boolean {
  const json = { 'content-type': 'application/json' };
  switch (fault.kind) {
    case 'status': {
      const {
        status,
        retryAfter,
        type = 'text/html',
        body: text = `<html><h1>${status}</h1></html>`,
      } = fault;
      response.writeHead(status, {
        'content-type': type,
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      });
      response.end(text);
      return true;
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>');
      return true;
    case 'truncated':
      response.writeHead(200, json).end(body.slice(0, Math.floor(body.length / 2)));
      return true;
    case 'wrong-type':
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(body);
      return true;
    case 'silent':
      return true;
    case 'cut':
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(body) + 1 });
      response.write(body, () => response.destroy());
      return true;
    case 'slow':
      setTimeout(() => response.writeHead(200, json).end(body), fault.ms);
      return true;
    case 'oversized':
      writeBlanks(response.writeHead(200, json), fault.bytes);
      return true;
    case 'redirect':
      response.writeHead(302, { location: fault.to }).end();
      return true;
    default:
      return false;
  }
}

function writeBlanks(response: ServerResponse, bytes: number): void {
  const block = Buffer.alloc(2 ** 16, ' ');
  let left = bytes;
  const write = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= block.length;
      if (!response.write(block)) {
        response.once('drain', write);
        return;
      }
    }
    response.end('{"studies":[]}');
  };
  write();
}
