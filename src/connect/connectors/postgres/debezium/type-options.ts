/** How values are represented, named after Debezium's settings (`*.handling.mode`, `time.precision.mode`). */
export interface TypeOptions {
  readonly decimals: 'precise' | 'double' | 'string';
  readonly times: TimePrecision;
  readonly intervals: 'numeric' | 'string';
  readonly binary: BinaryMode;
  readonly hstores: 'json' | 'map';
  /**
   * Columns of types without a form of their own contain the bytes of their text; otherwise such columns are omitted.
   */
  readonly includesUnknown: boolean;
  /** The placeholder for a value that was not sent. */
  readonly placeholder: string;
  readonly moneyDigits: number;
}

export type TimePrecision =
  | 'adaptive'
  | 'adaptive_time_microseconds'
  | 'microseconds'
  | 'nanoseconds'
  | 'connect'
  | 'isostring';
export type BinaryMode = 'bytes' | 'base64' | 'base64-url-safe' | 'hex';
