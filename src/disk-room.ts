import { statfs } from 'node:fs/promises';

/** With less than this left on the disk of DATA_DIR, in bytes, mails and data may soon have no room. */
export const leastRoomBytes = 200_000_000;

/** How many bytes the disk of a folder has left; null if the folder does not exist, as with an external database. */
export async function readFreeBytes(folder: string): Promise<number | null> {
  const disk = await statfs(folder).catch(() => null);
  return disk && disk.bavail * disk.bsize;
}
