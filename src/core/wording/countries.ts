import { foldWords } from '../text/text.ts';
import { registryLanguage } from './registry-text.ts';
import { quoteText } from './values.ts';
import type { Wording } from './wording.ts';

const letters = Array.from({ length: 26 }, (_, n) => String.fromCharCode(65 + n));
let codes: ReadonlyMap<string, string> | null = null;
const namers = new Map<string, Intl.DisplayNames>();

/** A registry's English country name in the wording's language (CLDR); as it stands where there is none. */
export function countryName(wording: Wording, country: string, most = 80): string {
  const asWritten = quoteText(country, most);
  if (wording.language === registryLanguage) return wording.registryText(asWritten);
  const code = codeOf(asWritten);
  return (code && namerOf(wording.language).of(code)) ?? wording.registryText(asWritten);
}

/** The ISO 3166 code of an English name, a second name in brackets counting too: `Turkey (Türkiye)`. */
function codeOf(name: string): string | null {
  codes ??= readCodes();
  const [, first = name, second = ''] = /^([^()]*)\(([^()]*)\)$/.exec(name) ?? [];
  for (const one of [name, first, second]) {
    const code = codes.get(foldWords(one));
    if (code) return code;
  }
  return null;
}

/** Every region's English names, the short one of two too ("Hong Kong"). */
function readCodes(): Map<string, string> {
  const found = new Map<string, string>();
  for (const style of ['long', 'short'] as const) {
    const names = new Intl.DisplayNames([registryLanguage], { type: 'region', style, fallback: 'none' });
    for (const code of letters.flatMap((one) => letters.map((other) => one + other))) {
      const name = names.of(code);
      if (name && !found.has(foldWords(name))) found.set(foldWords(name), code);
    }
  }
  return found;
}

function namerOf(language: string): Intl.DisplayNames {
  const known = namers.get(language);
  if (known) return known;
  const namer = new Intl.DisplayNames([language], { type: 'region' });
  namers.set(language, namer);
  return namer;
}
