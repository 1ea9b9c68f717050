import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { CustomFault } from './fault.ts';

const fileLimitBytes = 500_000;

/** The files of CUSTOM_DIR. A file that cannot be read is a fault. */
export type OwnFiles = {
  folder: string;
  /** The files below a folder, as paths from CUSTOM_DIR; none if it does not exist. */
  list: (folder: string) => string[];
  /** The bytes of a file; null, with a fault, if it cannot be read or is too large. */
  read: (file: string, faults: CustomFault[]) => Buffer | null;
  /** The object in a JSON file; null, with a fault, if it contains something else. */
  readJson: (file: string, faults: CustomFault[]) => Record<string, unknown> | null;
};

/** Opens CUSTOM_DIR. A folder that does not exist has no files. */
export function openOwnFiles(folder: string): OwnFiles {
  const read: OwnFiles['read'] = (file, faults) => {
    const fail = (reason: string) => {
      faults.push({ file, key: null, reason, isWarning: false });
      return null;
    };
    try {
      const bytes = readFileSync(join(folder, file));
      return bytes.length > fileLimitBytes ? fail(`is larger than ${fileLimitBytes / 1_000} kB`) : bytes;
    } catch (error) {
      return fail(`cannot be read (${messageOf(error)})`);
    }
  };
  return {
    folder,
    list: (below) => {
      try {
        return readdirSync(join(folder, below), { recursive: true, withFileTypes: true })
          .filter((one) => !one.isDirectory() && !one.name.startsWith('.'))
          .map((one) => relative(folder, join(one.parentPath, one.name)).replaceAll('\\', '/'))
          .sort();
      } catch {
        return [];
      }
    },
    read,
    readJson: (file, faults) => {
      const bytes = read(file, faults);
      if (bytes === null) return null;
      try {
        const parsed: unknown = JSON.parse(bytes.toString('utf8'));
        if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
          return parsed as Record<string, unknown>;
        faults.push({ file, key: null, reason: 'is not a JSON object', isWarning: false });
      } catch (error) {
        faults.push({ file, key: null, reason: `is not JSON (${messageOf(error)})`, isWarning: false });
      }
      return null;
    },
  };
}
