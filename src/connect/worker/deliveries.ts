import type { DeliveryReceiver } from '../api/delivery.ts';

/** The receiver of a delivery. */
export type FoundReceiver =
  | { readonly kind: 'here'; readonly receiver: DeliveryReceiver }
  /** The connector exists, but does not accept deliveries now. */
  | { readonly kind: 'away'; readonly reason: string }
  | { readonly kind: 'unknown' };

interface Entry {
  readonly receiver: DeliveryReceiver;
  isPaused(): boolean;
}

/** Finds the receivers of deliveries to connectors. The listener belongs to the server, which asks here. */
export class Deliveries {
  readonly #entries = new Map<string, Entry>();
  readonly #takers: () => readonly string[];

  /** `takers`: the names of the connectors that accept deliveries when they run. */
  constructor(takers: () => readonly string[]) {
    this.#takers = takers;
  }

  /** @returns a function that ends the registration */
  register(connector: string, entry: Entry): () => void {
    this.#entries.set(connector, entry);
    return () => {
      if (this.#entries.get(connector) === entry) this.#entries.delete(connector);
    };
  }

  /** Finds a connector by name in any case, since SQL upper-cases names that are not quoted. */
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
