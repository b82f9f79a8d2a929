import type { DeliveryReceiver } from '../api/delivery.ts';

/** What becomes of a delivery to a connector. */
export type FoundReceiver =
  | { readonly kind: 'here'; readonly receiver: DeliveryReceiver }
  /** There is such a connector, and it takes nothing now. */
  | { readonly kind: 'away'; readonly reason: string }
  | { readonly kind: 'unknown' };

interface Entry {
  readonly receiver: DeliveryReceiver;
  isPaused(): boolean;
}

/** Who takes what is sent to connectors. The listener is the server's: it asks here. */
export class Deliveries {
  readonly #entries = new Map<string, Entry>();
  readonly #takers: () => readonly string[];

  /** `takers`: the names of the connectors that take deliveries when they run. */
  constructor(takers: () => readonly string[]) {
    this.#takers = takers;
  }

  /** @returns what ends it */
  register(connector: string, entry: Entry): () => void {
    this.#entries.set(connector, entry);
    return () => {
      if (this.#entries.get(connector) === entry) this.#entries.delete(connector);
    };
  }

  /** By the connector's name, in whatever case: SQL has it in upper case where it is not quoted. */
  find(name: string): FoundReceiver {
    const takers = this.#takers();
    const wanted = name.toLowerCase();
    const fits = takers.filter((taker) => taker.toLowerCase() === wanted);
    const found = fits.find((taker) => taker === name) ?? (fits.length === 1 ? fits[0] : undefined);
    if (found === undefined) return { kind: 'unknown' };
    const entry = this.#entries.get(found);
    if (entry === undefined) return { kind: 'away', reason: `Connector ${found} does not run` };
    if (entry.isPaused()) return { kind: 'away', reason: `Connector ${found} is paused` };
    return { kind: 'here', receiver: entry.receiver };
  }
}
