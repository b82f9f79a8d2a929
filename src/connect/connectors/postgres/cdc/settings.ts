import type { Config } from '../../../api/config-spec.ts';
import { slotNameFor } from './slot.ts';

/** The settings of change capture alone. */
export interface CaptureSettings {
  /** Set by the user; undefined: chosen, and kept with the position. */
  readonly slot: string | undefined;
  readonly publication: string | undefined;
  readonly lost: 'fail' | 'snapshot';
}

export function captureSettings(config: Config): CaptureSettings {
  const given = (name: string): string | undefined => {
    const text = config.optionalString(name)?.trim();
    return text === undefined || text === '' ? undefined : text;
  };
  return {
    slot: given('slot.name'),
    publication: given('publication.name'),
    lost: config.string('slot.lost.policy').toLowerCase() as CaptureSettings['lost'],
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
