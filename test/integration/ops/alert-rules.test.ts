import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { openApp } from '../../../src/app.ts';
import { findProgram } from '../../support/find-program.ts';
import { testKey } from '../../support/program.ts';
import { claimRedisDatabase } from '../../support/redis.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

type Rule = {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
};

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('ops/alerts.yml');
const rules = (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const promtool = findProgram('promtool');
const openWorld = useWorlds();
const folder = mkdtempSync(join(tmpdir(), 'trialbell-alerts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function runPromtool(args: string[], input = ''): { code: number | null; said: string } {
  const ran = spawnSync(promtool ?? '', args, { input, encoding: 'utf8' });
  return { code: ran.status, said: ran.stdout + ran.stderr };
}

type Cases = {
  tests: {
    promql_expr_test: { expr: string; exp_samples: { labels: string }[] }[];
    alert_rule_test?: { alertname: string }[];
  }[];
};

/** Changes to a rule, each by the name of what it does; the cases hold only with the first. */
function variantsOf(rule: Rule): Record<string, Partial<Rule>> {
  return {
    'as it is': {},
    never: { expr: `(${rule.expr}) == -1` },
    always: { expr: 'vector(1)' },
    // How long it waits first: a condition that soon passes alerts nobody.
    ...(['TrialbellBounces', 'TrialbellDiskFull'].includes(rule.alert) ? {} : { 'at once': { for: '0s' } }),
  };
}

/** Every variant of every rule, as an alert with a name of its own. */
const variants = rules.flatMap((rule) =>
  Object.entries(variantsOf(rule)).map(([name, changes]) => ({
    ...rule,
    ...changes,
    real: rule.alert,
    name,
    alert: `${rule.alert}, ${name}`,
  })),
);

/** What the cases say of each alert, said of each of its variants. */
function casesOfVariants(): string {
  const cases = parse(read('ops/alerts.test.yml')) as Cases;
  for (const one of cases.tests) {
    one.promql_expr_test = one.promql_expr_test.flatMap((test) =>
      variants.map(({ alert, real }) => ({
        ...test,
        expr: test.expr.replace('ALERTS{', `ALERTS{alertname="${alert}", `),
        exp_samples: test.exp_samples
          .filter(({ labels }) => labels.includes(`"${real}"`))
          .map((sample) => ({ ...sample, labels: sample.labels.replace(`"${real}"`, `"${alert}"`) })),
      })),
    );
    one.alert_rule_test = (one.alert_rule_test ?? []).flatMap((test) =>
      variants
        .filter(({ real }) => real === test.alertname)
        .map(({ alert }) => ({ ...test, alertname: alert })),
    );
  }
  return JSON.stringify(cases);
}

/** Whether the cases hold with these rules in place of the real ones. */
function hold(changed: Rule[]): boolean {
  return tryCases(changed, read('ops/alerts.test.yml')).code === 0;
}

function tryCases(changed: Rule[], cases: string): { code: number | null; said: string } {
  writeFileSync(
    join(folder, 'alerts.yml'),
    JSON.stringify({ groups: [{ name: 'trialbell', rules: changed }] }),
  );
  writeFileSync(join(folder, 'alerts.test.yml'), cases);
  return runPromtool(['test', 'rules', join(folder, 'alerts.test.yml')]);
}

/** What the program says of itself with a registry it has read. */
async function scrape(): Promise<string> {
  const world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
  });
  await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
  await world.round();
  const { redisUrl } = inject('servers');
  const config = {
    ...world.context.config,
    databaseUrl: world.databaseUrl,
    secretKey: testKey,
    redisUrl: redisUrl ? await claimRedisDatabase(redisUrl) : null,
    port: 0,
  };
  const app = await openApp(config, { log: pino({ level: 'silent' }), now: world.context.now });
  try {
    return await (await fetch(`${await app.serve()}/metrics`)).text();
  } finally {
    await app.close();
  }
}

describe('the alert rules', () => {
  it('R9: give each alert its severity, its meaning in words, and its runbook entry', () => {
    const anchors = [...read('docs/runbook.md').matchAll(/^## (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^a-z ]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(rules.length).toBeGreaterThan(9);
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning'], alert).toContain(labels.severity);
      expect(annotations.summary, alert).toMatch(/\w/);
      expect(annotations.description, alert).toMatch(/\.$/);
      const [file, anchor] = (annotations.runbook_url ?? '').split('#');
      expect([file, anchors], alert).toEqual(['docs/runbook.md', expect.arrayContaining([anchor])]);
    }
  });

  it('ask for nothing that /metrics does not say, labels included; and it says it in good form', async () => {
    const said = await scrape();
    const samples = said.split('\n').filter((line) => !line.startsWith('#'));
    const named = rules.flatMap(({ expr }) => [...expr.matchAll(/(trialbell_\w+)(?:\{(\w+="\w+")\})?/g)]);
    expect(named.length).toBeGreaterThan(9);
    for (const [whole, name = '', label = ''] of named) {
      const found = samples.filter((line) => /^\w+/.exec(line)?.[0] === name && line.includes(label));
      // Without any mail there is no share of them.
      if (name === 'trialbell_bounce_share') expect(said).toContain(`# TYPE ${name} gauge`);
      else expect(found, whole).not.toEqual([]);
    }
    if (promtool) expect(runPromtool(['check', 'metrics'], said)).toEqual({ code: 0, said: '' });
  });
});

describe.skipIf(promtool === null)('what Prometheus makes of the alert rules', () => {
  it('reads them', () => {
    expect(runPromtool(['check', 'rules', join(root, 'ops/alerts.yml')]).said).toContain('SUCCESS');
  });

  it('R9: alerts when people are harmed; not on a weekend, at a restart or at a first start', () => {
    const { code, said } = runPromtool(['test', 'rules', join(root, 'ops/alerts.test.yml')]);
    expect(code, said).toBe(0);
    expect(hold(rules)).toBe(true);
  });

  let said = '';
  beforeAll(() => {
    const changed = variants.map(({ real: _, name: __, ...rule }) => rule);
    said = tryCases(changed, casesOfVariants()).said;
  });
  it.each(rules.map(({ alert }) => alert))(
    'would notice that %s never comes, comes always, or comes at once',
    (alert) => {
      const own = variants.filter(({ real }) => real === alert);
      const [, ...faulty] = own.map(({ name }) => name);
      expect(own.filter((one) => said.includes(one.alert)).map(({ name }) => name)).toEqual(faulty);
    },
  );

  it('would notice weekends that are not left out', () => {
    for (const name of ['data', 'checked'])
      expect(
        hold(
          rules.map((rule) => ({ ...rule, expr: rule.expr.replace(`${name}_weekday_age`, `${name}_age`) })),
        ),
      ).toBe(false);
  });
});
