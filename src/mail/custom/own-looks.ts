import { readFileSync } from 'node:fs';
import type { CustomFault } from './fault.ts';
import type { OwnFiles } from './own-files.ts';

/** A logo for the pages. */
export type Logo = { path: string; type: string; body: Buffer };

const pngStart = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const activeSvg =
  /<script|<foreignObject|\son\w+\s*=|javascript:|(?:href|src)\s*=\s*["']\s*(?:https?:)?\/\//i;

/** Reads `logo.svg` or `logo.png`; null if neither can be used. */
export function readLogo(files: OwnFiles, faults: CustomFault[]): Logo | null {
  for (const [file, type] of [
    ['logo.svg', 'image/svg+xml'],
    ['logo.png', 'image/png'],
  ] as const) {
    if (!files.list('.').includes(file)) continue;
    const body = files.read(file, faults);
    if (body === null) continue;
    const fault = file === 'logo.png' ? findPngFault(body) : findSvgFault(body.toString('utf8'));
    if (fault === null) return { path: `/${file}`, type, body };
    faults.push({ file, key: null, reason: fault, isWarning: false });
  }
  return null;
}

function findPngFault(bytes: Buffer): string | null {
  return bytes.subarray(0, 8).equals(pngStart) && bytes.toString('latin1', 12, 16) === 'IHDR'
    ? null
    : 'is not a PNG image';
}

function findSvgFault(text: string): string | null {
  if (
    !/^\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/i.test(text) ||
    !/<\/svg>\s*$/.test(text)
  )
    return 'is not an SVG image';
  return activeSvg.test(text) ? 'has scripts or links to other places' : null;
}

const names = ['ink', 'quiet', 'paper', 'card', 'line', 'field', 'link', 'on-link', 'mark', 'soft'] as const;
type Colours = Partial<Record<string, string>>;
const schemes = ['light', 'dark'] as const;

/** Colours of text and background, with their minimum contrast (WCAG 2.2, 1.4.3 and 1.4.11). */
const pairs: readonly [string, string, number][] = [
  ...['ink', 'quiet', 'link'].flatMap((text): [string, string, number][] => [
    [text, 'paper', 4.5],
    [text, 'card', 4.5],
    [text, 'soft', 4.5],
  ]),
  ['on-link', 'link', 4.5],
  ['ink', 'mark', 4.5],
  ['field', 'paper', 3],
];

/** Reads `colours.json` as styles for the pages; empty if it cannot be used. A faulty scheme is left out. */
export function readColours(files: OwnFiles, faults: CustomFault[]): string {
  const file = 'colours.json';
  if (!files.list('.').includes(file)) return '';
  const parsed = files.readJson(file, faults);
  if (parsed === null) return '';
  const add = (key: string, reason: string, isWarning = false) =>
    faults.push({ file, key, reason, isWarning });
  for (const key of Object.keys(parsed))
    if (!schemes.some((one) => one === key)) add(key, 'is not used: there are light and dark', true);
  const builtIn = readBuiltIn();
  const rules = schemes.map((scheme) => {
    const own = Object.entries((parsed[scheme] ?? {}) as object);
    const before = faults.length;
    const used: Colours = {};
    for (const [name, colour] of own) {
      const key = `${scheme}.${name}`;
      if (!names.some((one) => one === name)) add(key, `is not used: there are ${names.join(', ')}`, true);
      else if (typeof colour !== 'string' || !/^#[\da-f]{6}$/i.test(colour))
        add(key, 'is not a colour such as #0b5a8a');
      else used[name] = colour;
    }
    const whole: Colours = { ...builtIn[scheme], ...used };
    for (const [text, behind, least] of pairs) {
      if (used[text] === undefined && used[behind] === undefined) continue;
      const found = contrast(whole[text] ?? '', whole[behind] ?? '');
      if (found < least)
        add(
          `${scheme}.${used[text] === undefined ? behind : text}`,
          `has a contrast of ${found.toFixed(1)} between ${text} and ${behind}; it needs ${least}`,
        );
    }
    if (faults.slice(before).some(({ isWarning }) => !isWarning)) return '';
    const lines = Object.entries(used).map(([name, colour]) => `--${name}:${colour};`);
    return lines.length === 0 ? '' : `:root{${lines.join('')}}`;
  });
  const [light = '', dark = ''] = rules;
  // The dark scheme of the built-in styles comes before, so it is repeated where only light colours are the operator's.
  const darkWhole = Object.entries(builtIn.dark).map(([name, colour]) => `--${name}:${colour};`);
  if (light === '' && dark === '') return '';
  return `\n${light}\n@media screen and (prefers-color-scheme:dark){:root{${darkWhole.join('')}}${dark}}\n`;
}

/** The built-in colours of each scheme, from the stylesheet of the pages. */
function readBuiltIn(): { light: Colours; dark: Colours } {
  const css = readFileSync(new URL('../../../templates/styles/colors.css', import.meta.url), 'utf8');
  const read = (block: string) =>
    Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#[\da-f]{6});/gi)].map(([, name = '', colour]) => [name, colour]),
    );
  const [light = '', dark = ''] = css.split('@media screen and (prefers-color-scheme: dark) {');
  return { light: read(light), dark: read(dark.split('\n}')[0] ?? '') };
}

/** The contrast of two colours (WCAG 2.2), from 1 to 21. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
