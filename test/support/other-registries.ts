import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Matchable } from '../../src/core/matching/concepts-weak.ts';

const data = resolve(import.meta.dirname, '../../../shared/data');

/** Whether records of CTIS and ISRCTN exist beside this project. */
export const othersAbsent = !existsSync(join(data, 'ctis')) || !existsSync(join(data, 'isrctn'));

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

/** What matching reads of a record; neither registry has MeSH headings. */
function matchable(registry: string, id: string, titles: (string | null)[], conditions: string[]): Matchable {
  const [title, officialTitle = null] = titles;
  return {
    registry,
    id,
    title: title ?? '',
    officialTitle,
    conditions,
    keywords: [],
    meshes: [],
    ancestors: [],
  };
}

/** The rows of the EU register's own search for multiple sclerosis, as its export gave them. */
export function readRowsAboutSclerosis(): Matchable[] {
  return globSync(join(data, 'ctis/search/ms-*.json'))
    .sort()
    .flatMap((file) => readJson(file).data)
    .map(({ ctNumber, ctTitle, conditions }) => matchable('ctis', ctNumber, [ctTitle], [conditions]));
}

/** The full recorded records of both registries. */
export function readOtherRecords(): Matchable[] {
  const ctis = globSync(join(data, 'ctis/records/*.json')).map((file) => {
    const { ctNumber, authorizedApplication } = readJson(file);
    const { medicalConditions, trialDetails } = authorizedApplication.authorizedPartI;
    const { publicTitle, fullTitle } = trialDetails.clinicalTrialIdentifiers;
    const named = medicalConditions.map((one: { medicalCondition: string }) => one.medicalCondition);
    return matchable('ctis', ctNumber, [publicTitle, fullTitle], named);
  });
  const isrctn = globSync(join(data, 'isrctn/records/*.json')).map((file) => {
    const { trialDescription, conditions } = readJson(file).trial ?? readJson(file);
    const lines = [conditions.condition].flat().flatMap(({ description }) => String(description).split('\n'));
    const { title, scientificTitle } = trialDescription;
    return matchable('isrctn', basename(file, '.json'), [title, scientificTitle], lines);
  });
  const xml = globSync(join(data, 'isrctn/xml/ISRCTN*.xml')).map((file) => {
    const text = readFileSync(file, 'utf8');
    const one = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1] ?? null;
    const lines = [...text.matchAll(/<condition><description>([^<]*)/g)].flatMap(([, all = '']) =>
      all.split('\n'),
    );
    return matchable('isrctn', basename(file, '.xml'), [one('title'), one('scientificTitle')], lines);
  });
  return [...ctis, ...isrctn, ...xml];
}
