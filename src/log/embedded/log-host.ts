import { SluiceError } from '../../base/errors.ts';
import type { EmbeddedLog } from './embedded-log.ts';
import type { EmbeddedReader } from './embedded-reader.ts';
import type { EmbeddedWriter } from './embedded-writer.ts';
import type { LogAsk } from './shared-log.ts';

/**
 * Lets one worker thread write to the embedded log of this thread, which is the only writer of the store, and learn
 * which records can be read. Whatever the worker leaves open when it dies is closed here. A commit of it that is still
 * in progress is refused once its successor has opened a writer of the same id.
 */
export class LogHost {
  readonly #log: EmbeddedLog;
  readonly #dropState: (prefix: string) => Promise<void>;
  readonly #readers = new Map<number, EmbeddedReader>();
  readonly #writers = new Map<number, EmbeddedWriter>();

  constructor(log: EmbeddedLog, dropState: (prefix: string) => Promise<void>) {
    this.#log = log;
    this.#dropState = dropState;
  }

  /** @throws errors of the log */
  async answer(ask: LogAsk): Promise<unknown> {
    switch (ask.method) {
      case 'admin': {
        const call = this.#log.admin[ask.name] as (...args: unknown[]) => Promise<unknown>;
        return await call.apply(this.#log.admin, [...ask.args]);
      }
      case 'dropState':
        return await this.#dropState(ask.prefix);
      case 'extents':
        return await this.#reader(ask).extents(ask.timeoutMs);
      case 'wakeup':
        this.#readers.get(ask.reader)?.wakeup();
        return undefined;
      case 'closeReader':
        await this.#readers.get(ask.reader)?.close();
        this.#readers.delete(ask.reader);
        return undefined;
      case 'createWriter':
        this.#writers.set(ask.writer, await this.#log.createWriter({ transactionalId: ask.transactionalId }));
        return undefined;
      case 'closeWriter':
        await this.#writers.get(ask.writer)?.close();
        this.#writers.delete(ask.writer);
        return undefined;
      case 'commit':
        await this.#commit(ask);
        return undefined;
    }
  }

  /** Called when the worker has ended. */
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
      // The worker still holds everything, and commits it again or discards it.
      await writer.abort().catch(() => undefined);
      throw error;
    }
  }

  /** The reader of a worker, set to the worker's positions. */
  #reader({ reader: id, partitions }: LogAsk & { readonly method: 'extents' }): EmbeddedReader {
    let reader = this.#readers.get(id);
    if (reader === undefined) this.#readers.set(id, (reader = this.#log.createReader()));
    reader.assign(partitions);
    return reader;
  }
}
