import { expect, it } from 'vitest';
import { findWebAddress } from '../../../src/core/text/web-address.ts';

it.each([
  ['See https://example.org/a?b', 'https://example.org/a?b'],
  ['cure.example.com, now', 'cure.example.com,'],
  ['write to ann@example.org', 'example.org'],
  ['HTTP://EXAMPLE.ORG', 'HTTP://EXAMPLE.ORG'],
  ['app://open', 'app://open'],
  ['例え。テスト', '例え。テスト'],
  ['xn--bcher-kva.xn--p1ai', 'xn--bcher-kva.xn--p1ai'],
  ['at 192.0.2.7/x', '192.0.2.7/x'],
])('%s has an address that a mail program could make a link', (text, found) => {
  expect(findWebAddress(text)).toBe(found);
});

it.each([
  'Opens near most of us. It needs no biopsy.',
  'St. Jude, phase 2.5, 1.5 mg/kg, e.g. after an operation',
  'Dose 0.5mg; sites in the U.S.',
  'NCT01234567 / EU CT 2024-510001-10-00',
  'El estudio abre cerca de nosotros. ¡Por fin!',
])('%s has none', (text) => {
  expect(findWebAddress(text)).toBeNull();
});
