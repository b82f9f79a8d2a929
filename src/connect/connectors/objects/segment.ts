import { createGzip, gzipSync, type Gzip } from 'node:zlib';
import type { SinkRecord } from '../../api/record.ts';
import { schemasEqual, type ConnectSchema } from '../../api/schema.ts';
import type { FileEncoder, FileFormat } from './file-format.ts';
import type { Partitioner } from './partitioner.ts';
import { ObjectUpload } from './object-upload.ts';
import type { ObjectStore } from './store.ts';

/** The settings that the files of a task have in common. */
export interface FileSettings {
  readonly store: ObjectStore;
  readonly format: FileFormat;
  readonly partBytes: number;
  /** zlib's level (-1: its default); undefined: files are not compressed. */
  readonly gzipLevel: number | undefined;
  /** The object key of the file in a folder that begins with this record. */
  readonly keyOf: (first: SinkRecord, folder: string) => string;
  readonly labelsOf: (first: SinkRecord) => Readonly<Record<string, string>>;
}

/** A file that is being written. */
class OpenFile {
  readonly key: ConnectSchema | null;
  readonly value: ConnectSchema | null;
  readonly upload: ObjectUpload;
  readonly #encoder: FileEncoder;
  readonly #gzipLevel: number | undefined;
  /** Created with the first bytes that are compressed as a stream: small files are compressed in one call. */
  #gzip: Gzip | undefined;
  #isEnded = false;
  #encodedBytes = 0;

  constructor(record: SinkRecord, encoder: FileEncoder, upload: ObjectUpload, gzipLevel: number | undefined) {
    this.key = record.keySchema;
    this.value = record.valueSchema;
    this.#encoder = encoder;
    this.upload = upload;
    this.#gzipLevel = gzipLevel;
  }

  /** Bytes before compression. */
  get bytes(): number {
    return this.#encodedBytes + this.#encoder.heldBytes;
  }

  /** Approximate number of bytes in memory. */
  get heldBytes(): number {
    return this.upload.heldBytes + this.#encoder.heldBytes;
  }

  /** @throws DataError; the file is then unchanged */
  add(record: SinkRecord): void {
    this.#encoder.add(record);
  }

  fits({ keySchema, valueSchema }: SinkRecord): boolean {
    return (
      (valueSchema === this.value || schemasEqual(valueSchema, this.value)) &&
      (keySchema === this.key || schemasEqual(keySchema, this.key))
    );
  }

  /** Passes on the encoded bytes, and sends the full parts. */
  async advance(): Promise<void> {
    if (!this.#isEnded) await this.#pass(this.#encoder.take());
    await this.upload.advance();
  }

  /** Makes the file visible. May be called again after a RetriableError. */
  async finish(): Promise<void> {
    if (!this.#isEnded) {
      this.#isEnded = true;
      const rest = this.#encoder.finish();
      const gzip = this.#gzip;
      if (this.#gzipLevel === undefined) this.upload.add(rest);
      else if (gzip === undefined) this.upload.add(gzipSync(rest, { level: this.#gzipLevel }));
      else
        await new Promise<void>((resolve, reject) => {
          gzip.once('error', reject);
          gzip.once('end', resolve);
          gzip.end(rest);
        });
    }
    await this.upload.finish();
  }

  async abort(): Promise<void> {
    this.#isEnded = true;
    this.#gzip?.destroy();
    await this.upload.abort();
  }

  async #pass(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#encodedBytes += bytes.length;
    if (this.#gzipLevel === undefined) return this.upload.add(bytes);
    if (this.#gzip === undefined) {
      this.#gzip = createGzip({ level: this.#gzipLevel });
      this.#gzip.on('data', (chunk: Buffer) => this.upload.add(chunk));
    }
    const gzip = this.#gzip;
    await new Promise<void>((resolve, reject) => {
      gzip.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The records of a partition from one offset to another, which become files together. */
export class Segment {
  /** Offset of the first record. */
  readonly start: number;
  /** The wall-clock time that is used for all records, in ms since the epoch. */
  readonly wallMs: number;
  /** The offset at which it has to end because that was decided before; undefined: the settings decide. */
  readonly fixedEnd: number | undefined;
  /** Offset after the last record, once it has ended. */
  end: number | undefined;
  /** Whether reading the records again gives the same end, so that files may be made visible. */
  isSettled = false;
  records = 0;
  /** The time of its first record. */
  firstMs: number | undefined;
  readonly #settings: FileSettings;
  readonly #first: SinkRecord;
  /** By folder; several if there were records of several schemas. */
  readonly #files = new Map<string, OpenFile[]>();
  readonly #all: OpenFile[] = [];
  #last: { readonly topic: string; readonly folder: string; readonly files: OpenFile[] } | undefined;

  constructor(
    settings: FileSettings,
    first: SinkRecord,
    { wallMs, fixedEnd }: { readonly wallMs: number; readonly fixedEnd: number | undefined },
  ) {
    this.#settings = settings;
    this.#first = first;
    this.start = first.offset;
    this.wallMs = wallMs;
    this.fixedEnd = fixedEnd;
  }

  /** @throws DataError for a record that cannot become a row */
  add(record: SinkRecord, folder: string): void {
    const { format } = this.#settings;
    const files = this.#filesOf(record.topic, folder);
    const file = format.bySchema ? files.find((f) => f.fits(record)) : files[0];
    if (file !== undefined) {
      file.add(record);
    } else {
      const encoder = format.begin(record.keySchema, record.valueSchema);
      const upload = new ObjectUpload(
        this.#settings.store,
        this.#settings.keyOf(record, folder),
        {
          contentType: this.#settings.gzipLevel === undefined ? format.contentType : 'application/gzip',
          labels: this.#settings.labelsOf(record),
        },
        this.#settings.partBytes,
      );
      const made = new OpenFile(record, encoder, upload, this.#settings.gzipLevel);
      made.add(record);
      files.push(made);
      this.#all.push(made);
    }
    this.records++;
  }

  get files(): readonly OpenFile[] {
    return this.#all;
  }

  #filesOf(topic: string, folder: string): OpenFile[] {
    const last = this.#last;
    if (last?.topic === topic && last.folder === folder) return last.files;
    const place = `${topic}\n${folder}`;
    const files = this.#files.get(place) ?? [];
    this.#files.set(place, files);
    this.#last = { topic, folder, files };
    return files;
  }

  /** Whether new records would have another folder, according to the clock. */
  isInAnotherFolder(partitioner: Partitioner, nowMs: number): boolean {
    if (!partitioner.usesClock) return false;
    return partitioner.folderOf(this.#first, nowMs) !== partitioner.folderOf(this.#first, this.wallMs);
  }

  /** Bytes of all files before compression. */
  get bytes(): number {
    return this.files.reduce((sum, f) => sum + f.bytes, 0);
  }

  get heldBytes(): number {
    return this.files.reduce((sum, f) => sum + f.heldBytes, 0);
  }
}
