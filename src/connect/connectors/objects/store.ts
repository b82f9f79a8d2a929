/** What is said of an object beside its bytes. */
export interface ObjectLabels {
  readonly contentType: string;
  /** Short texts that are kept with it, by names in lower case. */
  readonly labels: Readonly<Record<string, string>>;
}

/** An object as a listing has it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  /** Changes with the bytes. */
  readonly etag: string;
}

/**
 * Where objects are kept. An object is there as a whole or not at all, and one of the same key replaces it.
 * RetriableError from any call: the same call may succeed later.
 */
export interface ObjectStore {
  /** `s3://bucket`, for sentences. */
  readonly name: string;
  put(key: string, body: Buffer, labels: ObjectLabels): Promise<void>;
  /** Begins an object that is sent in parts; nobody sees it before `finishParts`. The answer names it. */
  beginParts(key: string, labels: ObjectLabels): Promise<string>;
  /** `number`: from 1. The answer goes into `finishParts`. */
  putPart(key: string, upload: string, number: number, body: Buffer): Promise<string>;
  finishParts(key: string, upload: string, parts: readonly string[]): Promise<void>;
  abortParts(key: string, upload: string): Promise<void>;
  /** The labels of an object; undefined: it is not there, or may not be looked at. */
  labelsOf(key: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** All objects whose keys begin with `prefix`, in the order of the bytes of their keys. */
  list(prefix: string): AsyncGenerator<ListedObject>;
  /** The bytes of an object as they come, or `length` of them from `from`. */
  read(key: string, from?: number, length?: number): AsyncGenerator<Buffer>;
  close(): void;
}
