import type { WeeklyCap } from '../../core/schedule.ts';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import { chooseSubject } from '../../db/admin/subscriber-settings.ts';
import { chooseWeeklyCap } from '../../db/digests/weekly-caps.ts';
import { setNoNewsNotes } from '../../db/subscribers/note-schedule.ts';
import { chooseMailLanguage } from '../../db/subscribers/subscriber-languages.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import type { UseCaseContext } from '../context.ts';
import { changeClock } from '../subscriptions/change-state.ts';

/** A person's chosen settings; null leaves a setting unchanged. */
export type ChosenSettings = {
  hour: number;
  timezone: string;
  noNewsNotes: boolean | null;
  subject: SubjectStyle | null;
  /** `none`: no limit. */
  weeklyCap: WeeklyCap | 'none' | null;
  language: string | null;
};

/**
 * Changes a person's settings. Digests that are already due are sent as planned. Returns false if the person
 * does not exist.
 */
export async function changeSettings(
  { db }: Pick<UseCaseContext, 'db'>,
  subscriberId: number,
  { hour, timezone, noNewsNotes, subject, weeklyCap, language }: ChosenSettings,
  now: Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, subscriberId);
    if (!person) return false;
    if (noNewsNotes !== null) await setNoNewsNotes(tx, subscriberId, noNewsNotes, now);
    if (subject !== null) await chooseSubject(tx, subscriberId, subject);
    if (weeklyCap !== null) await chooseWeeklyCap(tx, subscriberId, weeklyCap === 'none' ? null : weeklyCap);
    if (language !== null) await chooseMailLanguage(tx, subscriberId, language);
    if (hour !== person.hour || timezone !== person.timezone)
      await changeClock(tx, person, { hour, timezone }, now);
    return true;
  });
}
