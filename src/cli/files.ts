/** The files that a console may touch; handed in, so that it runs without a disk. Paths as the user wrote them. */
export interface ConsoleFiles {
  /** Rejects where the file cannot be read. */
  read(path: string): Promise<string>;
  /** Makes the file where it does not exist, readable by its owner alone. */
  append(path: string, text: string): Promise<void>;
  replace(path: string, text: string): Promise<void>;
}
