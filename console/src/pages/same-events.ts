import type { ServerEvents } from '../../../src/wire/events.ts';

type Event = ServerEvents['connectorEvents']['events'][number];

/** Identical events: the last of them, and their number. */
export interface SameEvents {
  readonly last: Event;
  readonly times: number;
}

/**
 * Merges identical events, newest first: a task that tries to reach its database every ten seconds would otherwise
 * displace the reason why it is unreachable. A state that follows itself is not an event.
 * @param events oldest first
 */
export function sameEvents(events: readonly Event[]): readonly SameEvents[] {
  const found = new Map<string, SameEvents>();
  for (const last of events) {
    if (last.state !== null && last.state === last.previousState && last.detail === null) continue;
    const { at: _, ...content } = last;
    const key = JSON.stringify(content);
    const times = (found.get(key)?.times ?? 0) + 1;
    found.delete(key);
    found.set(key, { last, times });
  }
  return [...found.values()].toReversed();
}
