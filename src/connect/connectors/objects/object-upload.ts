import type { ObjectLabels, ObjectStore } from './store.ts';

/**
 * The upload of one object: in a single request if it is small, in parts if it grows beyond `partBytes`. After a
 * RetriableError every call may be repeated, and continues where it stopped.
 */
export class ObjectUpload {
  readonly key: string;
  readonly labels: ObjectLabels;
  readonly #store: ObjectStore;
  readonly #partBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #upload: string | undefined;
  readonly #parts: string[] = [];
  #isDone = false;

  constructor(store: ObjectStore, key: string, labels: ObjectLabels, partBytes: number) {
    this.#store = store;
    this.key = key;
    this.labels = labels;
    this.#partBytes = partBytes;
  }

  /** Bytes in memory. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  /** Sends the full parts. */
  async advance(): Promise<void> {
    while (this.#heldBytes >= this.#partBytes) await this.#sendPart(this.#partBytes);
  }

  /** Makes the object visible. */
  async finish(): Promise<void> {
    if (this.#isDone) return;
    if (this.#upload === undefined && this.#heldBytes < this.#partBytes) {
      await this.#store.put(this.key, this.#join(), this.labels);
    } else {
      await this.advance();
      if (this.#heldBytes > 0) await this.#sendPart(this.#heldBytes);
      await this.#store.finishParts(this.key, this.#upload ?? '', this.#parts);
    }
    this.#isDone = true;
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Discards what was sent and is not visible. */
  async abort(): Promise<void> {
    this.#held = [];
    this.#heldBytes = 0;
    const upload = this.#upload;
    if (upload === undefined || this.#isDone) return;
    this.#upload = undefined;
    await this.#store.abortParts(this.key, upload);
  }

  async #sendPart(bytes: number): Promise<void> {
    this.#upload ??= await this.#store.beginParts(this.key, this.labels);
    const all = this.#join();
    this.#parts.push(await this.#store.putPart(this.key, this.#upload, this.#parts.length + 1, all.subarray(0, bytes)));
    const rest = all.subarray(bytes);
    this.#held = rest.length === 0 ? [] : [rest];
    this.#heldBytes = rest.length;
  }

  #join(): Buffer {
    if (this.#held.length !== 1) this.#held = [Buffer.concat(this.#held)];
    return this.#held[0] ?? Buffer.alloc(0);
  }
}
