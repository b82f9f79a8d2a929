/** A key's bytes, and the window that Kafka Streams appends to them. */
export interface WindowedKey {
  readonly key: Uint8Array;
  readonly startMs: number;
  /** Undefined: the bytes do not contain the size of a time window. */
  readonly endMs: number | undefined;
}

export interface KeyWindow {
  /** Name of the format with its window: `SESSION(KAFKA_STRING)`. */
  name(format: string): string;
  /** Undefined when the last bytes are not such a window. */
  split(bytes: Uint8Array): WindowedKey | undefined;
  /** `[key@start/end]`, with `-` for an unknown end. */
  show(key: string, window: WindowedKey): string;
}

/** `[key@start/end]`. */
export const showWindow: KeyWindow['show'] = (key, { startMs, endMs }) => `[${key}@${startMs}/${endMs ?? '-'}]`;

/** The kinds of windows that follow keys. */
export const KEY_WINDOWS: readonly KeyWindow[] = [
  {
    name: (format) => `SESSION(${format})`,
    split(bytes) {
      const endMs = timeAt(bytes, bytes.length - 16);
      const startMs = timeAt(bytes, bytes.length - 8);
      if (endMs === undefined || startMs === undefined || endMs < startMs) return undefined;
      return { key: bytes.subarray(0, bytes.length - 16), startMs, endMs };
    },
    show: showWindow,
  },
  {
    name: (format) => `HOPPING(${format}) or TUMBLING(${format})`,
    split(bytes) {
      const startMs = timeAt(bytes, bytes.length - 8);
      return startMs === undefined
        ? undefined
        : { key: bytes.subarray(0, bytes.length - 8), startMs, endMs: undefined };
    },
    show: showWindow,
  },
];

/** A time between 1970 and 2286; anything else is not a window. */
function timeAt(bytes: Uint8Array, at: number): number | undefined {
  if (at <= 0) return undefined;
  const ms = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(at);
  return ms >= 0n && ms <= 9_999_999_999_999n ? Number(ms) : undefined;
}
