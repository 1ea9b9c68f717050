import { statfs } from 'node:fs/promises';

/** Below this many free bytes on the disk of DATA_DIR, mails and data may soon not fit. */
export const leastRoomBytes = 200_000_000;

/**
 * Returns the free bytes on a folder's disk; null if the folder does not exist, as with an external database.
 */
export async function readFreeBytes(folder: string): Promise<number | null> {
  const disk = await statfs(folder).catch(() => null);
  return disk && disk.bavail * disk.bsize;
}
