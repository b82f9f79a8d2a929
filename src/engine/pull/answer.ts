import type { Row } from '../../types/row.ts';

/** The rows of an answer, to be read once. */
export interface Answer {
  batches(): AsyncGenerator<Row[], void>;
  /** Frees what it holds, whether or not it was read. */
  close(): void;
}
