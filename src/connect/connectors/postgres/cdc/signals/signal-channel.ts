import type { OffsetMap } from '../../../../api/record.ts';
import type { SignalRow } from './signals.ts';

/** Signals received from a channel. */
export interface Received {
  readonly signals: readonly SignalRow[];
  /** To be committed together with what the signals change, so that they are not received again. */
  readonly offset: OffsetMap | null;
}

/** A channel by which signals arrive beside the stream. */
export interface SignalChannel {
  /** The source partition of the channel's position. */
  readonly partition: OffsetMap;
  /** Reads the signals after the committed position; undefined: there are none. */
  read(kept: OffsetMap | undefined): Promise<Received | undefined>;
  /** Called after the position was committed. True: the signals have been removed, and the position can be deleted. */
  done?(): Promise<boolean>;
}

/** Parses a signal in JSON; field names are case-insensitive, like the columns of the signal table. */
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
