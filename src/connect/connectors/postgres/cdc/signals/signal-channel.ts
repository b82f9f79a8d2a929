import type { OffsetMap } from '../../../../api/record.ts';
import type { SignalRow } from './signals.ts';

/** What came by a channel. */
export interface Received {
  readonly signals: readonly SignalRow[];
  /** To be kept with what the signals change: they do not come again then. */
  readonly offset: OffsetMap | null;
}

/** A way on which signals come beside the stream. */
export interface SignalChannel {
  /** Where it stands is kept here. */
  readonly partition: OffsetMap;
  /** What came behind what was kept; undefined: nothing. */
  read(kept: OffsetMap | undefined): Promise<Received | undefined>;
  /** What was read has been kept. True: it is gone now, and what was kept is to be forgotten. */
  done?(): Promise<boolean>;
}

/** A signal as JSON tells it; fields in any case, as a stream's columns are. */
export function signalOf(text: string): SignalRow | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
  const fields = new Map(Object.entries(found).map(([name, value]) => [name.toLowerCase(), value as unknown]));
  const [id, type, data] = ['id', 'type', 'data'].map((name) => {
    const value = fields.get(name);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value as string);
  });
  return [id, type, data];
}
