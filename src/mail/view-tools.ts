import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Wording } from '../core/wording/wording.ts';
import type { SharedBlocks } from './shared-blocks.ts';

const views = fileURLToPath(new URL('../../templates/', import.meta.url));
/** Renders HTML templates. */
export const htmlTemplates = new Eta({ views, cache: true });
/** Renders text templates. Text is not escaped: an `&amp;` in it would be read as such. */
export const textTemplates = new Eta({ views, cache: true, autoEscape: false });

/** The address of a public page, in the mail's language. */
export type PublicUrl = (path: string) => string;

/** What views are built with. */
export type ViewTools = {
  wording: Wording;
  base: string;
  publicUrl: PublicUrl;
  shared: SharedBlocks;
  /** Links name no trial: they lead to its page by a link of the reader's own. */
  isDiscreet: boolean;
  frame: { operatorName: string };
};

/** A reader's own link to the page of a trial, which names neither the trial nor a condition. */
export function discreetUrl(base: string, token: string, number: number): string {
  return `${personalUrl(base, 'd', token)}/${number}`;
}

/** A link of one person: a path that ends with their token. */
export function personalUrl(base: string, room: string, token: string): string {
  return `${base}/${room}/${encodeURIComponent(token)}`;
}
