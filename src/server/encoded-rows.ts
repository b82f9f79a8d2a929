import type { RowBatch } from '../engine/query-handle.ts';
import type { HttpContext } from './http-context.ts';
import { FramePace } from './frame-pace.ts';
import type { RowFormat } from './row-format.ts';

interface EncodedRows {
  /** One for each row that the form can show. */
  readonly pieces: readonly string[];
  /** All pieces, concatenated. */
  readonly bytes: Buffer;
}

/**
 * For shared batches, by content type: clients of one shared query receive the same batches, columns and types, so
 * their rows are encoded once.
 */
const encoded = new WeakMap<RowBatch, Map<string, EncodedRows>>();

export function encode(rows: RowBatch, format: RowFormat): EncodedRows {
  if (rows.isShared !== true) return encodeAnew(rows, format);
  let forms = encoded.get(rows);
  if (forms === undefined) encoded.set(rows, (forms = new Map()));
  let found = forms.get(format.contentType);
  if (found === undefined) forms.set(format.contentType, (found = encodeAnew(rows, format)));
  return found;
}

function encodeAnew(rows: RowBatch, format: RowFormat): EncodedRows {
  const pieces: string[] = [];
  for (const row of rows) {
    const piece = format.row(row);
    if (piece !== '') pieces.push(piece);
  }
  return { pieces, bytes: Buffer.from(pieces.join('')) };
}

/** Writes the pieces of one response: each as a frame of its own, or joined, as FramePace decides. */
export class PieceWriter {
  readonly #http: HttpContext;
  readonly #pace = new FramePace();

  constructor(http: HttpContext) {
    this.#http = http;
  }

  async writeRows(rows: RowBatch, format: RowFormat): Promise<void> {
    const { pieces, bytes } = encode(rows, format);
    await this.write(pieces, bytes);
  }

  /** Resolves when the client can take more. `joined`: all pieces as bytes, if available. */
  async write(pieces: readonly string[], joined?: Buffer): Promise<void> {
    const http = this.#http;
    if (pieces.length === 0) return;
    const nowMs = http.app.engine.services.env.clock.monotonicMs();
    if (http.http2 && this.#pace.separates(pieces.length, nowMs)) {
      for (const piece of pieces) await http.writeFrame(piece);
    } else await http.write(joined ?? pieces.join(''));
  }
}
