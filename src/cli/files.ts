/**
 * The files that a console may access; passed in, so that the console can run without a disk. Paths are as the user
 * wrote them.
 */
export interface ConsoleFiles {
  /** Rejects when the file cannot be read. */
  read(path: string): Promise<string>;
  /** Creates the file if it does not exist, readable only by its owner. */
  append(path: string, text: string): Promise<void>;
  replace(path: string, text: string): Promise<void>;
}
