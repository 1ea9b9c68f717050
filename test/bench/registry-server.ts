import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fields } from '../../src/registries/ctgov/fields.ts';

// A registry of any size for the bench, in a process of its own: real records, cut to the fields the adapter asks for,
// each under a number of its own. Pages are made when asked for, so its memory stays flat. `node registry-server.ts COUNT`
// A message from the parent begins the next day, on which every record comes respelled, or, after the word `changed`, with
// another date, or, after `some`, a 153rd of them (4,000 of the whole registry). The answer to `asked` is the number of requests so far.
const count = Number(process.argv[2] ?? 1_000);
const editedADay = Math.max(1, Math.round(count / 153));
const folder = join(import.meta.dirname, '../../../shared/data/ctgov/records');
if (!existsSync(folder)) throw new Error('The bench reads the real records in ../shared/data/ctgov/records.');
const more = gunzipSync(readFileSync(join(folder, '../more-records.ndjson.gz'))).toString('utf8');
const texts = [
  ...readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8')),
  ...more.split('\n').filter((line) => line !== ''),
];
const templates = texts.map((text) => JSON.stringify(trim(JSON.parse(text))));
const ownId = /NCT\d{8}/;

type Tree = { [name: string]: Tree } | true;

function trim(record: unknown): unknown {
  const tree: { [name: string]: Tree } = {};
  for (const path of fields) {
    let at = tree;
    const parts = path.split('.');
    for (const [n, part] of parts.entries()) {
      if (n === parts.length - 1) at[part] = true;
      else {
        if (at[part] === undefined || at[part] === true) at[part] = {};
        at = at[part] as { [name: string]: Tree };
      }
    }
  }
  return pick(record, tree);
}

function pick(value: unknown, tree: Tree): unknown {
  if (tree === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => pick(one, tree));
  const kept = Object.entries(value).filter(([name]) => name in tree);
  return Object.fromEntries(kept.map(([name, part]) => [name, pick(part, tree[name] ?? true)]));
}

/** What the registry's own clean-up does to a record: facilities in capitals, sites in another order, a new date. */
function respell(template: string, day: number): string {
  const record = JSON.parse(template);
  const { statusModule, contactsLocationsModule: places } = record.protocolSection;
  if (statusModule?.lastUpdatePostDateStruct) statusModule.lastUpdatePostDateStruct.date = `2026-11-${day}`;
  for (const location of places?.locations ?? []) location.facility = location.facility?.toUpperCase();
  places?.locations?.reverse();
  return JSON.stringify(record);
}

/** A sponsor's edit on a day. */
function change(template: string, day: number): string {
  const record = JSON.parse(template);
  const { statusModule } = record.protocolSection;
  if (statusModule?.lastUpdatePostDateStruct) statusModule.lastUpdatePostDateStruct.date = `2026-11-${day}`;
  statusModule.primaryCompletionDateStruct = {
    date: `2031-${String(1 + (day % 12)).padStart(2, '0')}`,
    type: 'ESTIMATED',
  };
  return JSON.stringify(record);
}

let asked = 0;
let day = 20;
/** The last day on which all records were edited, and those edited since, each with its day; both sorted by day. */
let all: { day: number; edit: ((template: string, day: number) => string) | null } = { day: 0, edit: null };
const some = new Map<number, number>();

/** A day on which a few records far apart are edited: others than the day before. */
function editSome(): void {
  const step = Math.max(1, Math.floor(count / editedADay));
  for (let n = day % step; n < count; n += step) {
    some.delete(n);
    some.set(n, day);
  }
}

/** Record `n` as the registry has it today: the sites of each copy of a record have names of their own. */
function study(n: number): string {
  const template = templates[n % templates.length] ?? '';
  const old = ownId.exec(template)?.[0] ?? '';
  const copy = Math.floor(n / templates.length);
  const own = copy === 0 ? template : template.replaceAll('"facility":"', `"facility":"Ward ${copy} of `);
  const editedOn = some.get(n);
  const today = editedOn === undefined ? (all.edit?.(own, all.day) ?? own) : change(own, editedOn);
  return today.replaceAll(old, `NCT${String(10_000_000 + n)}`);
}

/** The numbers of the records that were updated since a day of the month, the longest unchanged first; null for all. */
function updatedSince(asked: number): number[] | null {
  if (all.day >= asked) return null;
  return [...some].filter(([, on]) => on >= asked).map(([n]) => n);
}

const server = createServer((request, response) => {
  asked += 1;
  const url = new URL(request.url ?? '/', 'http://localhost');
  response.setHeader('content-type', 'application/json');
  if (url.pathname.endsWith('/version')) {
    response.end(JSON.stringify({ apiVersion: '2.0.5', dataTimestamp: `2026-11-${day}T09:00:00` }));
    return;
  }
  const ids = url.searchParams.get('filter.ids');
  if (ids !== null) {
    // Others have no record here.
    const numbers = ids.split(',').map((id) => Number(id.slice(3)) - 10_000_000);
    const listed = numbers.filter((n) => n >= 0 && n < count).map((n) => study(n));
    response.end(`{"studies":[${listed.join(',')}]}`);
    return;
  }
  const since = /RANGE\[2026-11-(\d\d),MAX\]/.exec(url.searchParams.get('filter.advanced') ?? '');
  const listed = since ? updatedSince(Number(since[1])) : null;
  const length = listed?.length ?? count;
  const size = Math.min(Number(url.searchParams.get('pageSize') ?? 10), 1_000);
  const from = Number(url.searchParams.get('pageToken') ?? 0);
  const to = Math.min(from + size, length);
  const studies = Array.from({ length: to - from }, (_, n) => study(listed?.[from + n] ?? from + n));
  const total = from === 0 ? `"totalCount":${length},` : '';
  const next = to < length ? `,"nextPageToken":"${to}"` : '';
  response.end(`{${total}"studies":[${studies.join(',')}]${next}}`);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', (word) => {
  if (word === 'asked') return process.send?.(asked);
  day += 1;
  if (word === 'some') return editSome();
  all = { day, edit: word === 'changed' ? change : respell };
  some.clear();
});
process.once('disconnect', () => process.exit());
