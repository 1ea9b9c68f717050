import type { Site } from '../../src/core/trial.ts';
import { someSite } from './arbitrary-trial.ts';

const words =
  'nord ost yonsei tongji alfa beta gamma delta omega sigma kappa theta silva rossi costa meyer novak horvat petrov smith'.split(
    ' ',
  );
const nameOf = (at: number) =>
  `${words[at % 20]} ${words[Math.floor(at / 20) % 20]}${Math.floor(at / 400)} Hospital`;
export const listSites = (count: number, made: (at: number) => Partial<Site>) =>
  Array.from({ length: count }, (_, at) =>
    someSite({ facility: nameOf(at), zip: '', lat: null, lon: null, ...made(at) }),
  );
export const renameSites = (sites: Site[], change: (site: Site, at: number) => Partial<Site>) =>
  sites.map((site, at) => ({ ...site, ...change(site, at) })).toReversed();
export const siteCity = (at: number) => ({
  city: `${words[at % 20]}${'abcdefghij'[Math.floor(at / 20) % 10]}ville`,
});

/** A name of four words that hardly any other name has. */
function oddName(at: number): string {
  let state = Math.imul(at + 1, 0x9e3779b1);
  const letter = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return 'abcdefghiklmnoru'.charAt((state >>> 8) & 15);
  };
  return Array.from({ length: 4 }, () => Array.from({ length: 6 }, letter).join('')).join(' ');
}

/** Lists in which every entry is hard to find again. */
export const longLists: Record<string, (count: number) => [Site[], Site[]]> = {
  'renamed in many cities': (count) => {
    const sites = listSites(count, siteCity);
    return [
      sites,
      renameSites(sites, ({ facility }) => ({ facility: `${facility}, Department of Oncology` })),
    ];
  },
  'renamed in one city': (count) => {
    const sites = listSites(count, () => ({}));
    return [
      sites,
      renameSites(sites, ({ facility }) => ({ facility: `${facility}, Department of Oncology` })),
    ];
  },
  'wholly other names in one city': (count) => {
    const sites = listSites(count, () => ({}));
    return [
      sites,
      renameSites(sites, (_site, at) => ({ facility: `Santa ${nameOf((at * 7) % count)} Trust` })),
    ];
  },
  'mistyped in one city': (count) => {
    const sites = listSites(count, (at) => ({ facility: oddName(at) }));
    return [
      sites,
      renameSites(sites, ({ facility: name }) => ({ facility: `${name.slice(0, 2)}z${name.slice(3)}` })),
    ];
  },
  'without a word in common in one city': (count) => {
    const sites = listSites(count, (at) => ({ facility: oddName(at) }));
    return [sites, renameSites(sites, (_site, at) => ({ facility: oddName(at + count) }))];
  },
  'renamed in one city, while others leave and come': (count) => {
    const sites = listSites(count, () => ({}));
    const renamed = renameSites(sites, ({ facility }) => ({
      facility: `${facility}, Department of Oncology`,
    }));
    return [sites.filter((_site, at) => at % 7 > 0), renamed.filter((_site, at) => at % 5 > 0)];
  },
  'masked in one city': (count) => {
    const sites = listSites(count, (at) => ({ zip: `${10_000 + at}` }));
    return [sites, renameSites(sites, (_site, at) => ({ facility: `Research Site ${at}` }))];
  },
  'in other cities': (count) => {
    const sites = listSites(count, siteCity);
    return [sites, renameSites(sites, ({ city: town }, at) => ({ city: `${town.slice(2)}${at % 7}x` }))];
  },
  'copies of one site, renamed': (count) => {
    const sites = listSites(count, () => ({ facility: 'Anna Hospital' }));
    return [sites, renameSites(sites, () => ({ facility: 'Anna Clinic Seoul', zip: '05505' }))];
  },
};
