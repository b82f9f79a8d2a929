/** What somebody outside has sent to a connector, over a listener of the server that runs it. */
export interface Delivery {
  /** Names in lower case; of a header that came twice the values, apart by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whoever sent it may write, by the users and roles of the server; else a signature has to stand for that. */
  readonly isKnown: boolean;
  /** Wall clock, in ms since the epoch. */
  readonly receivedAtMs: number;
}

export interface DeliveryAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
  /** When the sender may come again, in s. */
  readonly retryAfterS?: number | undefined;
}

/** Takes deliveries while its task runs. */
export interface DeliveryReceiver {
  /** Bytes of the largest body: a larger one is refused before it is handed over. */
  readonly maxBytes: number;
  take(delivery: Delivery): Promise<DeliveryAnswer>;
}
