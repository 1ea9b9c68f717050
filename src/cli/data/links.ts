import type { Command } from 'commander';
import type { OtherRecord } from '../../core/links/listings.ts';
import { defaultRegistry, exampleIds, registryName } from '../../core/registries.ts';
import { listOtherRecords } from '../../db/catalog/trial-links.ts';
import { findTrialPage } from '../../db/catalog/trial-pages.ts';
import { TrialbellError } from '../../errors.ts';
import type { Context } from '../../jobs/context.ts';
import { readInput } from '../../use-cases/subscriptions/read-input.ts';
import { withApp } from '../options.ts';
import { printJson, say } from '../output.ts';

type Options = { json?: boolean; related?: boolean };

/** `links`: the other records of the same trial, in every registry. */
export function addLinks(program: Command): void {
  program
    .command('links')
    .description('the other records of a trial, in every registry, and why they count as the same trial')
    .argument('<ID>', 'a number of a stored trial, in any registry or of its sponsor')
    .option('--related', 'also list records of other trials that name this trial or are named by it')
    .option('--json', 'print one JSON value')
    .action(async (asked: string, { json, related }: Options) => {
      const listings = (await withApp(({ context }) => readListings(context, asked))).filter(
        ({ same }) => same || related,
      );
      if (json) return printJson(listings.map(({ isStored: _, ...listing }) => listing));
      for (const listing of listings) say(lineOf(listing));
      if (listings.length === 0) say('No other record of this trial is known here.');
    });
}

async function readListings(context: Context, asked: string): Promise<OtherRecord[]> {
  const { db, registries } = context;
  const findIds = (text: string) =>
    [...registries.values()].flatMap(({ id: registry, findId }) => {
      const id = findId(text);
      return id === null ? [] : [{ registry, id }];
    });
  const { trials, refused } = await readInput(db, findIds, asked, 'trial');
  const [trial] = trials;
  const several = refused.flatMap((one) => (one.kind === 'several-trials' ? one.trials : []));
  if (several.length > 0)
    throw new TrialbellError(
      `${asked} stands in several stored trials: ${several.map(({ id }) => id).join(', ')}. Name one of them.`,
    );
  if (!trial)
    throw new TrialbellError(
      `"${asked}" is not the number of a stored trial. One looks like ${exampleIds}; store it with: trialbell import --trial NUMBER.`,
      { exitCode: 2 },
    );
  const stored = await findTrialPage(db, trial.registry, trial.id);
  if (!stored)
    throw new TrialbellError(
      `${trial.id} is not stored here. Store it with: trialbell import --trial ${trial.id}${trial.registry === defaultRegistry ? '' : ` --registry ${trial.registry}`}.`,
    );
  return listOtherRecords(db, stored);
}

function lineOf({ registry, id, same, rule, evidence, isStored }: OtherRecord): string {
  const { numbers, agreements, contradictions, umbrella } = evidence;
  const facts = [
    ...(numbers.length > 0 ? [`by ${numbers.join(', ')}`] : []),
    ...(agreements.length > 0 ? [`agree: ${agreements.join(', ')}`] : []),
    ...(contradictions.length > 0 ? [`against: ${contradictions.join(', ')}`] : []),
    ...(umbrella ? ['many records name it'] : []),
    ...(isStored ? [] : ['its record is not stored here']),
  ];
  return `${registryName(registry)}  ${id}  ${same ? 'the same trial' : 'related'} (${rule}; ${facts.join('; ')})`;
}
