/** A file of the built web console. */
export interface ConsoleFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** The compressed file; undefined when compression does not pay. */
  readonly gzipped: Buffer | undefined;
}

/** The web console as built by `npm run build`. The composition root knows its folder. */
export interface ConsoleFiles {
  /** The start page, with `__NONCE__` where the nonce of a response belongs. */
  page(): Promise<string>;
  /**
   * A file by its name below `assets/`; undefined when it does not exist. Names contain a hash, so the content of a
   * name never changes.
   */
  asset(name: string): Promise<ConsoleFile | undefined>;
}
