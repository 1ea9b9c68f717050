import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { renderMail } from '../../src/mail/render.ts';
import { context, samples } from './mail-samples.ts';

/**
 * Writes every mail in every state as HTML and text into the folder given (`mail-preview` when none is), and as PNG at
 * 360 and 700 pixels, light and dark, where chromium is installed: npm run mail:preview [FOLDER] [STATE…]
 */
const [folder = 'mail-preview', ...wanted] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const chromium = findChromium();
if (chromium === null) console.error('chromium is not installed: no pictures');
for (const [state, sample] of Object.entries(samples)) {
  if (wanted.length > 0 && !wanted.includes(state)) continue;
  const mail = renderMail(sample.name, sample.data, sample.context ?? context);
  const page = resolve(folder, `${state}.html`);
  writeFileSync(page, mail.html);
  writeFileSync(join(folder, `${state}.txt`), `Subject: ${mail.subject}\n\n${mail.text}`);
  console.error(`${state}: ${mail.subject} (${Buffer.byteLength(mail.html)} bytes of HTML)`);
  if (chromium === null) continue;
  for (const width of [360, 700])
    for (const scheme of ['light', 'dark']) takePicture(chromium, page, width, scheme);
}

function findChromium(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // not this one
    }
  }
  return null;
}

function takePicture(browser: string, page: string, width: number, scheme: string): void {
  const profile = mkdtempSync(join(tmpdir(), 'preview-'));
  // A headless window is at least 500 wide: a narrower view is a frame within it.
  const frame = join(profile, 'frame.html');
  const height = 2400;
  writeFileSync(
    frame,
    `<body style="margin:0"><iframe src="${pathToFileURL(page)}" style="border:0;width:${width}px;height:${height}px">`,
  );
  const quiet = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
    '--allow-file-access-from-files',
  ];
  try {
    execFileSync(
      browser,
      [
        ...quiet,
        `--user-data-dir=${profile}`,
        `--window-size=${Math.max(width, 500)},${height}`,
        `--screenshot=${page.replace(/\.html$/, `-${width}-${scheme}.png`)}`,
        ...(scheme === 'dark' ? ['--blink-settings=preferredColorScheme=0'] : []),
        pathToFileURL(frame).href,
      ],
      { stdio: 'ignore' },
    );
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
