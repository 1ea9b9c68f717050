import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { findAdmin } from '../admin/guard.ts';
import { readCookies } from '../http/cookies.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { findSession } from '../manage/manage-session.ts';
import { pastePaths, uploadPaths } from '../routes.ts';

/** Most bytes in a form: the largest is a pasted list of 500 trials. */
export const formLimitBytes = 64 * 1024;
/** Most bytes in an admin's upload: above the limit for lists, so that the page can explain that limit. */
const uploadLimitBytes = 32 * 1024 * 1024;

/** Most bytes in a pasted list: above the limit of its lines, so that the page can explain that limit. */
const pasteLimitBytes = 512 * 1024;

/** How long the rest of a body that is too large is read, in milliseconds. */
const dropWithinMs = 10_000;

/** Route options for paths that accept files or long texts. */
export function uploadOptions(method: string, url: string) {
  if (method === 'POST' && pastePaths.includes(url)) return { bodyLimit: pasteLimitBytes };
  if (method !== 'POST' || !uploadPaths.includes(url)) return {};
  const limits = { files: 1, fileSize: uploadLimitBytes, fieldSize: uploadLimitBytes };
  return { config: { multipartOptions: { limits } } };
}

/**
 * Whether a request is too large. Only admins may upload files, and only with a content-length; only signed-in people may
 * paste a long text.
 */
export async function isTooLarge(deps: WebDeps, request: FastifyRequest): Promise<boolean> {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  const isUpload = request.method === 'POST' && uploadPaths.includes(request.routeOptions.url ?? '');
  const isPaste = request.method === 'POST' && pastePaths.includes(request.routeOptions.url ?? '');
  if (!isUpload && !isPaste) return length > formLimitBytes;
  // The multipart parser does not limit the whole body.
  if (headers['content-length'] === undefined) return true;
  if (length <= formLimitBytes) return false;
  const visit = { cookies: readCookies(deps.config.baseUrl, headers.cookie), now: deps.now() };
  if (isPaste) return length > pasteLimitBytes || (await findSession(visit, deps)) === null;
  const admin = await findAdmin(visit, deps);
  return admin?.role !== 'admin' || length > uploadLimitBytes;
}

/**
 * Reads the rest of a body and drops it, for ten seconds at most. A proxy that is still sending when the answer comes
 * would answer 502 in our place.
 */
export async function dropBody(body: IncomingMessage): Promise<void> {
  body.resume();
  await finished(body, { writable: false, signal: AbortSignal.timeout(dropWithinMs) }).catch(() => {});
}
