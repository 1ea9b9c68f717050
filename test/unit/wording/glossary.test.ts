import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { baseLanguage, languages, languagesWithRegions } from '../../../src/languages.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { readCatalogue } from '../../../src/mail/catalogue-files.ts';
import { renderMail } from '../../../src/mail/render.ts';
import { consentWording } from '../../../src/web/shared/consent.ts';
import { context, samples } from '../../support/mail-samples.ts';
import { formsOf } from '../../support/message-forms.ts';

const catalogueOf = (language: string) => ({
  ...readCatalogue(baseLanguage(language)),
  ...readCatalogue(language),
});

/** Texts for readers; the pages and alarms for admins name parts of the program. */
const textsOf = (language: string, count: '1' | '2' = '2'): [key: string, text: string][] =>
  Object.entries(catalogueOf(language))
    .filter(([key]) => !/^(?:admin|alert|format)\./.test(key))
    .flatMap(([key, message]) => formsOf(message, count).map((text): [string, string] => [key, text]));

/** Words that a language does not use, what it says instead, and the keys that may use them. */
type Rule = { not: RegExp; say: string; except?: RegExp };

const english: Rule[] = [
  { not: /\bregisters?\b/i, say: 'registry' },
  { not: /\bdatabase|\bentry\b|\bentries\b/i, say: 'record', except: /^legal\.privacy\.key$/ },
  { not: /\billness|\bdisease|\bdisorder|\bsick\b|\bill\b/i, say: 'condition' },
  { not: /\be-mail|\bmails?\b(?! (?:server|program|provider))|newsletter/i, say: 'email' },
  { not: /\btick/i, say: 'select' },
  { not: /(?<!un)subscri/i, say: 'follow' },
  { not: /\bdigest/i, say: 'update email' },
  { not: /\bcent(?:er|re)s?\b|\bfacilit|\blocations?\b/i, say: 'site' },
  { not: /\benroll?/i, say: 'recruiting, participants', except: /ENROLLING_BY_INVITATION$/ },
  { not: /\bpatients?\b|\bsufferer|\bvictim/i, say: 'participants, people' },
  { not: /\bcompan(?:y|ies)\b|\bmaker\b/i, say: 'sponsor', except: /INDUSTRY$|^trial\.step\.access-/ },
  { not: /\bfindings?\b|\bnews\b/i, say: 'changes, results tables' },
  {
    not: /\breminder|\bopt(?:s|ed)? out\b|\bsnooze|\bverify|\btokens?\b/i,
    say: 'note, stop, pause, confirm',
  },
  { not: /\bjust\b(?! read)|\bsimply\b|\beas(?:y|ily)\b|\bnormal\b|\bhe or she\b/i, say: 'nothing' },
  { not: /\bincl\.|\bapprox\.|\be\.g\.|\bi\.e\.|\betc\./i, say: 'the words in full' },
  { not: /\bheld back\b|\bquarantin/i, say: 'being checked' },
];
const american: Rule = {
  not: /colour|behaviour|(?:author|organ|random|recogn)is|\bcancelled|\blicence\b|programme|any more\b|spelt|metre/i,
  say: 'the American spelling',
};
const british: Rule = {
  not: /\bcolor|behavior|(?:author|organ|random|recogn)iz|\bcanceled|\blicense\b|\banymore\b|\bspelled\b/i,
  say: 'the British spelling',
};
const spanish: Rule[] = [
  { not: /\bfigura/i, say: 'el registro indica' },
  { not: /\be?-?mails?\b/i, say: 'correo' },
  { not: /(?<!\p{L})(?:tú|tus?|ti|vosotros|vuestr\p{L}+)(?!\p{L})/iu, say: 'usted' },
  { not: /\brecogidas?\b|ordenador|\bcostes?\b/i, say: 'toma, computadora, costos' },
  { not: /suscripci/i, say: 'lo que usted sigue' },
  { not: /\bterminado\b/i, say: 'finalizado, detenido antes de tiempo' },
  { not: /\bsitios?\b/i, say: 'centro', except: /^manage\.ask\.forgotten$/ },
  { not: /\bpacientes?\b/i, say: 'participantes, personas' },
  { not: /\bnovedad/i, say: 'cambios', except: /^subject\./ },
];
const rules: { [language: string]: Rule[] } = {
  en: [...english, american],
  'en-GB': [...english, british],
  es: spanish,
};

