import type { ConnectorListing } from '../../connect/client/api.ts';
import type { ConnectorEvent, Picture } from './picture.ts';

/** Every connector by name, with its description and state. */
export type Listing = Readonly<Record<string, ConnectorListing>>;

/** An event with its time, in ms since the epoch. */
export interface TimedEvent {
  readonly event: ConnectorEvent;
  readonly atMs: number;
}

/** What is known of connectors, in one place for all who need it (feed.ts). */
export interface KnownStates {
  /** Everything that is known, by name. */
  readonly pictures: readonly Picture[];
  /** Records that a sink has not taken yet, at the last count; undefined for a source, or when unknown. */
  lagOf(name: string): number | undefined;
  /** The latest events, oldest first. */
  readonly recent: readonly TimedEvent[];
  /** Calls `listener` after each change, until the function that it returns is called. */
  subscribe(listener: () => void): () => void;
  /**
   * The current state of all connectors, for callers that poll. A cluster that has just been asked is not asked again.
   * @throws ConnectRequestError, ConnectUnreachableError
   */
  listing(): Promise<Listing>;
  /** Reports the topics that a cluster's connector writes. */
  learnTopics(name: string, topics: readonly string[]): Promise<void>;
}
