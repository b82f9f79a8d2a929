import type { Config } from '../../../api/config-spec.ts';
import { CAPTURE } from './config-keys.ts';
import { slotNameFor } from './slot.ts';

/** The settings of change capture alone. */
export interface CaptureSettings {
  /** Set by the user; undefined: chosen, and kept with the position. */
  readonly slot: string | undefined;
  readonly publication: string | undefined;
  readonly lost: 'fail' | 'snapshot';
  /** A table that is altered stops the task. */
  readonly stopsAtDrift: boolean;
}

export function captureSettings(config: Config): CaptureSettings {
  return {
    slot: config.get(CAPTURE.slotName) || undefined,
    publication: config.get(CAPTURE.publicationName) || undefined,
    stopsAtDrift: config.get(CAPTURE.schemaChangePolicy).toLowerCase() === 'stop',
    lost: config.get(CAPTURE.slotLostPolicy).toLowerCase() as CaptureSettings['lost'],
  };
}

/** Names to try for a connector's slot, one after the other. */
export function* slotNames(connector: string, { slot }: CaptureSettings): Generator<string> {
  if (slot !== undefined) {
    yield slot;
    return;
  }
  const name = slotNameFor(connector);
  yield name;
  for (let i = 2; ; i++) yield `${name}_${i}`;
}
