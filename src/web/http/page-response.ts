import type { Instant } from '../../core/trial.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { WebDeps } from './web-deps.ts';

/** Form fields as sent, each with all its values. */
export type Form = Readonly<Record<string, readonly string[]>>;

/** One request, as a handler sees it. It holds no network address. */
export type PageRequest = {
  /** The path without its query, percent-decoded by part in `params`. */
  path: string;
  params: Readonly<Record<string, string>>;
  query: Form;
  form: Form;
  /** Uploaded files by field; only on the `uploadPaths` of routes.ts. */
  files: Readonly<Record<string, readonly Buffer[]>>;
  cookies: Readonly<Record<string, string | undefined>>;
  /** Marks registry text; `write-response.ts` renders or removes the marks. */
  wording: Wording;
  language: string;
  now: Instant;
  /** The body, if it is JSON. */
  json: unknown;
  /** The Authorization header. */
  authorization: string | null;
};

/** A cookie to set; `maxAgeSeconds` 0 deletes it. The name gets `__Host-` where the base URL allows it (P6). */
export type Cookie = {
  name: 'manage' | 'done' | 'browser' | 'language' | 'admin';
  value: string;
  maxAgeSeconds: number;
};

/** How a public page appears where its link is shared. A page with anything about a person has none. */
export type Sharing = {
  /** The path, with the filters that name what the page shows; no language, and nothing about the reader. */
  address: string;
  /** One or two sentences without markup. */
  description: string;
  /** The path of its picture; without one, the picture of the whole site. */
  picture?: string;
};

/** A page: a template in `templates/pages` and its data. */
export type Page = {
  page: string;
  title: string;
  view: object;
  /** Search engines may index it. */
  indexed?: boolean;
  /** How long browsers and proxies may cache it, in seconds. Only for pages without personal data. */
  cacheSeconds?: number;
  /** Path of the page's feed. */
  feed?: string;
  sharing?: Sharing;
  /** Pages of these hosts may show it in a frame. It sets no cookie. */
  framedBy?: readonly string[];
  /** Headers that replace the default ones. */
  headers?: Readonly<Record<string, string>>;
};

/** A body that is made while it is sent, and no faster than it is read. */
export type StreamedBody = {
  /** Begins to make it; not called if the client has it already. */
  open(): AsyncIterable<string | Uint8Array>;
  /** A text that differs if the content does, for its ETag. */
  tag: string;
};

/** Any other response: a feed, a file. `fileName` makes it a download. */
export type FileBody = {
  body: string | Buffer | StreamedBody;
  type: string;
  indexed?: boolean;
  cacheSeconds?: number;
  /** Only the browser may cache it. */
  isPrivate?: boolean;
  fileName?: string;
  headers?: Readonly<Record<string, string>>;
  /** The same in every language. */
  isWordless?: boolean;
};

/** The result of a handler; `write-response.ts` sends it with the default headers. */
export type PageResponse = { status?: number; cookies?: Cookie[] } & (
  | Page
  | FileBody
  | { seeOther: string }
  | { notFound: true }
);

/** The handler of a route. */
export type PageHandler = (request: PageRequest, deps: WebDeps) => Promise<PageResponse> | PageResponse;

/** The first value of a field, trimmed; empty if it is missing. */
export function field(form: Form, name: string): string {
  return form[name]?.[0]?.trim() ?? '';
}
