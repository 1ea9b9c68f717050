import type { PageHandler } from '../http/page-response.ts';
import { showForPrograms } from './landing.ts';
import { operations, showOpenApi } from './openapi.ts';

/** The routes of the API. */
export const apiRoutes: readonly (readonly ['GET' | 'POST', string, PageHandler])[] = [
  ['GET', '/api', showForPrograms],
  ['GET', '/openapi.json', showOpenApi],
  ...operations.map(({ method, path, handler }) => [method, routeOf(path), handler] as const),
];

/** Routes that change something. They need a key instead of a form token. */
export const apiActs: readonly string[] = operations
  .filter(({ method }) => method === 'POST')
  .map(({ path }) => routeOf(path));

/** An OpenAPI path in the router's syntax. */
function routeOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
