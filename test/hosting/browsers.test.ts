import { describe, expect, it } from 'vitest';
import { about, asthma, useServedWorlds } from '../support/find-pages.ts';
import { firefoxPath, openFirefox } from '../support/firefox.ts';
import { confirmPath, letWorkersWork } from '../support/sign-ups.ts';
import { study } from '../support/study.ts';
import { hasWebkit, openWebkit } from '../support/webkit.ts';

const { open, serve } = useServedWorlds();
const [first, second] = ['NCT09900001', 'NCT09900002'];
const ann = 'ann@example.net';
const enter = '\uE007';

const browsers = [
  { name: 'Firefox', isHere: firefoxPath !== null, openBrowser: openFirefox },
  { name: 'WebKitGTK', isHere: hasWebkit, openBrowser: openWebkit },
];

describe.each(browsers)('in $name', ({ isHere, openBrowser }) => {
  it.runIf(isHere)(
    'P9: on http loopback one follows, mistypes without losing anything, agrees, and follows one more',
    async () => {
      const world = await open({
        days: [
          {
            timestamp: '2026-11-02T09:00:04',
            studies: [first, second].map((id) => study(id, about(asthma))),
          },
        ],
        config: { baseUrl: 'http://localhost:3000' },
      });
      await world.subscribe('first@example.net', { trials: [first, second] });
      const pages = await serve(world);
      const browser = await openBrowser();
      try {
        // Looked first; after Back what was typed is there, and its suggestions are closed.
        await browser.open(pages.url);
        await browser.type('#q', 'asthma');
        await browser.until(`document.querySelector('[role=option]')`);
        await browser.type('#q', enter);
        await browser.until(`location.pathname === '/conditions/asthma'`);
        await browser.back();
        await browser.until(`location.pathname === '/' && document.querySelector('#q')?.value === 'asthma'`);
        expect(await browser.read(`document.querySelector('[role=listbox]').hidden`)).toBe(true);

        await browser.open(`${pages.url}/trials/${first}`);
        await browser.type('#box-email', `${ann}@`);
        await browser.read(`(document.querySelector('#follow').noValidate = true)`);
        await browser.click('#follow button');
        await browser.until(`document.querySelector('#e-email')`);
        await browser.back();
        await browser.until(`document.querySelector('#box-email')?.value === '${ann}@'`);
        await browser.read(`(document.querySelector('#box-email').value = '${ann}')`);
        await browser.click('#follow button');
        await browser.until(
          `document.body.textContent.includes('${ann}') && !document.querySelector('#follow')`,
        );
        await letWorkersWork(world);
        await browser.open(pages.url + (await confirmPath(world, ann)));
        await browser.click('form.follow button');
        await browser.until(`document.querySelector('h1').textContent === 'The emails start now'`);

        // This browser is known and signed in now, without secure cookies.
        await browser.open(`${pages.url}/trials/${second}`);
        await browser.click('#follow button');
        await browser.until(`document.querySelector('[name=seen]')`);
        await browser.click('form.follow button');
        await browser.until(`document.querySelector('h1').textContent === 'The emails start now'`);
        await browser.open(`${pages.url}/manage`);
        await browser.until(`document.body.textContent.includes('${second}')`);
        expect(await world.mails(ann)).toHaveLength(1);

        // A feed is shown, not saved to disk.
        await browser.open(`${pages.url}/trials/${second}/feed.atom`);
        await browser.until(`document.querySelector('feed > title')`);
      } finally {
        await browser.close();
      }
    },
  );
});
