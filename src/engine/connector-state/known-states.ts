import type { ConnectorListing } from '../../connect/client/api.ts';
import type { ConnectorEvent, Picture } from './picture.ts';

/** Every connector with what it is and how it does, by name. */
export type Listing = Readonly<Record<string, ConnectorListing>>;

/** An event and when it was, in ms since the epoch. */
export interface TimedEvent {
  readonly event: ConnectorEvent;
  readonly atMs: number;
}

/** What is known of connectors, from one place for all who want to know (feed.ts). */
export interface KnownStates {
  /** All that is known, by name. */
  readonly pictures: readonly Picture[];
  /** Records that a sink has not taken yet, as counted last; undefined: a source, or not known. */
  lagOf(name: string): number | undefined;
  /** What happened last, oldest first. */
  readonly recent: readonly TimedEvent[];
  /** Calls `listener` after each change, until the function that it returns is called. */
  subscribe(listener: () => void): () => void;
  /**
   * All connectors as they are now, for who looks at them regularly. A cluster that has just been asked is not asked
   * again.
   * @throws ConnectRequestError, ConnectUnreachableError
   */
  listing(): Promise<Listing>;
  /** The topics that a cluster's connector writes. */
  sawTopics(name: string, topics: readonly string[]): Promise<void>;
}
