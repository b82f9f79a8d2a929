/** How values are written, by Debezium's settings of these names (`*.handling.mode`, `time.precision.mode`). */
export interface TypeOptions {
  readonly decimals: 'precise' | 'double' | 'string';
  readonly times: TimePrecision;
  readonly intervals: 'numeric' | 'string';
  readonly binary: BinaryMode;
  readonly hstores: 'json' | 'map';
  /** Columns of types that have no form of their own are bytes of their text; else they are left out. */
  readonly includesUnknown: boolean;
  /** What stands in place of a value that was not sent. */
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
