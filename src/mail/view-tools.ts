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
