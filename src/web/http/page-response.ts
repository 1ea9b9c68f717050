import type { Instant } from '../../core/trial.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { WebDeps } from './web-deps.ts';

/** Form fields as they came, each with all its values. */
export type Form = Readonly<Record<string, readonly string[]>>;

/** One request, as a handler sees it. It holds no network address. */
export type PageRequest = {
  /** The path without its query, percent-decoded by part in `params`. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: Form;
  form: Form;
  /** Files of a form, each with all its values; only where `uploadPaths` of routes.ts lets them in. */
  files: Readonly<Record<string, readonly Buffer[]>>;
  cookies: Readonly<Record<string, string | undefined>>;
  /** Marks registry text: whatever is written by `write-answer.ts` shows or drops the marks. */
  wording: Wording;
  language: string;
  now: Instant;
  /** The body, when it came as JSON. */
  json: unknown;
  /** The Authorization header. */
  authorization: string | null;
};

/** A cookie to set; `maxAgeSeconds` 0 takes it away. The name gets its `__Host-` where the address allows it (P6). */
export type Cookie = {
  name: 'manage' | 'browser' | 'language' | 'admin';
  value: string;
  maxAgeSeconds: number;
};

/** A page: a template in `templates/pages`, and what it shows beside the frame. */
export type Page = {
  page: string;
  title: string;
  view: object;
  /** May be found by search engines. */
  indexed?: boolean;
  /** May be kept by browsers and caches for so long; nothing personal may be in it. */
  cacheSeconds?: number;
  /** Path of the page's feed. */
  feed?: string;
  /** In place of those that every answer has. */
  headers?: Readonly<Record<string, string>>;
};

/** Anything else that is sent: a feed, a file. `fileName` makes it a download. */
export type FileBody = {
  body: string | Buffer;
  type: string;
  indexed?: boolean;
  cacheSeconds?: number;
  /** May be kept by the browser that asked alone. */
  isPrivate?: boolean;
  fileName?: string;
  headers?: Readonly<Record<string, string>>;
  /** The same in every language. */
  isWordless?: boolean;
};

/** What a handler answers; `write-answer.ts` writes it, with the headers that every answer has. */
export type PageResponse = { status?: number; cookies?: Cookie[] } & (
  | Page
  | FileBody
  | { seeOther: string }
  | { notFound: true }
);

/** What answers a route. */
export type PageHandler = (request: PageRequest, deps: WebDeps) => Promise<PageResponse> | PageResponse;

/** A field's only value, trimmed; empty when it is missing. */
export function field(form: Form, name: string): string {
  return form[name]?.[0]?.trim() ?? '';
}
