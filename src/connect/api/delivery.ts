/** What an external sender has sent to a connector, over a listener of the server that runs it. */
export interface Delivery {
  /** Names in lower case; values of a repeated header are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether the sender is authorized by the server's users and roles; otherwise a signature must prove it. */
  readonly isKnown: boolean;
  /** Wall clock, in ms since the epoch. */
  readonly receivedAtMs: number;
}

export interface DeliveryAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
  /** When the sender may retry, in seconds. */
  readonly retryAfterS?: number | undefined;
}

/** Accepts deliveries while its task runs. */
export interface DeliveryReceiver {
  /** The largest body in bytes; a larger one is refused before it is passed on. */
  readonly maxBytes: number;
  take(delivery: Delivery): Promise<DeliveryAnswer>;
}
