const webAddress =
  /[\p{L}\p{N}+.-]+:\/\/\S*|(?:[\p{L}\p{N}_-]+[.\uff0e\u3002\uff61])+(?:\p{L}{2,}|xn--[a-z0-9-]+)(?![\p{L}\p{N}])\S*|\b\d{1,3}(?:\.\d{1,3}){3}\b\S*/u;

/** What mail programs could make a link in a text, as its readers would see it; null if nothing. */
export function findWebAddress(text: string): string | null {
  return webAddress.exec(text)?.[0] ?? null;
}
