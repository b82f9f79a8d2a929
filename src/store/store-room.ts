import { SluiceError } from '../base/errors.ts';

/** What an entry takes besides its bytes, about. */
export const ENTRY_BYTES = 16;

/** Bytes written between two looks at the free disk space. */
const LOOK_BYTES = 4 << 20;

/** Where the store's file grows. */
export interface Disk {
  /** Bytes that may still be written. */
  free(): number;
  /** Bytes of the map reserved for writes with `evenIfFull`. */
  readonly reserveBytes: number;
  /** The setting that says so. */
  readonly setting: string;
}

/** What is there of a store, counted. */
export interface StoreSize {
  usedBytes(): number;
  /** With what is free inside of its file. */
  fileBytes(): number;
}

/**
 * How much may still be written: of what the store may hold, and of what the disk has. Counting takes longer than a
 * small commit: it is done when what was added since the last time could be too much.
 */
export class StoreRoom {
  maxBytes: number;
  /** The setting that says so; absent: there is none. */
  readonly #maxSetting: string | undefined;
  readonly #disk: Disk | undefined;
  readonly #size: StoreSize;
  /** Most bytes in use as the disk was when it was last looked at; and what was to be written since, at most. */
  #diskBytes = Infinity;
  #unlooked = Infinity;
  /** Not less than what is in use: the last count, and what was written since. */
  #usedAtMost: number;

  constructor(maxBytes: number, maxSetting: string | undefined, disk: Disk | undefined, size: StoreSize) {
    this.maxBytes = maxBytes;
    this.#maxSetting = maxSetting;
    this.#disk = disk;
    this.#size = size;
    this.#usedAtMost = size.usedBytes();
  }

  wrote(bytes: number): void {
    this.#usedAtMost += bytes;
  }

  /** The next check looks at the disk, however little is written. */
  lookAnew(): void {
    this.#unlooked = Infinity;
  }

  /** @throws SluiceError LOG_FULL */
  check(bytes: number): void {
    this.#lookAtDisk(bytes);
    const isRoom = (): boolean => this.#usedAtMost + bytes <= Math.min(this.maxBytes, this.#diskBytes);
    if (isRoom()) return;
    this.#usedAtMost = this.#size.usedBytes();
    this.lookAnew();
    this.#lookAtDisk(bytes);
    if (isRoom()) return;
    if (this.#diskBytes < this.maxBytes)
      throw new SluiceError(
        'LOG_FULL',
        `Cannot store ${bytes} more bytes: the disk is full but for the ${this.#disk!.reserveBytes} bytes that ${this.#disk!.setting} keeps`,
        { retriable: true, hint: 'Make room on the disk, or DROP … DELETE TOPIC what is not needed.' },
      );
    throw new SluiceError(
      'LOG_FULL',
      `Cannot store ${bytes} more bytes: ${this.#usedAtMost} of ${this.maxBytes} are used${this.#maxSetting === undefined ? '' : ` (${this.#maxSetting})`}`,
      {
        retriable: true,
        ...(this.#maxSetting !== undefined && {
          hint: `Raise ${this.#maxSetting} and start the server again, or DROP … DELETE TOPIC what is not needed.`,
        }),
      },
    );
  }

  /** Others write to it as well: it is looked at again now and then. What is free in our own file counts as well. */
  #lookAtDisk(bytes: number): void {
    if (this.#disk === undefined) return;
    this.#unlooked += bytes + ENTRY_BYTES;
    if (this.#unlooked < Math.min(LOOK_BYTES, this.#disk.reserveBytes / 2)) return;
    this.#unlooked = 0;
    this.#diskBytes = this.#size.fileBytes() + this.#disk.free() - this.#disk.reserveBytes;
  }
}
