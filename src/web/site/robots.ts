import type { PageResponse } from '../http/page-response.ts';

const personal =
  'manage confirm unsubscribe digests d/ follow subscriptions outbox admin search suggest metrics healthz readyz'.split(
    ' ',
  );

/** Lets crawlers read the public pages, but not personal ones or those that cause registry requests. */
export function showRobots(): PageResponse {
  const lines = ['User-agent: *', ...personal.map((path) => `Disallow: /${path}`), 'Crawl-delay: 5', ''];
  return {
    body: lines.join('\n'),
    type: 'text/plain; charset=utf-8',
    indexed: true,
    cacheSeconds: 86_400,
    isWordless: true,
  };
}
