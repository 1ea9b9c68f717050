import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../src/core/text/decode.ts';
import { readList } from '../../../src/web/admin/bulk/read-list.ts';
import { writeCsv } from '../../../src/web/http/csv.ts';

const columns = ['email', 'condition'] as const;
/** Cells with what spreadsheets and separators are made of. */
const cell = fc.string({ unit: fc.constantFrom(...'ab ;,\t\n"\'=+-@|%'), maxLength: 12 });

describe('a table as CSV', () => {
  /** What each cell begins with in a spreadsheet that splits at these signs and knows no quotation marks inside a cell. */
  const beginnings = (text: string, signs: RegExp) =>
    text.split(signs).map((one) => one.replace(/^[\s"]+/, ''));

  it('C16: has no formula for a spreadsheet that splits at semicolons or tabs', () => {
    for (const text of ['x;=1+1', 'x; =1', 'x\t=1', 'a\n+1', 'x;"=1"', ';-1', 'x;\u200b@SUM(1)', 'a,b;=1'])
      for (const one of beginnings(writeCsv([['first', text]]), /[;\t\r\n]/))
        expect(one).not.toMatch(/^[=+\-@|%]/);
    expect(writeCsv([['a;b', '5 - 3; x', 'one\ttwo']])).toBe('a;b,5 - 3; x,one\ttwo\r\n');
  });

  const isInert = (write: typeof writeCsv) =>
    fc.property(fc.array(cell, { minLength: 1, maxLength: 4 }), (cells) => {
      const text = write([['first', ...cells]]);
      return beginnings(text, /[;\t\r\n]/).every((one) => !/^[=+\-@|%]/.test(one));
    });

  it('C16: whatever the cells are; and writing that looks at their first sign alone is caught', () => {
    fc.assert(isInert(writeCsv));
    const naive: typeof writeCsv = (rows) =>
      rows
        .map((row) => `${row.map((one) => (/^[=+\-@|%]/.test(one) ? `'${one}` : one)).join(',')}\r\n`)
        .join('');
    expect(fc.check(isInert(naive)).failed).toBe(true);
  });

  it('RFC 4180: is read back as it was by a reader of its own, but for the marks', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 4 }), (cells) => {
        const [row = []] = parse(writeCsv([cells]), { relax_column_count: true }) as string[][];
        expect(row.map((one) => one.replaceAll("'", ''))).toEqual(
          cells.map((one) => one.replaceAll("'", '')),
        );
      }),
    );
  });
});

describe('a list', () => {
  it('is read back as it was written, with the line each row begins on, at any separator', async () => {
    const word = fc.string({ unit: fc.constantFrom(...'abc,;\t\n" '), minLength: 1, maxLength: 8 });
    const rows = fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(',', ';', '\t'), async (cells, sign) => {
        const quoted = cells.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(sign));
        const read = await readList(`email${sign}condition\n${quoted.join('\n')}\n`, columns);
        const tidy = (text: string) => text.replace(/\s+/g, ' ').trim();
        let line = 2;
        const wanted = cells.flatMap(([email, condition]) => {
          const at = line;
          line += `${email}${condition}`.split('\n').length;
          const isEmpty = tidy(email) === '' && tidy(condition) === '';
          return isEmpty
            ? []
            : [{ line: at, cells: { email: tidy(email), condition: tidy(condition) }, isTooLong: false }];
        });
        expect(read).toEqual(wanted.length > 0 ? { rows: wanted } : { fault: { why: 'no-lines' } });
      }),
    );
  });

  it('is refused with the line on which a quotation mark is opened and never closed', async () => {
    const text = 'email,condition\na@example.net,x\n\n"b@example.net,y\nc@example.net,z\n';
    expect(await readList(text, columns)).toEqual({ fault: { why: 'quote', line: 4 } });
    const long = `email,condition\n"b${'x\n'.repeat(20_000)}`;
    expect(await readList(long, columns)).toEqual({ fault: { why: 'long', line: 2 } });
  });
});

describe('bytes as text', () => {
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

  it('are read back as written, in every encoding that is sure', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aé€ß日\n,') }), (text) => {
        expect(decodeText(Buffer.from(text), 'utf-8')).toEqual({ text });
        expect(decodeText(Buffer.from(`\ufeff${text}`), 'windows-1252')).toEqual({ text });
        expect(decodeText(utf16(text), 'utf-8')).toEqual({ text });
        expect(decodeText(utf16(text).swap16(), 'windows-1252')).toEqual({ text });
      }),
    );
    expect(decodeText(Buffer.from([0x80, 0xe9]), 'windows-1252')).toEqual({ text: '€é' });
  });

  it('are never guessed and never mended: a fault names its line', () => {
    const fault = (bytes: Buffer, said: 'utf-8' | 'windows-1252' = 'utf-8') => {
      const decoded = decodeText(bytes, said);
      return 'fault' in decoded ? `${decoded.fault.why} ${decoded.fault.line}` : decoded.text;
    };
    expect(fault(Buffer.from('a\nb\nSj\u00f6', 'latin1'))).toBe('not-utf-8 3');
    expect(fault(Buffer.from('a\nSjö'), 'windows-1252')).toBe('is-utf-8 2');
    expect(fault(Buffer.from([0x61, 0x0a, 0x81, 0xff]), 'windows-1252')).toBe('not-windows-1252 2');
    expect(fault(Buffer.from('a\nb', 'utf16le'))).toBe('binary 1');
    expect(fault(Buffer.concat([utf16('a\nb'), Buffer.from([0x00, 0xd8])]))).toBe('not-utf-16 2');
    expect(fault(Buffer.from('a\nb\ufffd'))).toBe('replaced 2');
  });
});
