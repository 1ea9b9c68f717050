import type { FastifyRequest } from 'fastify';
import { findAdmin } from '../admin/guard.ts';
import { readCookies } from '../http/cookies.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { uploadPaths } from '../routes.ts';

/** What a form may bring, in bytes: the largest is a pasted list of 500 trials. */
export const formLimitBytes = 64 * 1024;
/** What an admin's form may bring, in bytes: more than is taken, so that the page can say so. */
const uploadLimitBytes = 32 * 1024 * 1024;

/** What of a route differs from the others: those that take a file. */
export function uploadOptions(method: string, url: string) {
  if (method !== 'POST' || !uploadPaths.includes(url)) return {};
  const limits = { files: 1, fileSize: uploadLimitBytes, fieldSize: uploadLimitBytes };
  return { config: { multipartOptions: { limits } } };
}

/** Whether a request brings more than it may: only admins bring files, and say beforehand how large they are. */
export async function isTooLarge(deps: WebDeps, request: FastifyRequest): Promise<boolean> {
  const { headers } = request;
  const length = Number(headers['content-length'] ?? 0);
  const isUpload = request.method === 'POST' && uploadPaths.includes(request.routeOptions.url ?? '');
  // The multipart parser has no limit for the whole.
  if (!isUpload) return length > formLimitBytes;
  if (headers['content-length'] === undefined) return true;
  if (length <= formLimitBytes) return false;
  const cookies = readCookies(deps.config.baseUrl, headers.cookie);
  const admin = await findAdmin({ cookies, now: deps.now() }, deps);
  return admin?.role !== 'admin' || length > uploadLimitBytes;
}
