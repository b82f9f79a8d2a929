/** A file of the built web console. */
export interface ConsoleFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** The same, compressed; undefined where that does not pay. */
  readonly gzipped: Buffer | undefined;
}

/** The web console as `npm run build` made it. The composition root knows its folder. */
export interface ConsoleFiles {
  /** The page that starts it, with `__NONCE__` where the nonce of an answer belongs. */
  page(): Promise<string>;
  /**
   * A file by its name below `assets/`; undefined where there is none. Names hold a hash: what is under one never
   * changes.
   */
  asset(name: string): Promise<ConsoleFile | undefined>;
}
