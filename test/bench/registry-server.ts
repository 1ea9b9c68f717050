import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fields } from '../../src/registries/ctgov/fields.ts';

// A registry of any size for the bench, in a process of its own: real records, cut to the fields the adapter asks for,
// each under a number of its own. Pages are made when asked for, so its memory stays flat. `node registry-server.ts COUNT`
// A message from the parent begins the next day, on which every record comes respelled, or, after the word `changed`, with
// another date. The answer to `asked` is the number of requests so far.
const count = Number(process.argv[2] ?? 1_000);
const folder = join(import.meta.dirname, '../../../shared/data/ctgov/records');
if (!existsSync(folder)) throw new Error('The bench reads the real records in ../shared/data/ctgov/records.');
const templates = readdirSync(folder)
  .sort()
  .map((file) => JSON.stringify(trim(JSON.parse(readFileSync(join(folder, file), 'utf8')))));
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
function respell(template: string): string {
  const record = JSON.parse(template);
  const { statusModule, contactsLocationsModule: places } = record.protocolSection;
  if (statusModule?.lastUpdatePostDateStruct) statusModule.lastUpdatePostDateStruct.date = '2026-11-21';
  for (const location of places?.locations ?? []) location.facility = location.facility?.toUpperCase();
  places?.locations?.reverse();
  return JSON.stringify(record);
}

/** A sponsor's edit. */
function change(template: string): string {
  const record = JSON.parse(template);
  const { statusModule } = record.protocolSection;
  if (statusModule?.lastUpdatePostDateStruct) statusModule.lastUpdatePostDateStruct.date = '2026-11-21';
  statusModule.primaryCompletionDateStruct = { date: '2031-05', type: 'ESTIMATED' };
  return JSON.stringify(record);
}

let asked = 0;
let day = 20;
let today = templates;

function study(n: number): string {
  const template = today[n % today.length] ?? '';
  const old = ownId.exec(template)?.[0] ?? '';
  return template.replaceAll(old, `NCT${String(10_000_000 + n)}`);
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
    const listed = ids.split(',').map((id) => study(Number(id.slice(3)) - 10_000_000));
    response.end(`{"studies":[${listed.join(',')}]}`);
    return;
  }
  const size = Math.min(Number(url.searchParams.get('pageSize') ?? 10), 1_000);
  const from = Number(url.searchParams.get('pageToken') ?? 0);
  const to = Math.min(from + size, count);
  const studies = Array.from({ length: to - from }, (_, n) => study(from + n));
  const total = from === 0 ? `"totalCount":${count},` : '';
  const next = to < count ? `,"nextPageToken":"${to}"` : '';
  response.end(`{${total}"studies":[${studies.join(',')}]${next}}`);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', (word) => {
  if (word === 'asked') return process.send?.(asked);
  day += 1;
  today = templates.map(word === 'changed' ? change : respell);
});
process.once('disconnect', () => process.exit());
