/*
 * The entry point of the thread that performs large writes to the embedded log's store. It runs nothing else, so
 * nothing terminates it during a write.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openLmdb, writeEntries } from '../store/lmdb-environment.ts';
import { unpackEntries } from '../store/packed-entries.ts';
import { plainError } from '../log/embedded/shared-log.ts';
import type { StoreAnswer, StoreWrite } from './store-thread.ts';

const db = openLmdb(workerData as string, false);
parentPort!.on('message', (message: StoreWrite | 'close') => {
  if (message === 'close') {
    void db.close().then(() => parentPort!.close());
    return;
  }
  const { call, owner, raw, packed } = message;
  let answer: StoreAnswer = { call, error: undefined };
  try {
    const entries: { key: Buffer; value: Uint8Array | null }[] = [];
    unpackEntries(raw, (_space, key, value) => entries.push({ key: bufferOf(key), value }));
    writeEntries(db, bufferOf(owner), entries, packed);
  } catch (error) {
    answer = { call, error: plainError(error) };
  }
  parentPort!.postMessage(answer);
});

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
