import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser, openTab } from './browser.ts';

/*
 * Makes the pictures of README.md from the pages of a demo that runs in a terminal beside it, with their address:
 *
 *     node test/support/readme-pictures.ts http://localhost:3000
 */

const [url = 'http://localhost:3000'] = process.argv.slice(2);
const templates = join(import.meta.dirname, '../../templates');
const phone = { width: 380, height: 780 };
const shown = [
  '/',
  '/conditions/precursor-cell-lymphoblastic-leukemia-lymphoma',
  // A trial that stopped early: old and new, and the sponsor's reason.
  '/trials/NCT99000003',
];

/** Three pages as a phone shows them, beside each other. */
async function drawPages(browser: Browser): Promise<void> {
  const tab = await openTab(browser, { viewport: phone });
  const pictures: string[] = [];
  for (const path of shown) {
    await tab.goto(url + path);
    // The README says that they are from the demo.
    await tab.evaluate(`document.querySelector('.demo')?.remove()`);
    pictures.push((await tab.screenshot()).toString('base64'));
  }
  const [gap, edge] = [12, 8];
  const width = pictures.length * (phone.width + gap) + gap;
  // Another tab: the policy of our own pages allows none of these.
  const frame = await openTab(browser, { viewport: { width, height: phone.height + 2 * edge } });
  await frame.setContent(
    `<body style="margin:0;padding:${edge}px ${gap}px;display:flex;gap:${gap}px;background:#dad5c9">
${pictures.map((one) => `<img alt="" src="data:image/png;base64,${one}">`).join('')}`,
  );
  await frame.screenshot({ path: join(templates, 'pages-example.png') });
}

/** The demo's first email about two trials, whole. */
async function drawDigest(browser: Browser): Promise<void> {
  const outbox = await (await fetch(`${url}/outbox`)).text();
  const mail = (outbox.match(/<li>[\s\S]*?<\/li>/g) ?? []).find((item) => /2 trials you follow/.test(item));
  const [, path] = /href="([^"]+)"/.exec(mail ?? '') ?? [];
  if (path === undefined) throw new Error(`There is no email about 2 trials at ${url}/outbox`);
  const tab = await openTab(browser, { viewport: { width: 390, height: 800 }, deviceScaleFactor: 1.5 });
  await tab.goto(`${url}${path}/html`);
  await tab.screenshot({ path: join(templates, 'digest-example.png'), fullPage: true });
}

const browser = await openBrowser();
try {
  await drawPages(browser);
  await drawDigest(browser);
} finally {
  await browser.close();
}
