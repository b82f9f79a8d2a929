declare const QUANTITY: unique symbol;

/**
 * A number that says what it measures. Any plain number may be given for one, so constants and arithmetic need no cast;
 * one quantity given for another does not compile.
 */
type Quantity<Name extends string> = number & { readonly [QUANTITY]?: Name };

/** The position of a record in its partition, from 0. */
export type Offset = Quantity<'offset'>;

/** The number of a partition of a topic, from 0. */
export type PartitionNumber = Quantity<'partition'>;

/** The number under which the embedded log keeps a topic; it is never used again for another one. */
export type TopicNumber = Quantity<'topic'>;

/** A point in time: ms since the epoch. */
export type TimestampMs = Quantity<'timestamp'>;

/** A length of time in ms. */
export type DurationMs = Quantity<'duration'>;

/** A number of bytes. */
export type ByteCount = Quantity<'bytes'>;
