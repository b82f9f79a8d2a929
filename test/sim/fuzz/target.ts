/** What is fuzzed. Inputs are bytes; a target that takes text reads them as UTF-8. */
export interface Target {
  readonly name: string;
  /** Valid inputs, from which others are made. */
  seeds(): Promise<readonly Buffer[]>;
  /** Words that are inserted at random places. */
  readonly words?: readonly string[];
  /** @throws Wrong, or any error that the target must not throw */
  check(input: Buffer, random: () => number): Promise<void> | void;
}

/** The target took an input in a way that it must not. */
export class Wrong extends Error {}
