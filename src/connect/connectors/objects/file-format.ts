import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';

/** Encodes the rows of one file. */
export interface FileEncoder {
  /** @throws DataError for a record that cannot become a row; the file is unchanged */
  add(record: SinkRecord): void;
  /** The bytes that have become ready since the last call; empty while there are too few to pass on. */
  take(): Buffer;
  /** The remaining bytes, with the end of the file. */
  finish(): Buffer;
  /** Approximate number of bytes in memory. */
  readonly heldBytes: number;
}

/** How records become files. */
export interface FileFormat {
  /** With the leading dot. */
  readonly extension: string;
  readonly contentType: string;
  /** Whether all rows of a file need the same pair of schemas. */
  readonly bySchema: boolean;
  /** @throws DataError when records of these schemas cannot become rows */
  begin(keySchema: ConnectSchema | null, valueSchema: ConnectSchema | null): FileEncoder;
}

/** Text is converted to bytes, and bytes are joined, in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

/** The text of a growing file. */
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
