import type { PageHandler } from '../http/page-response.ts';
import { operations, showOpenApi } from './openapi.ts';

/** The API's addresses. */
export const apiRoutes: readonly (readonly ['GET' | 'POST', string, PageHandler])[] = [
  ['GET', '/openapi.json', showOpenApi],
  ...operations.map(({ method, path, handler }) => [method, routeOf(path), handler] as const),
];

/** Those of them that act: who sends a key needs no page of ours. */
export const apiActs: readonly string[] = operations
  .filter(({ method }) => method === 'POST')
  .map(({ path }) => routeOf(path));

/** A path as the router writes it. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
