import { SluiceError } from '../base/errors.ts';

/** The approximate cost of an entry besides its bytes. */
export const ENTRY_BYTES = 16;

/** Bytes written between two checks of the free disk space. */
const LOOK_BYTES = 4 << 20;

/** The disk of the store's file. */
export interface Disk {
  /** Bytes that may still be written. */
  free(): number;
  /** Bytes of the map that are reserved for writes with `evenIfFull`. */
  readonly reserveBytes: number;
  /** The setting with the limit. */
  readonly setting: string;
}

/** The counted size of a store. */
export interface StoreSize {
  usedBytes(): number;
  /** Including free space inside its file. */
  fileBytes(): number;
}

/**
 * How much may still be written, of the store's limit and of the disk. Counting takes longer than a small commit, so it
 * is done only when the writes since the last count could exceed the limit.
 */
export class StoreRoom {
  maxBytes: number;
  /** The setting that says so; absent: there is none. */
  readonly #maxSetting: string | undefined;
  readonly #disk: Disk | undefined;
  readonly #size: StoreSize;
  /** The most bytes in use as of the last check of the disk, and the most that was written since. */
  #diskBytes = Infinity;
  #unlooked = Infinity;
  /** At least the bytes in use: the last count plus what was written since. */
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

  /** Makes the next check examine the disk, however little is written. */
  checkDiskNext(): void {
    this.#unlooked = Infinity;
  }

  /** @throws SluiceError LOG_FULL */
  check(bytes: number): void {
    this.#examineDisk(bytes);
    const isRoom = (): boolean => this.#usedAtMost + bytes <= Math.min(this.maxBytes, this.#diskBytes);
    if (isRoom()) return;
    this.#usedAtMost = this.#size.usedBytes();
    this.checkDiskNext();
    this.#examineDisk(bytes);
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

  /**
   * Others write to the disk too, so it is checked from time to time. Free space inside our own file counts as well.
   */
  #examineDisk(bytes: number): void {
    if (this.#disk === undefined) return;
    this.#unlooked += bytes + ENTRY_BYTES;
    if (this.#unlooked < Math.min(LOOK_BYTES, this.#disk.reserveBytes / 2)) return;
    this.#unlooked = 0;
    this.#diskBytes = this.#size.fileBytes() + this.#disk.free() - this.#disk.reserveBytes;
  }
}
