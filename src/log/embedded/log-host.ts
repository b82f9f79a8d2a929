import { SluiceError } from '../../base/errors.ts';
import type { LogReader } from '../api.ts';
import type { EmbeddedLog } from './embedded-log.ts';
import type { EmbeddedWriter } from './embedded-writer.ts';
import type { LogAsk } from './shared-log.ts';

/** An answer, and the memory that goes along with it. */
export interface LogAnswer {
  readonly value: unknown;
  readonly moved: readonly ArrayBuffer[];
}

/**
 * Lets one worker thread read and write the embedded log of this thread, which alone writes to the store. What the
 * worker leaves open when it dies is closed here; a commit of it that is still under way is refused once its successor
 * has opened a writer of the same id.
 */
export class LogHost {
  readonly #log: EmbeddedLog;
  readonly #dropState: (prefix: string) => Promise<void>;
  readonly #readers = new Map<number, LogReader>();
  readonly #writers = new Map<number, EmbeddedWriter>();

  constructor(log: EmbeddedLog, dropState: (prefix: string) => Promise<void>) {
    this.#log = log;
    this.#dropState = dropState;
  }

  /** @throws what the log throws */
  async answer(ask: LogAsk): Promise<LogAnswer> {
    switch (ask.method) {
      case 'admin': {
        const call = this.#log.admin[ask.name] as (...args: unknown[]) => Promise<unknown>;
        return plain(await call.apply(this.#log.admin, [...ask.args]));
      }
      case 'dropState':
        return plain(await this.#dropState(ask.prefix));
      case 'createReader':
        this.#readers.set(ask.reader, this.#log.createReader(ask.options));
        return NOTHING;
      case 'assign':
        this.#reader(ask.reader).assign(ask.partitions);
        return NOTHING;
      case 'pause':
      case 'resume':
        this.#reader(ask.reader)[ask.method](ask);
        return NOTHING;
      case 'poll': {
        const fetched = await this.#reader(ask.reader).poll(ask.timeoutMs);
        const own = fetched.map((f) => ({ ...f, buffer: ownBytes(f.buffer) }));
        return { value: own, moved: own.map((f) => f.buffer.buffer as ArrayBuffer) };
      }
      case 'wakeup':
        this.#readers.get(ask.reader)?.wakeup();
        return NOTHING;
      case 'closeReader':
        await this.#readers.get(ask.reader)?.close();
        this.#readers.delete(ask.reader);
        return NOTHING;
      case 'createWriter':
        this.#writers.set(ask.writer, await this.#log.createWriter({ transactionalId: ask.transactionalId }));
        return NOTHING;
      case 'closeWriter':
        await this.#writers.get(ask.writer)?.close();
        this.#writers.delete(ask.writer);
        return NOTHING;
      case 'commit':
        await this.#commit(ask);
        return NOTHING;
    }
  }

  /** The worker has ended. */
  async close(): Promise<void> {
    const open = [...this.#readers.values(), ...this.#writers.values()];
    this.#readers.clear();
    this.#writers.clear();
    await Promise.all(open.map((one) => one.close()));
  }

  async #commit({ writer: id, appends, offsets, state }: LogAsk & { readonly method: 'commit' }): Promise<void> {
    const writer = this.#writers.get(id);
    if (writer === undefined) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write: the writer is closed');
    try {
      for (const { topic, partition, batch } of appends)
        writer.append(topic, partition, Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength), true);
      for (const { group, offsets: of } of offsets) writer.commitOffsets(group, of);
      writer.putPacked(state);
      await writer.commit();
    } catch (error) {
      // The worker has it all, and commits it again or throws it away.
      await writer.abort().catch(() => undefined);
      throw error;
    }
  }

  #reader(id: number): LogReader {
    const reader = this.#readers.get(id);
    if (reader === undefined) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot read: the reader is closed');
    return reader;
  }
}

const NOTHING: LogAnswer = { value: undefined, moved: [] };

function plain(value: unknown): LogAnswer {
  return { value, moved: [] };
}

/** In memory of its own: the store's may be shared, and must not move. */
function ownBytes(buffer: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(buffer.length);
  buffer.copy(own);
  return own;
}
