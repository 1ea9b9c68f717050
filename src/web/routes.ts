import type { Handler } from './answer.ts';
import { showHome } from './home.ts';
import { showUnsubscribe, undoUnsubscribe, unsubscribe } from './unsubscribe.ts';

/** Every page of the program: method, path, what answers. Health, figures and the outbox stand in `serve.ts`. */
export const routes: readonly (readonly ['GET' | 'POST', string, Handler])[] = [
  ['GET', '/', showHome],
  ['GET', '/unsubscribe/:token', showUnsubscribe],
  ['POST', '/unsubscribe/:token', unsubscribe],
  ['POST', '/unsubscribe/undo', undoUnsubscribe],
];

/** Paths that take a POST from anywhere: the one click of RFC 8058, which brings neither cookie nor origin. */
export const openToAll: readonly string[] = ['/unsubscribe/:token'];
