import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { type DigestComparison, differences, type PreviewedMail } from '../../core/digests/digest-preview.ts';
import { messageOf, TrialbellError } from '../../errors.ts';
import { type ComposedAgain, composeStored, openComparison } from '../../jobs/admin/compare-digests.ts';
import { customOf } from '../../mail/custom/custom.ts';
import { parseInstant, withApp } from '../options.ts';
import { printJson, say } from '../output.ts';
import { reportCustom } from './custom.ts';

type Options = { since?: string; save?: string; against?: string; show: string; json?: boolean };
type Saved = PreviewedMail & { digestId: number };

const dayMs = 86_400_000;
const meanings = {
  gone: 'would not be composed at all',
  subject: 'have a different subject',
  text: 'have a different text',
  html: 'have the same text in different HTML',
};

/** `preview`: composes recent digests again with the current rules and templates. */
export function addPreview(program: Command): void {
  program
    .command('preview')
    .description('compose recent digests again with the current rules and templates, and show what differs')
    .option('--since <INSTANT>', 'digests planned since then (a day ago)', parseInstant)
    .option('--save <FILE>', 'save the newly composed emails in a new file')
    .option(
      '--against <FILE>',
      'compare with the emails that another checkout saved, instead of the stored ones',
    )
    .option('--show <NUMBER>', 'differences to show of each kind', '3')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      `
Nothing is written to the database, and nothing is sent. Each digest is composed again from its changes and the records of
that time. Without --against it is compared with the stored digest, which shows the effect of a changed rule. To see the effect
of a changed template, run "preview --save FILE" in the old checkout and "preview --against FILE" in the new one, with the same
--since. Changes that a new rule would add to a digest are not found, and settings that a reader has changed since appear as
differences. Addresses are left out; links and private notes are blanked. The file says what readers follow: delete it
afterwards.`,
    )
    .action(compare);
}

async function compare({ since, save, against, show, json }: Options): Promise<void> {
  if (!/^\d{1,4}$/.test(show)) throw new TrialbellError('--show must be a number.', { exitCode: 2 });
  const saved = against === undefined ? null : readSaved(against);
  const file = save === undefined ? null : openFile(save);
  const comparison = openComparison(Number(show));
  const unknown = new Set(saved?.keys());
  const use = ({ digestId, isSame, stored, made }: ComposedAgain) => {
    unknown.delete(digestId);
    if (isSame && file === null && saved === null) return;
    const now = made();
    if (file !== null && now) writeSync(file, `${JSON.stringify({ digestId, ...now })}\n`);
    const before = saved ? saved.get(digestId) : stored();
    if (before) comparison.add(digestId, before, now);
  };
  try {
    const result = await withApp(async ({ context }) => {
      for (const line of json ? [] : reportCustom(customOf(context.config))) say(line);
      const from = since ?? new Date(Date.parse(context.now()) - dayMs).toISOString();
      return comparison.result(
        await composeStored(context, { since: from, atMost: Number.MAX_SAFE_INTEGER }, use),
      );
    });
    if (json) return printJson({ ...result, unknown: unknown.size });
    tell(result, unknown.size);
  } finally {
    if (file !== null) closeSync(file);
  }
}

function tell({ digests, differing, kinds }: DigestComparison, unknown: number): void {
  say(`${digests} digests were composed again; ${differing} differ.`);
  for (const kind of differences) {
    const { count, samples } = kinds[kind];
    if (count === 0) continue;
    say(`\n${count} ${meanings[kind]}${samples.length < count ? `, ${samples.length} of them` : ''}:`);
    for (const { diff } of samples) say(diff.trimEnd());
  }
  if (unknown > 0) say(`\n${unknown} of the saved digests were not composed again: use the same --since.`);
}

function openFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    throw new TrialbellError(`${path} cannot be created: ${messageOf(cause)}`, { cause });
  }
}

function readSaved(path: string): Map<number, PreviewedMail> {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    return new Map(lines.map((line) => JSON.parse(line) as Saved).map((one) => [one.digestId, one]));
  } catch (cause) {
    throw new TrialbellError(`${path} is not a file of saved digests: ${messageOf(cause)}`, { cause });
  }
}
