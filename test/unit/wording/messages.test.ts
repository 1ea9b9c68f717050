import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dateKinds } from '../../../src/core/calendar/trial-dates.ts';
import { facets } from '../../../src/core/change.ts';
import { mailKindFacts, mailKindNames } from '../../../src/core/digests/mail-kinds.ts';
import { registries } from '../../../src/core/registries.ts';
import { bulkAnswers, bulkColumns } from '../../../src/core/subscriptions/bulk.ts';
import { ownOrders } from '../../../src/core/subscriptions/own-list.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { makeWording } from '../../../src/core/wording/wording.ts';
import { languages } from '../../../src/languages.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { readCatalogue } from '../../../src/mail/catalogue-files.ts';
import { morePages } from '../../../src/web/admin/menu.ts';
import { operations } from '../../../src/web/api/openapi.ts';
import { reportFaults } from '../../../src/web/lists/report/report-form.ts';
import { manyActs } from '../../../src/web/manage/manage-many.ts';
import { doneCodes } from '../../../src/web/manage/manage-session.ts';

const wording = createWording('en');

describe('the message files', () => {
  const folder = new URL('../../../', import.meta.url);
  const files = (path: string): string[] =>
    readdirSync(new URL(path, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|eta)$/.test(name))
      .map((name) => readFileSync(new URL(`${path}/${name}`, folder), 'utf8'));
  const sources = [...files('src'), ...files('templates')].join('\n');
  const key = '[a-z][a-z-]*(?:\\.[a-zA-Z][a-zA-Z_-]*)+';

  /** Keys made while running: the beginning and all its ends. */
  const families: { [prefix: string]: string[] } = {
    'status.name.': [...trialStatuses, 'none'],
    'status.chip.': [...trialStatuses, 'none'],
    'change.date-name.':
      'start-date recruitment-start recruitment-end primary-completion-date completion-date'.split(' '),
    'trial.time.':
      'start-date recruitment-start recruitment-end primary-completion-date completion-date'.split(' '),
    'trial.compare.': ['before', 'after'],
    'trial.compare.criteria.': ['inclusion', 'exclusion', 'other'],
    'digest.index.':
      'opened access countries removed returned added paused stopped closed results finished dates sites other left unknown'.split(
        ' ',
      ),
    'change.part.': ['plus', 'minus'],
    'change.results.': ['none', 'partial', 'posted'],
    'change.registration.': ['registered', 'entered', 'left', 'removed', 'returned'],
    'date.name.':
      'start-date recruitment-start recruitment-end primary-completion-date completion-date'.split(' '),
    'programs.operation.': operations.map(({ name }) => name),
    'date.implausible.': ['too-early', 'too-late', 'before-start'],
    'date.': ['finer', 'coarser', 'type-changed'],
    'registration.': ['registered', 'entered', 'left', 'removed', 'returned'],
    'enrollment.value.': ['ACTUAL', 'ESTIMATED', 'plain'],
    'country.fold.': ['country-added', 'country-removed', 'country-status'],
    'attribution.': Object.values(registries).map(({ attribution }) => attribution),
    'site.fold.': ['site-added', 'site-removed', 'site-status'],
    'access.': ['AVAILABLE', 'NO_LONGER_AVAILABLE', 'TEMPORARILY_NOT_AVAILABLE', 'APPROVED_FOR_MARKETING'],
    'condition.group.': 'all recruiting pending closed access paused stopped finished unknown withheld'.split(
      ' ',
    ),
    'legal.kept.':
      'address follows shared reports consent digests mails bounces rate-limits lists requests blocked cookies'
        .split(' ')
        .flatMap((name) => [`${name}.what`, `${name}.why`, `${name}.long`]),
    'admin.lists.': ['list', 'report'].flatMap((what) =>
      'end end.title end.what ended ended.title gone gone.title'.split(' ').map((part) => `${what}.${part}`),
    ),
    'admin.lists.report.': ['owner', 'admin'],
    'admin.bulk.column.': [...bulkColumns],
    'admin.bulk.answer.': [...bulkAnswers],
    'admin.bulk.count.': [...bulkAnswers],
    'admin.bulk.fault.':
      'empty no-lines no-column no-what column column-twice too-many too-large quote long not-utf-8 not-utf-16 not-windows-1252 is-utf-8 binary replaced trials conditions two no-header'.split(
        ' ',
      ),
    'admin.bulk.encoding.': ['utf-8', 'windows-1252'],
    'admin.bulk.name.': ['add', 'stop'],
    'admin.bulk.list.': ['add', 'stop'],
    'admin.bulk.what.': ['add', 'stop'],
    'admin.bulk.do.': ['add', 'stop'],
    'admin.bulk.do.what.': ['add', 'stop'],
    'admin.bulk.begun.': ['add', 'stop'],
    'admin.bulk.state.': ['ready', 'doing', 'done'],
    'admin.bulk.head.': 'line email trial condition answer words'.split(' '),
    'admin.bulk.outcome.':
      'add.asked add.waits add.unasked add.known add.stopped add.gone stop.stopped stop.gone stop.subscriptions'.split(
        ' ',
      ),
    'admin.bulk.stop.by.': ['trial', 'condition', 'list'],
    'admin.bulk.stop.fault.': ['trial', 'condition'],
    'follow.problem.':
      'unknown attribute too-short no-such-trial no-number other-number unknown-number several-trials away'.split(
        ' ',
      ),
    'follow.error.':
      'nothing too-many too-long choice zone facets city-unknown city-many code-unknown code-many note-long email weekly-only'.split(
        ' ',
      ),
    'follow.option.':
      'immediate daily weekly CHILD ADULT OLDER_ADULT FEMALE MALE INTERVENTIONAL OBSERVATIONAL EXPANDED_ACCESS EARLY_PHASE1 PHASE1 PHASE2 PHASE3 PHASE4 NA'.split(
        ' ',
      ),
    'condition.filter.': ['city-unknown', 'city-many', 'code-unknown', 'code-many'],
    'place.by-code.': ['exact', 'wider'],
    'condition.looked.': ['alike', 'apart'],
    'condition.row.kind.': ['INTERVENTIONAL', 'OBSERVATIONAL', 'EXPANDED_ACCESS'],
    'box.title.': ['trial', 'condition'],
    'start.sample.': ['tablets', 'walking', 'oxygen'],
    'box.usual.': ['trial', 'condition'],
    'follow.facet.': [...facets],
    'follow.list.is.': 'understood renamed twice unknown no-number later words'.split(' '),
    'confirm.why.': 'used gone mangled again'.split(' '),
    'criterion.': ['inclusion', 'exclusion', 'other'],
    'trial.meaning.': [...trialStatuses],
    'trial.facet.': [...facets],
    'trial.change.': ['pending', 'held', 'discarded'],
    'trial.missing.': 'no-number unknown away unreadable'.split(' '),
    'trial.type.': 'INTERVENTIONAL OBSERVATIONAL EXPANDED_ACCESS'.split(' '),
    'trial.phase.': 'NA EARLY_PHASE1 PHASE1 PHASE2 PHASE3 PHASE4'.split(' '),
    'trial.arm.': 'PLACEBO_COMPARATOR SHAM_COMPARATOR ACTIVE_COMPARATOR NO_INTERVENTION'.split(' '),
    'trial.basis.': ['countries', 'dates'],
    'trial.country.': ['recruitment-start', 'recruitment-end'],
    'trial.source.':
      'study-type purpose phase model allocation masking arms enrollment interventions outcomes sites status verified start primary-completion completion first-posted last-update recruitment-start recruitment-end results volunteers ages sex gender gender-description criteria sponsor observational-model time-perspective'.split(
        ' ',
      ),
    'trial.part.':
      'recruiting pending invitation access access-paused access-ended closed paused not-known'.split(' '),
    'trial.outcome.': 'primary secondary other'.split(' '),
    'trial.code.':
      'purpose.TREATMENT purpose.PREVENTION purpose.DIAGNOSTIC purpose.ECT purpose.SUPPORTIVE_CARE purpose.SCREENING purpose.HEALTH_SERVICES_RESEARCH purpose.BASIC_SCIENCE purpose.DEVICE_FEASIBILITY purpose.OTHER allocation.RANDOMIZED allocation.NON_RANDOMIZED allocation.NA model.SINGLE_GROUP model.PARALLEL model.CROSSOVER model.FACTORIAL model.SEQUENTIAL masking.NONE masking.SINGLE masking.DOUBLE masking.TRIPLE masking.QUADRUPLE observational.COHORT observational.CASE_CONTROL observational.CASE_ONLY observational.CASE_CROSSOVER observational.ECOLOGIC_OR_COMMUNITY observational.FAMILY_BASED observational.DEFINED_POPULATION observational.NATURAL_HISTORY observational.OTHER time.RETROSPECTIVE time.PROSPECTIVE time.CROSS_SECTIONAL time.OTHER arm.EXPERIMENTAL arm.ACTIVE_COMPARATOR arm.PLACEBO_COMPARATOR arm.SHAM_COMPARATOR arm.NO_INTERVENTION arm.OTHER intervention.BEHAVIORAL intervention.BIOLOGICAL intervention.COMBINATION_PRODUCT intervention.DEVICE intervention.DIAGNOSTIC_TEST intervention.DIETARY_SUPPLEMENT intervention.DRUG intervention.GENETIC intervention.PROCEDURE intervention.RADIATION intervention.OTHER sponsor.NIH sponsor.FED sponsor.OTHER_GOV sponsor.INDIV sponsor.INDUSTRY sponsor.NETWORK sponsor.OTHER number.NIH number.FDA number.VA number.CDC number.AHRQ number.SAMHSA number.OTHER_GRANT number.EUDRACT_NUMBER number.CTIS number.REGISTRY number.SPONSOR role.STUDY_CHAIR role.STUDY_DIRECTOR role.PRINCIPAL_INVESTIGATOR role.SUB_INVESTIGATOR role.CONTACT sharing.STUDY_PROTOCOL sharing.SAP sharing.ICF sharing.CSR sharing.ANALYTIC_CODE'.split(
        ' ',
      ),
    'trial.sharing.': 'description kinds time access'.split(' '),
    'trial.sharing.plan.': ['YES', 'NO', 'UNDECIDED'],
    'why.': ['trial', 'concept', 'beneath', 'phrase', 'keyword', 'admitted'],
    'linked.': ['violation', 'paper', 'paper-retracted', 'documents'].flatMap((kind) => [
      `${kind}.added`,
      `${kind}.gone`,
    ]),
    'violation.': [
      'VIOLATION_IDENTIFIED',
      'CORRECTION_CONFIRMED',
      'PENALTY_IMPOSED',
      'ISSUES_IN_LETTER_ADDRESSED_CONFIRMED',
    ],
    'design.masking.': ['open', 'single', 'double'],
    'why.unsaid.': 'country place age sex studyType phase recruiting'.split(' '),
    'warning.':
      'past-completion past-completion-unknown past-primary-completion past-primary-completion-unknown'.split(
        ' ',
      ),
    'digest.first.':
      'opened access countries removed returned added paused stopped closed results finished dates sites other left unknown'.split(
        ' ',
      ),
    'alert.title.':
      'old-data held mail-overdue mail-refused mail-paused mail-blocked mail-server-away mail-uncertain mail-not-made digest-not-composed request-failed admin-stopped same-address unknown-names queue-fault custom-fault custom-failed disk-full bounces-unread bounces-many webhook-away webhook-ended'.split(
        ' ',
      ),
    'facet.name.':
      'eligibility design title sponsor conditions interventions outcomes contacts description documents data-sharing identifiers'.split(
        ' ',
      ),
    'calendar.name.': dateKinds,
    'admin.role.': ['admin', 'viewer'],
    'admin.run.kind.': ['poll', 'import', 'follow', 'sweep'],
    'admin.run.outcome.': ['completed', 'held', 'partial', 'failed', 'running'],
    'admin.run.figure.': 'seen new adopted changed changes held quarantined removed outdated replaced'.split(
      ' ',
    ),
    'admin.webhooks.phase.': ['planned', 'claimed', 'retry', 'sent', 'failed', 'cancelled'],
    'admin.quarantine.': ['waiting', 'recovered', 'none.waiting', 'none.recovered'],
    'admin.reread.': 'recovered set-aside not-known away busy slow'
      .split(' ')
      .flatMap((kind) => [kind, `${kind}.title`]),
    'admin.queue.what.': 'poll plan send requests webhooks bounces sweep'.split(' '),
    'admin.mails.chart.': 'due sent doubted failed returned'.split(' '),
    'admin.mails.short.': 'due sent doubted failed returned'.split(' '),
    'admin.mails.what.': 'due sent doubted failed returned'.split(' '),
    'admin.mails.kind.': mailKindNames,
    'admin.mails.state.': ['failed', 'doubt', 'left'],
    'admin.decide.title.': ['release', 'discard'],
    'admin.held.how.': ['immediate', 'daily', 'weekly', 'paused'],
    'admin.held.do.': 'keep release release-all discard discard-all'
      .split(' ')
      .flatMap((name) => [name, `${name}.what`]),
    'admin.more.': morePages.map(({ name }) => name),
    'admin.decide.what.': ['release', 'discard'],
    'admin.decide.button.': ['release', 'discard'],
    'admin.people.count.': ['active', 'paused', 'pending'],
    'admin.people.done.': 'nobody nobody-stopped no-address not-there suppressed lifted erased'.split(' '),
    'admin.person.': 'since language hour subject no-news next last'.split(' '),
    'admin.person.subject.': ['neutral', 'plain', 'discreet'],
    'admin.person.stopped.': ['hard-bounce', 'soft-bounces', 'complaint', 'never'],
    'admin.person.state.': ['pending', 'active', 'paused', 'ended'],
    'admin.person.resend.': ['refused', 'stopped', 'nothing-waits'],
    'admin.person.kind.': mailKindNames,
    'admin.person.phase.': 'planned claimed body sent retry failed ambiguous cancelled suppressed'.split(' '),
    'admin.person.done.':
      'pause resume stop undo resent link suppressed lifted asked waits unasked known'.split(' '),
    'link.': ['cut-off', 'used', 'used-change', 'gone'],
    'manage.act.': manyActs.filter((act) => act !== 'undo'),
    'manage.sort.': [...ownOrders],
    'manage.group.':
      'changed conditions unread halted recruiting pending closed access paused stopped finished unknown withheld'.split(
        ' ',
      ),
    'manage.many.': manyActs.flatMap((act) => [act, `${act}.what`, `${act}.go`]),
    'manage.done.': [...doneCodes],
    'manage.fact.often.': ['immediate', 'daily', 'weekly'],
    'manage.frequency.': ['immediate', 'daily', 'weekly'],
    'manage.weekday.': ['1', '2', '3', '4', '5', '6', '7'],
    'manage.error.':
      'choice weekly-only facets note list city-unknown city-many code-unknown code-many date date-past date-far email'.split(
        ' ',
      ),
    'address.': ['new', 'old'].flatMap((side) =>
      ['title', 'lead', 'button', 'done', 'taken', 'after'].map((part) => `${side}.${part}`),
    ),
    'list.often.': ['usual', 'immediate', 'daily', 'weekly'],
    'lists.': ['name', 'organization'].flatMap((name) => [name, `${name}.hint`]),
    'lists.open.': ['public', 'link'].flatMap((open) => [open, `${open}.what`]),
    'lists.check.': ['reason-long', 'reason-address', 'too-many-looked-up'],
    'lists.error.':
      'name name-long name-address organization organization-address many reason-long reason-address changed text-empty text-too-many text-json text-opml text-csv text-full'.split(
        ' ',
      ),
    'list-report.page.': ['week', 'month', 'days'],
    'list-report.page.as.': ['html', 'text', 'docx'],
    'list-report.page.error.': [...reportFaults],
    'report.group.': ['opened', 'closed', 'slipped', 'sites', 'other'],
    'subject.': ['neutral', 'plain', 'discreet'],
    'unsubscribe.done.': ['all', 'stop', 'pause', 'weekly', 'nothing'],
    'misfit.way.': ['concept', 'beneath', 'phrase', 'keyword', 'admitted'],
    'misfit.done.': ['exclude', 'include', 'nothing', 'full'],
    'unsubscribe.after.': ['all', 'stop', 'pause', 'weekly', 'nothing'],
  };
  const dictionaries = ['code.', 'kind.name.', 'listed.', 'attribution.'];
  const ofLinkMails = mailKindNames.flatMap((kind) => {
    const { link, linkForOldAddress } = mailKindFacts(kind);
    const parts = 'subject heading first button ignore'.split(' ');
    return [link, linkForOldAddress].flatMap((one) =>
      one ? parts.map((part) => `${one.messages}.${part}`) : [],
    );
  });
  const made = [
    ...Object.entries(families).flatMap(([prefix, ends]) => ends.map((end) => prefix + end)),
    ...ofLinkMails,
    'confirmation.what',
  ];
  const prefixes = [...Object.keys(families), ...dictionaries];
  const written = [...sources.matchAll(new RegExp(`['"\`](${key})['"\`]`, 'g'))].map(
    ([, found]) => found ?? '',
  );

  /** The admins' pages are in English alone. */
  const isSaidIn = (language: string, key: string) => language === 'en' || !key.startsWith('admin.');

  /** Words that no sentence may contain (D9), by language. */
  const forbidden = new Map([
    [
      'en',
      /breakthrough|\bcure|miracle|\bhope|good fit|\bfree\b|\bsafe|good news|great news|nothing needs|no action|don.t worry|\bopened\b|promising|unfortunately|happy to|exciting|lucky/i,
    ],
    [
      'es',
      /\bavances?\b|milagro|\bcuras?\b|\bcurar|curaci[oó]n|esperanza|\bgratis\b|gratuit|\bsegur[oa]s?\b|buenas? noticias?|no (?:tiene|hay) que hacer nada|no se preocupe|se abri[óo]\b|fue abierto|prometedor|oportunidad|lamentable|por desgracia|afortunad|nos alegra|encantad|emocionante|milagros|le conviene|indicado para usted/i,
    ],
  ]);

  it('D9: forbidden words are listed for each language, and would be found', () => {
    expect([...forbidden.keys()].toSorted()).toEqual(languages.toSorted());
    expect('Nothing needs doing').toMatch(forbidden.get('en') ?? /^$/);
    for (const said of [
      'Es un avance',
      'una cura',
      'No tiene que hacer nada',
      'Buenas noticias',
      'Es seguro',
    ])
      expect(said).toMatch(forbidden.get('es') ?? /^$/);
    expect('El estudio avanza; la seguridad se mide').not.toMatch(forbidden.get('es') ?? /^/);
  });

  for (const language of languages) {
    const catalogue = readCatalogue(language);
    const keys = Object.keys(catalogue);

    it(`${language}: no message is missing`, () => {
      const said = [...sources.matchAll(new RegExp(`say\\(\\s*['"](${key})['"]`, 'g'))].map(
        ([, found]) => found ?? '',
      );
      expect([...said, ...made].filter((key) => isSaidIn(language, key) && !keys.includes(key))).toEqual([]);
      expect(said.length).toBeGreaterThan(60);
    });

    it(`${language}: no message is unused`, () => {
      const used = new Set([...written, ...made, 'format.locale']);
      expect(
        keys.filter((key) => !used.has(key) && !dictionaries.some((prefix) => key.startsWith(prefix))),
      ).toEqual([]);
    });

    it(`D9: ${language} states facts, never advice, promise or verdict`, () => {
      const words = forbidden.get(language) ?? /(?:)/;
      // The standard's own words for the first line of a no-news note.
      const said = (key: string) =>
        catalogue[key]?.replace('No trial you follow opened, closed, or stopped', '') ?? '';
      expect(keys.filter((key) => words.test(said(key)))).toEqual([]);
    });

    it(`${language}: every message can be parsed and holds no markup`, () => {
      const own = makeWording(language, catalogue);
      const values = new Proxy(
        {},
        {
          get: () => 2,
          has: () => true,
          getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 2 }),
        },
      );
      for (const key of keys) {
        expect(own.say(key, values)).not.toMatch(/[{}<>]/);
      }
    });
  }

  it('every family made while running is written in the code', () => {
    for (const prefix of prefixes) expect(sources).toContain(`\`${prefix}\${`);
  });

  it('a message that is missing, or needs a value that is not given, is an error', () => {
    expect(() => wording.say('no.such')).toThrow('no.such');
    expect(() => wording.say('status.changed', { after: 'x' })).toThrow();
  });
});
