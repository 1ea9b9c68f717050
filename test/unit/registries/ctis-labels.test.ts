import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { portalStatus } from '../../../src/registries/ctis/statuses.ts';
import { ctisFolder, readCtis, readCtisFile } from '../../support/ctis.ts';

type Site = { facility: string; city: string; country: string };
type Label = {
  registry: string;
  id: string;
  set: string;
  kind: string;
  from: string;
  to: string;
  facets: string[];
  facetsOptional?: string[];
  status: { before: number; after: number } | null;
  countries: { country: string; before: number | null; after: number | null }[];
  sites: { arrived: Site[]; gone: Site[] };
};

const file = join(ctisFolder, '../registries/labels.json');
const hasLabels = existsSync(file);
const labels: Label[] = hasLabels
  ? JSON.parse(readFileSync(file, 'utf8')).filter((label: Label) => label.registry === 'ctis')
  : [];

const folderOf = ({ set, id }: Label) =>
  set.startsWith('search') ? `search/pairs/${id}` : `versions/${id}${set.replace('versions', '').trim()}`;

/** A status in our terms and in the registry's words. */
function listed(code: number | null) {
  const found = code === null ? null : portalStatus(code);
  return found && { status: found.status, listedAs: found.word };
}

const statusOf = (code: number) => portalStatus(code)?.status;
const isSame = (before: number | null, after: number | null) =>
  before !== null && after !== null && statusOf(before) === 'RECRUITING' && statusOf(after) === 'RECRUITING';

const siteOf = ({ site }: Change) =>
  site && { facility: site.facility, city: site.city, country: site.country };
const plain = ({ facility, city, country }: Site) => ({ facility, city, country });
const byFacility = (a: Site | undefined, b: Site | undefined) =>
  (a?.facility ?? '') < (b?.facility ?? '') ? -1 : 1;

describe.skipIf(!hasLabels)('labelled pairs of the EU register (needs ../shared/data/registries)', () => {
  it.each(labels.map((label) => [`${label.id} ${label.from} to ${label.to}: ${label.kind}`, label] as const))(
    'X5, X6, X11: %s',
    (_name, label) => {
      const [before, after] = [label.from, label.to].map((day) =>
        readCtis(readCtisFile(`${folderOf(label)}/${day}.json`)),
      );
      if (!before || !after) throw new Error('no pair');
      const { changes } = compareTrials(before, after);
      const told = new Set<string>(changes.map(({ facet }) => facet));
      const optional = new Set(label.facetsOptional);
      expect([...told].filter((facet) => !optional.has(facet)).sort()).toEqual(label.facets.toSorted());

      const status = changes.find(({ kind }) => kind === 'status');
      expect(status && { before: status.before, after: status.after }).toEqual(
        label.status
          ? { before: statusOf(label.status.before), after: statusOf(label.status.after) }
          : undefined,
      );
      const countries = changes
        .filter(({ facet }) => facet === 'countries')
        .map(({ country, before: was, after: is }) => ({ country, before: was, after: is }));
      expect(countries).toEqual(
        label.countries
          .filter((one) => !isSame(one.before, one.after))
          .map((one) => ({ country: one.country, before: listed(one.before), after: listed(one.after) })),
      );
      const sites = (kind: string) =>
        changes
          .filter((change) => change.kind === kind)
          .map(siteOf)
          .sort(byFacility);
      expect(sites('site-added')).toEqual(label.sites.arrived.map(plain).sort(byFacility));
      expect(sites('site-removed')).toEqual(label.sites.gone.map(plain).sort(byFacility));
    },
  );

  it('X11: a row and the record of the same day do not contradict each other', () => {
    const record = readCtis(readCtisFile('records/2024-510663-34-00.json'));
    const row = readCtis(readCtisFile('search/row-2024-510663-34-00.json'));
    expect(compareTrials(record, row).changes).toEqual([]);
    expect(compareTrials(row, record).changes).toEqual([]);
  });
});
