import type { Wording } from '../../core/wording/wording.ts';
import { languageParameter, speakIn } from '../../languages.ts';
import type { Sharing } from './page-response.ts';

/** The size of every picture of a link preview, in pixels. */
export const pictureSize = { width: 1200, height: 630 };

/** What the head of a page says of it to programs that show a preview of its link (Open Graph). */
export type LinkPreview = {
  /** The address to share: every reader gets the page in their own language. */
  shared: string;
  /** The address of the page in its language. */
  canonical: string;
  description: string;
  picture: string;
  /** Language and region, such as `en_US`. */
  locale: string;
  width: number;
  height: number;
};

/** Makes the link preview of a page in the language of its wording. */
export function previewOf(
  { address, description, picture = '/preview.png' }: Sharing,
  baseUrl: string,
  wording: Wording,
  defaultLanguage: string,
): LinkPreview {
  const { language, region } = new Intl.Locale(wording.say('format.locale')).maximize();
  return {
    shared: baseUrl + address,
    canonical: baseUrl + speakIn(address, wording.language, defaultLanguage),
    description,
    picture: `${baseUrl}${picture}?${languageParameter}=${wording.language}`,
    locale: `${language}_${region}`,
    ...pictureSize,
  };
}
