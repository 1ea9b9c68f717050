import type { Mark } from '../core/wording/shape/marks.ts';
import type { Wording } from '../core/wording/wording.ts';
import { TemplateEngine } from './custom/own-templates.ts';
import type { SharedBlocks } from './shared-blocks.ts';

/** Engines for HTML and for text, which is not escaped: mail clients would show `&amp;` literally. */
export type MailTemplates = { html: TemplateEngine; text: TemplateEngine };

/** Renders the built-in templates. */
export const builtInTemplates: MailTemplates = {
  html: new TemplateEngine(new Map()),
  text: new TemplateEngine(new Map(), { autoEscape: false }),
};

/** Returns the URL of a public page, in the mail's language. */
export type PublicUrl = (path: string) => string;

/** Tools for making views. */
export type ViewTools = {
  wording: Wording;
  base: string;
  publicUrl: PublicUrl;
  shared: SharedBlocks;
  templates: MailTemplates;
  /** Links to a trial's page go through a personal link that does not name the trial. */
  isDiscreet: boolean;
  /** What every mail has around its own parts. */
  frame: {
    say: Wording['say'];
    language: string;
    demo: string | null;
    operatorName: string;
    operatorLines: string[];
  };
};

/** A reader's personal link to a trial's page. It names neither the trial nor a condition. */
export function discreetUrl(base: string, token: string, number: number): string {
  return `${personalUrl(base, 'd', token)}/${number}`;
}

/** A personal link: a path that ends with the reader's token. */
export function personalUrl(base: string, room: string, token: string): string {
  return `${base}/${room}/${encodeURIComponent(token)}`;
}

/** The color of a mark's words, and the tint behind them, as the style sheet of pages has them in the light scheme. */
const colors: { [mark in Mark | 'plain']: [color: string, tint: string] } = {
  open: ['#14663c', '#e3f2e9'],
  soon: ['#14663c', '#e3f2e9'],
  closed: ['#46546a', '#e9edf2'],
  paused: ['#7a4b00', '#fbeed3'],
  stopped: ['#9a2f1c', '#fbe8e3'],
  finished: ['#4b3f8f', '#ecebf7'],
  unknown: ['#55585c', '#efeeeb'],
  plain: ['#17232c', '#e4eff2'],
};

/** The style of a new value: it stands in the element, since mail programs may cut the style sheet. */
export function newChipStyle(mark: Mark | null): string {
  const [color, tint] = colors[mark ?? 'plain'];
  // In lines that need no folding when they are encoded.
  return `border:1px solid ${color};border-radius:13px;padding:1px 8px;\nbackground:${tint};color:${color};font-weight:bold`;
}

/** The style of an old value. */
export const oldChipStyle = 'border:1px solid #c9c5ba;border-radius:13px;\npadding:1px 8px;color:#4a5863';