/** Words that give another language away. */
const foreign: { [language: string]: RegExp } = {
  en: /(?<!\p{L})(?:el|los|las|que|para|ensayos?|correos?|usted)(?!\p{L})/iu,
  es: /\b(?:the|and|with|your?|this|not|from|emails?|trials?)\b/i,
};

/** Said of two and more alone: groups, and limits of many. */
const ofTwoAndMore =
  /^site\.group\.|^(?:feed\.more\.what|follow\.note\.hint|follow\.error\.(?:too-many|note-long)|card\.ages-years|lists\.followers|lists\.paste\.hint|lists\.check\.reason-long|lists\.error\.(?:name-long|organization|many|text-too-many)|list-report\.page\.error\.(?:introduction|contact)|trial\.contacts\.more|trial\.compare\.capped)$/;

describe.each([...languagesWithRegions])('the words of %s', (language) => {
  const texts = textsOf(language);

  it.each(rules[language] ?? [{ not: /^/, say: 'a list of rules' }])('$say, not $not', ({ not, except }) => {
    expect(texts.filter(([key, text]) => not.test(text) && !except?.test(key))).toEqual([]);
  });

  it('are of one language, apart from what is quoted', () => {
    const other = foreign[baseLanguage(language)] ?? /^/;
    const quoted = /[“«][^”»]*[”»]/g;
    expect(texts.filter(([, text]) => other.test(text.replace(quoted, '')))).toEqual([]);
  });

  it('stand in sentences of at most 26 words, except on legal pages', () => {
    const long = texts
      .filter(([key]) => !key.startsWith('legal.'))
      .flatMap(([key, text]) => text.split(/(?<=[.?!])\s+/).map((sentence) => [key, sentence]))
      .filter(([, sentence]) => (sentence?.match(/[\p{L}\d’'-]+/gu) ?? []).length > 26);
    expect(long).toEqual([]);
  });

  it('say hours in one way: with AM or PM, or with two digits', () => {
    const hour = language === 'en' ? /^\d{1,2}:\d\d [AP]M$/ : /^\d\d:\d\d$/;
    const times = /\b\d{1,2}(?::\d\d)? ?(?:[AP]M|[ap]\.m\.)|\b\d{1,2}:\d\d\b/g;
    const said = texts.flatMap(([key, text]) => (text.match(times) ?? []).map((time) => [key, time]));
    expect(said.filter(([, time]) => !hour.test(time ?? ''))).toEqual([]);
    expect(said.length).toBeGreaterThan(0);
  });

  it('one thing is one: plurals follow from ICU, never from “(s)”', () => {
    const isSpanish = baseLanguage(language) === 'es';
    const plural = isSpanish
      ? /(?<![\d.,])1 (?!más|menos|mes\b)\p{L}+[aeo]s\b/u
      : /(?<![\d.,])1 [a-z]+[^s]s\b/;
    const one = textsOf(language, '1').filter(([key]) => !ofTwoAndMore.test(key));
    expect(one.filter(([, text]) => plural.test(text) || /\([se]s?\)/.test(text))).toEqual([]);
    expect(isSpanish ? '1 ensayos' : '1 trials').toMatch(plural);
  });

  it('a value that ends with a stop ends the sentence: never “Inc..”', () => {
    const wording = createWording(language);
    const given = new Proxy(
      {},
      {
        get: () => 'Acme, Inc.',
        has: () => true,
        getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: '' }),
      },
    );
    const said = Object.entries(catalogueOf(language))
      .filter(([key, message]) => !key.startsWith('admin.') && !/, (?:plural|number)/.test(message))
      .map(([key]): [string, string] => [key, wording.say(key, given)]);
    expect(said.filter(([, text]) => /\.{2}$|\.[”»]\.$/.test(text))).toEqual([]);
    expect(said.filter(([, text]) => /Inc\.[”»]?$/.test(text)).length).toBeGreaterThan(20);
  });
});

it.each([...languagesWithRegions])(
  'the same thing has one name in %s: on a form, in an email, on a page',
  (language) => {
    const same = [
      ['trial.source.study-type', 'kind.name.study-type', 'follow.narrow.types', 'manage.types'],
      ['trial.source.phase', 'kind.name.phase', 'follow.narrow.phases', 'manage.phases'],
      ['trial.source.sex', 'follow.narrow.sex', 'manage.sex'],
      ['trial.source.sponsor', 'kind.name.sponsor', 'trial.facet.sponsor'],
      ['trial.source.interventions', 'kind.name.interventions', 'trial.facet.interventions'],
      ['trial.source.outcomes', 'trial.head.outcomes', 'trial.facet.outcomes', 'facet.name.outcomes'],
      ['trial.source.criteria', 'kind.name.criteria'],
      [
        'trial.facet.eligibility',
        'trial.head.eligibility',
        'facet.name.eligibility',
        'follow.facet.eligibility',
      ],
      ['trial.facet.identifiers', 'facet.name.identifiers', 'follow.facet.identifiers'],
      ['trial.source.recruitment-start', 'date.name.recruitment-start'],
      ['follow.narrow.age', 'manage.age'],
      ['follow.narrow.recruiting', 'manage.recruiting'],
      ['manage.often', 'confirm.often', 'box.often'],
      ['manage.told', 'confirm.told'],
      ['note.welcome.silence', 'started.silence'],
      ['digest.demo', 'page.demo'],
      ['manage.more.settings', 'settings.title'],
      ['manage-mail.button', 'manage.open.button', 'legal.privacy.rights.link'],
    ];
    const { say } = createWording(language);
    const names = same.map((keys) => [...new Set(keys.map((key) => say(key).toLowerCase()))]);
    expect(names.filter((various) => various.length > 1)).toEqual([]);
  },
);

describe.each([...languagesWithRegions])('emails in %s', (language) => {
  // What an alarm quotes is written for admins.
  const readers = Object.entries(samples).filter(([, { name }]) => name !== 'alert');
  const mails = readers.map(([state, { name, data, context: own }]) => {
    const { subject, text } = renderMail(name, data as never, { ...(own ?? context), language });
    return [state, `${subject}\n${text.replace(/\s+/g, ' ')}`] as const;
  });
  const months = 'January|February|March|April|May|June|July|August|September|October|November|December';

  it('name no time zone by its identifier or by a bare offset', () => {
    const raw = /\b(?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic|Indian|Etc)\/[A-Z]|GMT[+-]\d/;
    expect(mails.filter(([, text]) => raw.test(text)).map(([state]) => state)).toEqual([]);
    expect('read at 15:30 GMT+1').toMatch(raw);
  });

  it('write days as the language does', () => {
    const others: { [code: string]: RegExp } = {
      en: new RegExp(`\\b\\d{1,2} (?:${months}) \\d{4}`),
      'en-GB': new RegExp(`(?:${months}) \\d{1,2}, \\d{4}`),
      es: new RegExp(months),
    };
    expect(mails.filter(([, text]) => others[language]?.test(text)).map(([state]) => state)).toEqual([]);
    expect(mails.some(([, text]) => text.includes('2026'))).toBe(true);
  });
});

it('P4: the sentences of the consent and their version change together', () => {
  const shown = languages.map((language) => consentWording(createWording(language), 16, true));
  const hash = createHash('sha256').update(
    shown.map(({ health, age, list }) => `${health}\n${age}\n${list}`).join('\n'),
  );
  expect([shown[0]?.wordingVersion, hash.digest('hex').slice(0, 16)]).toEqual([
    'sign-up-4',
    'ea1e7a3030310eef',
  ]);
});
