import { expect, it } from 'vitest';
import { about, asthma, useServedWorlds } from '../support/find-pages.ts';
import { firefoxPath, openFirefox } from '../support/firefox.ts';
import { confirmPath, letWorkersWork } from '../support/sign-ups.ts';
import { study } from '../support/study.ts';

const { open, serve } = useServedWorlds();
const [first, second] = ['NCT09900001', 'NCT09900002'];
const ann = 'ann@example.net';
const enter = '\uE007';

it.runIf(firefoxPath)(
  'P9: in Firefox on http loopback one follows, mistypes without losing anything, agrees, and follows one more',
  async () => {
    const world = await open({
      days: [
        { timestamp: '2026-11-02T09:00:04', studies: [first, second].map((id) => study(id, about(asthma))) },
      ],
      config: { baseUrl: 'http://localhost:3000' },
    });
    await world.subscribe('first@example.net', { trials: [first, second] });
    const pages = await serve(world);
    const firefox = await openFirefox();
    try {
      // Looked first; after Back what was typed is there, and its suggestions are closed.
      await firefox.open(pages.url);
      await firefox.type('#q', 'asthma');
      await firefox.until(`document.querySelector('[role=option]')`);
      await firefox.type('#q', enter);
      await firefox.until(`location.pathname === '/conditions/asthma'`);
      await firefox.back();
      await firefox.until(`location.pathname === '/' && document.querySelector('#q')?.value === 'asthma'`);
      expect(await firefox.read(`document.querySelector('[role=listbox]').hidden`)).toBe(true);

      await firefox.open(`${pages.url}/trials/${first}`);
      await firefox.type('#box-email', `${ann}@`);
      await firefox.read(`(document.querySelector('#follow').noValidate = true)`);
      await firefox.click('#follow button');
      await firefox.until(`document.querySelector('#e-email')`);
      await firefox.back();
      await firefox.until(`document.querySelector('#box-email')?.value === '${ann}@'`);
      await firefox.read(`(document.querySelector('#box-email').value = '${ann}')`);
      await firefox.click('#follow button');
      await firefox.until(
        `document.body.textContent.includes('${ann}') && !document.querySelector('#follow')`,
      );
      await letWorkersWork(world);
      await firefox.open(pages.url + (await confirmPath(world, ann)));
      await firefox.click('form.follow button');
      await firefox.until(`document.querySelector('h1').textContent === 'The emails start now'`);

      // This browser is known and signed in now, without secure cookies.
      await firefox.open(`${pages.url}/trials/${second}`);
      await firefox.click('#follow button');
      await firefox.until(`document.querySelector('[name=seen]')`);
      await firefox.click('form.follow button');
      await firefox.until(`document.querySelector('h1').textContent === 'The emails start now'`);
      await firefox.open(`${pages.url}/manage`);
      await firefox.until(`document.body.textContent.includes('${second}')`);
      expect(await world.mails(ann)).toHaveLength(1);
    } finally {
      await firefox.close();
    }
  },
);
