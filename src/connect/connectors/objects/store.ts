/** Metadata of an object. */
export interface ObjectLabels {
  readonly contentType: string;
  /** Short texts that are stored with it, by lower-case names. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An object in a listing. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** Changes whenever the bytes change. */
  readonly etag: string;
}

/**
 * An object store. An object exists as a whole or not at all, and a new object replaces one of the same key. Any call
 * may throw RetriableError: the same call may succeed later.
 */
export interface ObjectStore {
  /** `s3://bucket`, for messages. */
  readonly name: string;
  put(key: string, body: Buffer, labels: ObjectLabels): Promise<void>;
  /** Begins an object that is sent in parts and becomes visible with `finishParts`. Returns the upload id. */
  beginParts(key: string, labels: ObjectLabels): Promise<string>;
  /**
   * @param number from 1
   * @returns an item of `parts` for `finishParts`
   */
  putPart(key: string, upload: string, number: number, body: Buffer): Promise<string>;
  finishParts(key: string, upload: string, parts: readonly string[]): Promise<void>;
  abortParts(key: string, upload: string): Promise<void>;
  /** The labels of an object; undefined: it does not exist, or permission to read it is missing. */
  labelsOf(key: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** All objects whose keys begin with `prefix`, in the byte order of their keys. */
  list(prefix: string): AsyncGenerator<ListedObject>;
  /** The bytes of an object as they arrive, or `length` of them starting at `from`. */
  read(key: string, from?: number, length?: number): AsyncGenerator<Buffer>;
  close(): void;
}
