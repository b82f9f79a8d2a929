import { messageOf } from '../../base/errors.ts';
import type { ServerEvents } from '../../wire/events.ts';
import type { Services } from '../services.ts';
import { LOOKS } from './looks.ts';

/** One event: all information of one kind, as JSON. */
export interface WatchEvent {
  readonly event: keyof ServerEvents;
  readonly json: string;
}

type Listener = (event: WatchEvent) => void;

const SECOND_MS = 1000;
/** Changes within this time, in ms, are reported together. */
const GATHER_MS = 30;
/** Kinds that report their changes themselves. */
const PUSHED: readonly (keyof ServerEvents)[] = ['connectors', 'connectorEvents'];

/**
 * Checks the database once a second for all watchers and reports what has changed. Without watchers nothing is checked.
 * One check serves all, so many open pages cost as much as one.
 */
export class Watch {
  readonly #services: Services;
  readonly #listeners = new Set<Listener>();
  /** What was reported last, by kind. */
  readonly #sent = new Map<keyof ServerEvents, string>();
  readonly #due = new Map<keyof ServerEvents, number>();
  #cancel: (() => void) | undefined;
  #unsubscribe: () => void = () => undefined;
  #isPolling = false;
  #hurried = false;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Reports the current state to `listener`, then each change, until the returned function is called. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#cancel === undefined) {
      // Earlier information may be hours old.
      this.#sent.clear();
      this.#due.clear();
      this.#cancel = () => undefined;
      this.#unsubscribe = this.#services.connectors?.subscribe(() => this.#hurry()) ?? this.#unsubscribe;
      void this.#poll();
    } else for (const [event, json] of this.#sent) listener({ event, json });
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
      this.#unsubscribe();
    };
  }

  /** Reports of connectors are passed on at once rather than at the next check. */
  #hurry(): void {
    if (this.#hurried) return;
    this.#hurried = true;
    this.#services.env.timers.after(GATHER_MS, () => {
      this.#hurried = false;
      if (this.#listeners.size === 0) return;
      for (const event of PUSHED) this.#due.delete(event);
      this.#cancel?.();
      void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    const { env } = this.#services;
    const seconds = env.clock.monotonicMs() / 1000;
    for (const { event, everySeconds, look } of LOOKS) {
      // A little early is better than one check later.
      if (seconds < (this.#due.get(event) ?? 0) - 0.2) continue;
      this.#due.set(event, seconds + everySeconds(this.#services));
      let json: string;
      try {
        json = JSON.stringify(await look(this.#services, seconds));
      } catch (error) {
        json = JSON.stringify({ problem: messageOf(error) });
      }
      if (this.#sent.get(event) === json) continue;
      this.#sent.set(event, json);
      for (const listener of this.#listeners) listener({ event, json });
    }
    this.#isPolling = false;
    if (this.#listeners.size > 0) this.#cancel = env.timers.after(SECOND_MS, () => void this.#poll());
  }
}
