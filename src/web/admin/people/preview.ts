import type { DigestPreview } from '../../../core/digests/digest-preview.ts';
import { readSuppression } from '../../../db/subscribers/suppressions.ts';
import { TrialbellError } from '../../../errors.ts';
import { subscriberSubject, writeAuditEntry } from '../../../use-cases/admin/audit.ts';
import { securityHeaders } from '../../http/headers.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import { adminAct, adminPage, tellAdmin } from '../guard.ts';
import { findPersonOf, namePerson } from './person.ts';

/** The page before a preview: a digest shows what a person follows, so viewing it is logged. */
export const showPreviewAsk = adminPage(async (request, deps) => {
  const person = await findPersonOf(request, deps);
  return person ? page(request, person.id, null) : { notFound: true };
});

/** A person's next digest as it would be sent. Writes only the audit log, and sends nothing. */
export const showPreview = adminAct('preview', async (request, deps, _admin, log) => {
  const { db, keys } = deps;
  const person = await findPersonOf(request, deps);
  if (!person) return { notFound: true };
  let preview: DigestPreview | null;
  try {
    preview = await deps.actions.previewDigest(person.id);
  } catch (error) {
    if (!(error instanceof TrialbellError)) throw error;
    return tellAdmin(request.wording.say('admin.preview.title'), [error.message], {
      status: 500,
      next: { href: `/admin/subscribers/${person.id}`, text: namePerson(request, person.id) },
    });
  }
  if (!preview) return { notFound: true };
  await writeAuditEntry(db, log, { subject: subscriberSubject(person.id), details: { kind: preview.kind } });
  const stopped = await readSuppression(db, keys, keys.decrypt(person.address));
  return page(request, person.id, {
    when: sayWhen(request, preview, person.timezone),
    stopped: stopped !== null,
    mail: 'mail' in preview ? { ...preview.mail, html: makeInert(preview.mail.html) } : null,
  });
});

function sayWhen({ wording }: PageRequest, preview: DigestPreview, timezone: string): string {
  const { say, moment } = wording;
  if (preview.kind === 'next') return say('admin.preview.next', { at: moment(preview.at, timezone) });
  if (preview.kind === 'promised')
    return say('admin.preview.promised', {
      id: preview.digestId,
      plannedAt: moment(preview.plannedAt, timezone),
    });
  const keys = {
    nobody: 'admin.preview.nothing.nobody',
    unwatched: 'admin.preview.nothing.unwatched',
    'nothing-owed': 'admin.preview.nothing.owed',
  };
  const at = preview.at === null ? '' : moment(preview.at, timezone);
  // With only immediate subscriptions, a digest is due as soon as something is released.
  const key = preview.because === 'nothing-owed' && at === '' ? 'admin.preview.nothing.asleep' : null;
  return say(key ?? keys[preview.because], { at });
}

/** Removes the targets of all links in a mail. */
export function makeInert(html: string): string {
  return html.replace(/(<a\b[^>]*?)\shref=("[^"]*"|'[^']*')/gi, '$1');
}

/** Allows inline styles: a `srcdoc` frame has the policy of its page, and the mail brings its own styles. */
export const previewHeaders = {
  'content-security-policy': securityHeaders['content-security-policy']
    .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("script-src 'self'", "script-src 'none'"),
};

function page(
  request: PageRequest,
  personId: number,
  found: { when: string; stopped: boolean; mail: object | null } | null,
): PageResponse {
  return {
    page: 'admin-preview',
    title: request.wording.say('admin.preview.title'),
    view: { personId, personName: namePerson(request, personId), found },
    ...(found ? { headers: previewHeaders } : {}),
  };
}
