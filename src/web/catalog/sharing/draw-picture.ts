import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContainerNode, Node, Renderer, TextNode } from '@takumi-rs/core';
import type { Mark } from '../../../core/wording/shape/marks.ts';
import { pictureSize } from '../../http/link-preview.ts';

/** The words of a picture, and the mark of a status where it shows one. */
export type PictureWords = { name: string; heading: string; lines: string[]; mark?: Mark | null };

const templates = join(import.meta.dirname, '../../../../templates');
/** The renderer's caches of glyphs and pictures are small: each picture is drawn once and cached by others. */
const cacheMaxBytes = 4 * 1024 * 1024;

type Drawing = { renderer: Renderer; style: string; bell: Buffer };
let drawing: Promise<Drawing> | null = null;

/** Draws the picture of a link preview as a PNG, in a thread of the library's. */
export async function drawPicture(words: PictureWords): Promise<Buffer> {
  drawing ??= openDrawing();
  const { renderer, style, bell } = await drawing;
  return renderer.render(layOut(words), {
    ...pictureSize,
    format: 'png',
    css: [style],
    images: [{ src: 'bell', data: bell }],
  });
}

/** The library is loaded with the first picture: a machine that has none for its kind shows its pages all the same. */
async function openDrawing(): Promise<Drawing> {
  const { Renderer } = await import('@takumi-rs/core');
  const renderer = new Renderer({ cacheMaxBytes });
  const fonts = fileURLToPath(
    new URL('files/', import.meta.resolve('@fontsource-variable/source-sans-3/LICENSE')),
  );
  for (const file of await readdir(fonts))
    if (file.endsWith('-wght-normal.woff2'))
      await renderer.registerFont({ name: 'Text', data: await readFile(join(fonts, file)) });
  return {
    renderer,
    style: await readFile(join(templates, 'styles/preview.css'), 'utf8'),
    bell: await readFile(join(templates, 'pages/icon.svg')),
  };
}

function layOut({ name, heading, lines, mark }: PictureWords): Node {
  return box('picture', [
    box('name', [{ type: 'image', src: 'bell', className: 'bell' }, text('', name)]),
    box('words', [
      ...(mark == null ? [] : [box(`mark ${mark}`, [])]),
      text('heading', heading),
      ...lines.map((line) => text('line', line)),
    ]),
  ]);
}

const box = (className: string, children: Node[]): ContainerNode => ({
  type: 'container',
  className,
  children,
});
const text = (className: string, words: string): TextNode => ({ type: 'text', className, text: words });
