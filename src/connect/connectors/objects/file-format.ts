import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';

/** Writes the rows of one file. */
export interface FileEncoder {
  /** @throws DataError for a record that makes no row: the file is as before */
  add(record: SinkRecord): void;
  /** Bytes since the last call, where there are enough to be worth it. */
  take(): Buffer;
  /** The last bytes. */
  finish(): Buffer;
  /** Bytes that are in memory, about. */
  readonly heldBytes: number;
}

/** How records become files. */
export interface FileFormat {
  /** With its dot. */
  readonly extension: string;
  readonly contentType: string;
  /** The rows of a file are of one pair of schemas. */
  readonly bySchema: boolean;
  /** @throws DataError where records of these schemas make no rows */
  begin(keySchema: ConnectSchema | null, valueSchema: ConnectSchema | null): FileEncoder;
}

/** Texts become bytes, and bytes parts, in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

/** The text of a file as it grows. */
export class TextPieces {
  #text = '';
  #pieces: Buffer[] = [];
  #pieceBytes = 0;

  get heldBytes(): number {
    return this.#text.length + this.#pieceBytes;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE_BYTES) this.#cut();
  }

  take(): Buffer {
    if (this.#pieces.length === 0) return Buffer.alloc(0);
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#pieceBytes = 0;
    return Buffer.concat(pieces);
  }

  finish(): Buffer {
    this.#cut();
    return this.take();
  }

  #cut(): void {
    if (this.#text === '') return;
    const piece = Buffer.from(this.#text);
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    this.#text = '';
  }
}
