import { differences } from '../../../core/digests/digest-preview.ts';
import { writeAuditEntry } from '../../../use-cases/admin/audit.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import { adminAct, adminPage } from '../guard.ts';

const dayMs = 86_400_000;
const digestsAtMost = 2_000;
const samplesShown = 5;
const kindKeys = {
  gone: 'admin.compare.gone',
  subject: 'admin.compare.subject',
  text: 'admin.compare.text',
  html: 'admin.compare.html',
};

/** The page before a comparison: its result shows what people follow, so it is logged. */
export const showCompareAsk = adminPage((request) => page(request, null));

/** Composes the digests of the last day again with the current rules, and shows those that differ. */
export const showCompare = adminAct('compare-digests', async (request, { actions, db }, _admin, log) => {
  const { now, wording } = request;
  const since = new Date(Date.parse(now) - dayMs).toISOString();
  const compared = await actions.compareDigests({
    since,
    atMost: digestsAtMost,
    samplesAtMost: samplesShown,
  });
  const { digests, differing } = compared;
  await writeAuditEntry(db, log, { subject: 'digests', details: { since, digests, differing } });
  return page(request, {
    sum: wording.say('admin.compare.sum', { digests, differing }),
    cut: compared.isCut ? wording.say('admin.compare.cut', { count: digestsAtMost }) : null,
    kinds: differences.flatMap((kind) => {
      const { count, samples } = compared.kinds[kind];
      return count === 0 ? [] : [{ title: wording.say(kindKeys[kind], { count }), samples }];
    }),
  });
});

function page(request: PageRequest, found: object | null): PageResponse {
  return { page: 'admin-compare', title: request.wording.say('admin.compare.title'), view: { found } };
}
