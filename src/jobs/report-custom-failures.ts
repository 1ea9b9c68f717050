import type { Context } from './context.ts';
import { raiseAlarm } from './raise-alarm.ts';

/** Notifies the admins of own texts and templates that failed in use, if there are any. */
export async function reportCustomFailures(context: Context, failures: readonly string[]): Promise<void> {
  if (failures.length === 0) return;
  await raiseAlarm(
    context,
    'custom-failed',
    `Built-in texts were used in the place of some in CUSTOM_DIR: ${failures.join('; ')}. Run: trialbell custom check`,
  );
}
