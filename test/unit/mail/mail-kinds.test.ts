import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  isLinkKind,
  isNoteKind,
  mailKindFacts,
  mailKindNames,
} from '../../../src/core/digests/mail-kinds.ts';
import { renderMail } from '../../../src/mail/render.ts';
import { context } from '../../support/mail-samples.ts';

const project = new URL('../../../', import.meta.url);
const migrations = readdirSync(new URL('src/db/migrations', project))
  .map((name) => readFileSync(new URL(`src/db/migrations/${name}`, project), 'utf8'))
  .join('\n');

describe('the table of mail kinds', () => {
  it.each(mailKindNames)('%s has templates, and the database takes it', (kind) => {
    const { template, link } = mailKindFacts(kind);
    expect(existsSync(new URL(`templates/email/${template}/html.eta`, project))).toBe(true);
    expect(migrations).toMatch(new RegExp(`'digest'[^()]*'${kind}'|'${kind}'[^()]*'admin'`));
    expect([isLinkKind(kind), isNoteKind(kind)]).toEqual([template === 'link', template === 'note']);
    expect(link !== undefined).toBe(template === 'link');
  });

  it.each(mailKindNames.filter(isLinkKind))('%s leads to its own path, in each of its forms', (kind) => {
    const { link, linkForOldAddress } = mailKindFacts(kind);
    for (const [side, one] of [['new', link] as const, ['old', linkForOldAddress] as const]) {
      if (!one) continue;
      const { html, subject } = renderMail('link', { kind, token: 'abc', side }, context);
      expect(html).toContain(`href="https://bell.example.org/${one.path}/abc"`);
      expect(subject).not.toBe('');
    }
  });

  it('a kind without a link for old addresses has none', () => {
    expect(() => renderMail('link', { kind: 'manage', token: 'x', side: 'old' }, context)).toThrow(
      'the mail manage has no link',
    );
  });
});
