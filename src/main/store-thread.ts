import { SluiceError } from '../base/errors.ts';
import { WRITER_ENDED } from '../store/store-condition.ts';
import type { StoreThread } from '../store/lmdb-store.ts';
import type { NumberedEntries } from '../store/lmdb-environment.ts';
import type { PackedEntries } from '../store/ordered-store.ts';
import { EntryPacker } from '../store/packed-entries.ts';
import { errorOf, type PlainError } from '../log/embedded/shared-log.ts';
import { startWorker } from './start-worker.ts';

/** A message to the store thread: one write. Its number `call` is repeated in the answer. */
export interface StoreWrite {
  readonly call: number;
  readonly owner: Uint8Array;
  /** Complete keys, without a space prefix. */
  readonly raw: PackedEntries;
  readonly packed: readonly NumberedEntries[];
}

/** The store thread's answer to a write; `error` is undefined when the write succeeded. */
export interface StoreAnswer {
  readonly call: number;
  readonly error: PlainError | undefined;
}

/** Starts the thread that writes to the LMDB environment in a folder. */
export function storeThread(path: string): StoreThread {
  const worker = startWorker('store-worker', path, 'store');
  const calls = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();
  let nextCall = 1;
  let ended: SluiceError | undefined;
  const end = (cause?: unknown): void => {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    ended ??= new SluiceError('LOG_UNAVAILABLE', `Cannot write to the store: ${WRITER_ENDED}${why}`, { cause });
    for (const { reject } of calls.values()) reject(ended);
    calls.clear();
  };
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      end();
      resolve();
    });
  });
  worker.on('error', end);
  worker.on('message', ({ call, error }: StoreAnswer) => {
    const waiting = calls.get(call);
    calls.delete(call);
    if (error === undefined) waiting?.resolve();
    else waiting?.reject(errorOf(error));
    // The process must stay alive while a write is pending.
    if (calls.size === 0) worker.unref();
  });
  worker.unref();
  const packer = new EntryPacker();
  return {
    write: (owner, entries, packed) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        const call = nextCall++;
        calls.set(call, { resolve, reject });
        for (const { key, value } of entries) packer.put('', key, value);
        const raw = packer.take();
        worker.ref();
        // The packed entries also stay in this thread: a transaction that fails is retried in parts.
        worker.postMessage({ call, owner, raw, packed } satisfies StoreWrite, [raw.bytes.buffer as ArrayBuffer]);
      }),
    close: async () => {
      if (ended !== undefined) return;
      worker.ref();
      worker.postMessage('close');
      await exited;
    },
  };
}
