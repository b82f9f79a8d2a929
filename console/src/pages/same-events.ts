import type { ServerEvents } from '../../../src/wire/events.ts';

type Event = ServerEvents['connectorEvents']['events'][number];

/** Events that say the same: the last of them, and how many there were. */
export interface SameEvents {
  readonly last: Event;
  readonly times: number;
}

/**
 * Newest first, what says the same once: a task that looks for its database every ten seconds would leave no room for
 * why it is away. A state that follows on itself is none.
 * @param events oldest first
 */
export function sameEvents(events: readonly Event[]): readonly SameEvents[] {
  const found = new Map<string, SameEvents>();
  for (const last of events) {
    if (last.state !== null && last.state === last.previousState && last.detail === null) continue;
    const { at: _, ...said } = last;
    const key = JSON.stringify(said);
    const times = (found.get(key)?.times ?? 0) + 1;
    found.delete(key);
    found.set(key, { last, times });
  }
  return [...found.values()].toReversed();
}
