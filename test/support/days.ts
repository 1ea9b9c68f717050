import type { World, WorldOptions } from './world.ts';

/** A day of November 2026. */
export function day(n: number): string {
  return `2026-11-${String(n).padStart(2, '0')}`;
}

/** Options for a world whose registry has these studies on 2 November, the first day of the clock. */
export function onDayTwo(studies: unknown[], options: WorldOptions = {}): WorldOptions {
  return { days: [{ timestamp: `${day(2)}T09:00:04`, studies }], ...options };
}

/** Sets the registry's data to a day of November, and the clock to noon of that day. */
export function turnTo(world: World, n: number, studies: unknown[]): void {
  world.refresh(`${day(n)}T09:00:04`, studies);
  world.setNow(`${day(n)}T12:00:00Z`);
}
