import type { Handler } from './answer.ts';
import { showDigest } from './digest-page.ts';
import { showComparison } from './compare.ts';
import { showCondition } from './condition.ts';
import { showHome } from './home.ts';
import { showRobots } from './robots.ts';
import { search } from './search.ts';
import { suggest } from './suggest.ts';
import { showChange, showTimeline } from './timeline.ts';
import { showTrial } from './trial.ts';
import { showContacts } from './trial-contacts.ts';
import { showUnsubscribe, undoUnsubscribe, unsubscribe } from './unsubscribe.ts';

/** Every page of the program: method, path, what answers. Health, figures and the outbox stand in `serve.ts`. */
export const routes: readonly (readonly ['GET' | 'POST', string, Handler])[] = [
  ['GET', '/', showHome],
  ['GET', '/search', search],
  ['GET', '/suggest', suggest],
  ['GET', '/conditions/:slug', showCondition],
  ['GET', '/trials/:id', showTrial],
  ['POST', '/trials/:id/contacts', showContacts],
  ['GET', '/trials/:id/changes', showTimeline],
  ['GET', '/trials/:id/changes/:changeId', showChange],
  ['GET', '/trials/:id/compare', showComparison],
  ['GET', '/robots.txt', showRobots],
  ['GET', '/digests/:token', showDigest],
  ['GET', '/unsubscribe/:token', showUnsubscribe],
  ['POST', '/unsubscribe/:token', unsubscribe],
  ['POST', '/unsubscribe/undo', undoUnsubscribe],
];

/** Paths that take a POST from anywhere: the one click of RFC 8058, which brings neither cookie nor origin. */
export const openToAll: readonly string[] = ['/unsubscribe/:token'];
