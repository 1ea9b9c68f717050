import { type Difference, differences } from '../../../core/digests/digest-preview.ts';
import { ofValues, plainChip } from '../../../core/wording/shape/shape.ts';
import type { Wording } from '../../../core/wording/wording.ts';
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
      const title = wording.say(kindKeys[kind], { count });
      return count === 0 ? [] : [{ title, samples: samples.map((one) => viewSample(wording, kind, one)) }];
    }),
  });
});

/** A line of a text that only the old or only the new one has, or both; a gap between two places has no text. */
type DiffLine = { sign: 'minus' | 'plus' | 'both' | 'gap'; text: string };

const signs: Record<string, DiffLine['sign']> = { '-': 'minus', '+': 'plus', '@': 'gap' };

/** A difference as readers see changes: old and new of a subject, else the lines of a text with what went and came. */
function viewSample(
  wording: Wording,
  kind: Difference,
  { digestId, diff }: { digestId: number; diff: string },
) {
  const lines = diff
    .split('\n')
    .slice(2)
    .filter((line) => line !== '' && !line.startsWith('\\'))
    .map((line): DiffLine => ({ sign: signs[line[0] ?? ''] ?? 'both', text: line.slice(1) }));
  const only = (sign: DiffLine['sign']) => lines.find((line) => line.sign === sign)?.text ?? '';
  return {
    name: wording.say('admin.compare.digest', { id: String(digestId) }),
    shape: kind === 'subject' ? ofValues('', plainChip(only('minus')), plainChip(only('plus'))) : null,
    // A text begins without a gap.
    lines: lines[0]?.sign === 'gap' ? lines.slice(1) : lines,
  };
}

function page(request: PageRequest, found: object | null): PageResponse {
  return { page: 'admin-compare', title: request.wording.say('admin.compare.title'), view: { found } };
}
