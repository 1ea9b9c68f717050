import type { PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { operations } from './openapi.ts';

const keptSeconds = 3_600;

/** `/api`: what programs can read here, for the person who writes one. */
export function showForPrograms({ wording }: PageRequest, { config }: WebDeps): PageResponse {
  return {
    page: 'programs',
    title: wording.say('programs.title'),
    view: {
      host: config.baseUrl.replace(/\/+$/, ''),
      operations: operations.map(({ name, method, path }) => ({
        call: `${method} ${path}`,
        does: wording.say(`programs.operation.${name}`),
      })),
    },
    indexed: true,
    cacheSeconds: keptSeconds,
    sharing: { address: '/api', description: wording.say('programs.lead') },
  };
}
