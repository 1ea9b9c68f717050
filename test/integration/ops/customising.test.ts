import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { runProgram, serverVariables, startProgram } from '../../support/program.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let pages: Pages | null = null;
afterEach(async () => {
  await pages?.close();
  pages = null;
});

/** The files that docs/customising.md shows, by name. */
const documented = Object.fromEntries(
  [
    ...readFileSync(join(import.meta.dirname, '../../../docs/customising.md'), 'utf8').matchAll(
      /^`([^`]+)`:\n\n```\w+\n([\s\S]*?)```$/gm,
    ),
  ].map(([, name = '', text = '']) => [name, text]),
);

/** A world whose operator has these files. */
async function openOwn(files: Record<string, string | Buffer>): Promise<World> {
  const world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
  });
  world.context.config.adminEmails.push('admin@example.org');
  const folder = join(world.context.config.dataDir, 'custom');
  rmSync(folder, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return world;
}

/** Ann's digest of a changed status. */
async function mailDigest(world: World) {
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'], frequency: 'daily' });
  const changed = study('NCT09900001', { updatedOn: '2026-11-03', status: 'SUSPENDED' });
  world.refresh('2026-11-03T09:00:04', [changed]);
  world.setNow('2026-11-04T12:00:00Z');
  await world.round();
  return (await world.mails('ann@example.net'))[0];
}

const check = (world: World, verb: string[] = ['custom', 'check']) =>
  runProgram(verb, { DATA_DIR: world.context.config.dataDir });

describe('an operator’s own house', () => {
  it('O9: the example of docs/customising.md stands on pages and in mails, and has no fault', async () => {
    expect(Object.keys(documented)).toHaveLength(6);
    const world = await openOwn(documented);
    const { stdout, code } = await check(world);
    expect([stdout, code]).toEqual([expect.stringContaining('No fault in'), 0]);
    expect(stdout).toContain('messages/en.json, page.name: “Trialbell” is “Lung Trial News”');
    expect(stdout).not.toMatch(/FAULT|warn/);
    pages = await servePages(world);
    const home = await pages.get('/operator');
    for (const said of [
      'Lung Trial News',
      '<h2>Who we are</h2>',
      '<p>We read every letter.</p>',
      'src="/logo.svg"',
    ])
      expect(home.text).toContain(said);
    expect((await pages.get('/operator?lang=es')).text).toMatch(
      /Noticias de ensayos[\s\S]*lang="en">\s*<h2>Who we are/,
    );
    expect((await pages.get('/logo.svg')).headers.get('content-type')).toBe('image/svg+xml');
    expect((await pages.get('/style.css')).text).toMatch(/--link:#1d6b3f;[\s\S]*--link:#7fd3a2;/);
    const missing = await pages.get('/nothing');
    expect([missing.status, missing.text]).toEqual([
      404,
      expect.stringContaining('we will help you find it'),
    ]);
    const mail = await mailDigest(world);
    expect([mail?.text, mail?.html]).toEqual(
      Array(2).fill(expect.stringContaining('Stop or change these mails')),
    );
    expect(await checkAlarms(world.context)).toEqual([]);
  });

  it('O9: each fault is named with file and key, the built-in part is used, an admin hears of it, and mail goes out', async () => {
    const world = await openOwn({
      'messages/en.json': JSON.stringify({
        'page.name': 'Broken {',
        'page.foot.operator': 'Without the value',
        'digest.unsubscribe': 'Stop {everything}',
        'follow.consent.health': 'I agree to all.',
        'page.menu': ['no text'],
        'key.of.another.version': 'Gone',
        'page.menu.home': 'Trials',
      }),
      'messages/es.json': '{ "page.name": ',
      'messages/tlh.json': '{}',
      'logo.png': 'no image',
      'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
      'colours.json': JSON.stringify({ light: { link: '#eeeeee', ink: 'red' }, dark: { link: '#7fd3a2' } }),
      'templates/pages/not-found.eta': '<% if ( %>',
      'templates/pages/of-another-version.eta': 'Gone',
      'templates/email/digest/text.eta': 'Only <%= it.subject %>',
      'notes.txt': 'mine',
    });
    const { stdout, code } = await check(world);
    expect(code).toBe(1);
    for (const said of [
      /FAULT messages\/en\.json, page\.name: has broken ICU syntax/,
      /FAULT messages\/en\.json, page\.foot\.operator: lacks the value \{name\}/,
      /FAULT messages\/en\.json, digest\.unsubscribe: uses the value \{everything\}, which this text does not get/,
      /FAULT messages\/en\.json, follow\.consent\.health: cannot be replaced/,
      /FAULT messages\/en\.json, page\.menu: is not a text/,
      /warn {2}messages\/en\.json, key\.of\.another\.version: is unknown to this version/,
      /FAULT messages\/es\.json: is not JSON/,
      /warn {2}messages\/tlh\.json: is not used/,
      /FAULT logo\.png: is not a PNG image/,
      /FAULT logo\.svg: has scripts or links/,
      /FAULT colours\.json, light\.link: has a contrast of 1\.\d between link and paper; it needs 4\.5/,
      /FAULT colours\.json, light\.ink: is not a colour/,
      /FAULT templates\/pages\/not-found\.eta: has broken template syntax/,
      /warn {2}templates\/pages\/of-another-version\.eta: is not used/,
      /warn {2}notes\.txt: is not used/,
    ])
      expect(stdout).toMatch(said);
    pages = await servePages(world);
    const { text } = await pages.get('/nothing');
    expect(text).toMatch(/We could not find this page[\s\S]*Run by Trialbell/);
    expect(text).toContain('>Trials</a>');
    const mail = await mailDigest(world);
    expect(mail?.text).toMatch(/NCT09900001[\s\S]*\/unsubscribe\//);
    expect(await checkAlarms(world.context)).toEqual(['custom-fault']);
    const alerts = (await world.mails('admin@example.org'))
      .map((one) => one.text?.replace(/\s+/g, ' '))
      .join();
    expect(alerts).toContain('messages/en.json, page.name: has broken ICU syntax');
    expect(alerts).toContain('templates/email/digest: lacks what the built-in mail has: a link');
  });

  it('O9: a text or template that fails only in use gives way to the built-in one, and an admin hears of it', async () => {
    const world = await openOwn({
      'templates/pages/not-found.eta': '<%= it.nothing.there %>',
      'templates/partials/digest-trial.eta': '<%= it.nothing.there %>',
      'messages/en.json': JSON.stringify({ 'digest.unsubscribe': 'No more of these emails' }),
    });
    expect((await check(world)).code).toBe(0);
    pages = await servePages(world);
    const { status, text } = await pages.get('/nothing');
    expect([status, text]).toEqual([404, expect.stringContaining('We could not find this page')]);
    const alarms = () => world.context.db.selectFrom('alerts').select('message').execute();
    await vi.waitFor(async () =>
      expect((await alarms())[0]?.message).toContain('templates/pages/not-found.eta: cannot be rendered'),
    );
    // The next day: an alarm of one name is mailed once a day.
    world.setNow('2026-11-03T12:00:00Z');
    const mail = await mailDigest(world);
    expect(mail?.text).toMatch(/NCT09900001[\s\S]*No more of these emails/);
    const alerts = (await world.mails('admin@example.org'))
      .map((one) => one.text?.replace(/\s+/g, ' '))
      .join();
    expect(alerts).toContain('templates/email/digest: cannot be rendered');
    const shown = await runProgram(['preview', '--since', '2026-11-01T00:00:00Z'], {
      ...(await serverVariables(world.databaseUrl)),
      DATA_DIR: world.context.config.dataDir,
    });
    expect(shown.stdout).toContain('messages/en.json, digest.unsubscribe: “');
    expect(shown.stdout).toContain('own   templates/partials/digest-trial.eta');
  });

  it('O9: doctor, preview and the start name a fault too', async () => {
    const world = await openOwn({ 'messages/en.json': JSON.stringify({ 'page.name': 'Broken {' }) });
    const env = {
      ...(await serverVariables(world.databaseUrl)),
      DATA_DIR: world.context.config.dataDir,
      // Nobody answers there.
      ...{ REGISTRIES: 'ctgov', CTGOV_URL: 'http://127.0.0.1:9', PORT: '0' },
    };
    const fault = /messages\/en\.json, page\.name: has broken ICU syntax/;
    expect((await runProgram(['doctor'], env)).stdout).toMatch(fault);
    expect((await runProgram(['preview'], env)).stdout).toMatch(fault);
    const { child, ended, ...said } = startProgram(['start'], env);
    await vi.waitFor(() => expect(said.stdout() + said.stderr()).toMatch(fault), { timeout: 120_000 });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });
});
