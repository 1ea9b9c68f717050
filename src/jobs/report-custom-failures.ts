import type { Context } from './context.ts';
import { raiseAlarm } from './raise-alarm.ts';

/** Raises an alarm if any of the operator's own texts and templates failed in use. */
export async function reportCustomFailures(context: Context, failures: readonly string[]): Promise<void> {
  if (failures.length === 0) return;
  await raiseAlarm(
    context,
    'custom-failed',
    `Built-in texts were used in place of some in CUSTOM_DIR: ${failures.join('; ')}. Run: trialbell custom check`,
  );
}
