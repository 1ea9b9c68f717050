import type { Trial } from '../../core/trial.ts';
import { type PackedVersion, pack, packVersion, unpack, versionText } from '../packing.ts';
import { packCard } from '../stored-trial.ts';

/** A reading as it is stored: its version, its answer, which needs that version to be unpacked, and its card. */
export type PackedReading = { version: PackedVersion; raw: Buffer; card: Buffer };

/** A version in store; `packed` is null in the form of earlier releases. */
export type KnownVersion = { version: number; packed: PackedVersion | null };

/** Packs a trial as the version with this number, after `known`, and the registry's answer, as its text or its value. */
export function packReading(
  trial: Trial,
  { text: answer, raw }: { text?: Buffer; readonly raw: unknown },
  { version, known }: { version: number; known: KnownVersion | null },
): PackedReading {
  const text = Buffer.from(JSON.stringify(trial));
  return {
    version: packVersion(text, baseOf(known, version)),
    raw: pack(answer ?? Buffer.from(JSON.stringify(raw) ?? 'null'), text),
    card: packCard(trial),
  };
}

/** The version that another one is packed against: one without a base, so that two rows are read at most. */
export function baseOf(known: KnownVersion | null, version: number): PackedVersion['base'] {
  if (!known?.packed) return null;
  if (known.packed.base) return known.packed.base;
  return known.version < version ? { version: known.version, packed: known.packed.packed } : null;
}

/** The answer that was packed with this version. */
export function unpackAnswer(raw: Buffer, version: { packed: Buffer; base: Buffer | null }): unknown {
  return JSON.parse(unpack(raw, versionText(version)).toString('utf8'));
}
