import type { Row } from '../../types/row.ts';

/** The rows of an answer, which can be read once. */
export interface Answer {
  batches(): AsyncGenerator<Row[], void>;
  /** Releases everything, whether it was read or not. */
  close(): void;
}
