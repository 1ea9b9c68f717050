import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { renderMail } from '../../src/mail/render.ts';
import { findProgram } from './find-program.ts';
import { context, samples } from './mail-samples.ts';

/**
 * Writes every mail in every state as HTML and text to a folder (by default `mail-preview`), and as PNG at 360 and 700
 * pixels, light and dark, if chromium is installed: npm run mail:preview [FOLDER] [STATE…]
 */
const [folder = 'mail-preview', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome');
if (executablePath === null) console.error('chromium is not installed: no pictures');
const browser =
  executablePath === null
    ? null
    : await chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      });
for (const [state, sample] of Object.entries(samples)) {
  if (wanted.length > 0 && !wanted.includes(state)) continue;
  const mail = renderMail(sample.name, sample.data, sample.context ?? context);
  writeFileSync(join(folder, `${state}.html`), mail.html);
  writeFileSync(join(folder, `${state}.txt`), `Subject: ${mail.subject}\n\n${mail.text}`);
  console.error(`${state}: ${mail.subject} (${Buffer.byteLength(mail.html)} bytes of HTML)`);
  for (const width of [360, 700]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser?.newPage({ viewport: { width, height: 200 }, colorScheme, offline: true });
      await page?.setContent(mail.html);
      const path = join(folder, `${state}-${width}-${colorScheme}.png`);
      await page?.screenshot({ path, fullPage: true });
      await page?.close();
    }
  }
}
await browser?.close();
