import { expect, test } from 'vitest';
import type { LogWriter } from '../log/api.ts';
import { Inserter } from './inserter.ts';

/** As a writer on Kafka without a transaction: batches go out one by one, and a commit says that one of them was refused. */
function separate(isRefused: (text: string) => boolean): { readonly writer: LogWriter; readonly stored: string[] } {
  const stored: string[] = [];
  const done = new Set<Buffer>();
  let queued: Buffer[] = [];
  const writer: Partial<LogWriter> = {
    append: (_topic, _partition, batch) => void queued.push(batch),
    commit: async () => {
      let refused = false;
      for (const batch of queued) {
        if (isRefused(batch.toString())) refused = true;
        else {
          stored.push(batch.toString());
          done.add(batch);
        }
      }
      if (refused) throw new Error('refused');
      queued = [];
    },
    abort: async () => void (queued = []),
    isStored: (batch) => done.has(batch),
  };
  return { writer: writer as LogWriter, stored };
}

test('a row that is refused does not have those beside it written twice', async () => {
  const { writer, stored } = separate((text) => text.startsWith('bad'));
  const inserter = new Inserter(writer);
  const outcomes = await Promise.allSettled(
    ['a', 'bad1', 'b', 'bad2'].map((text) => inserter.append('t', 0, Buffer.from(text))),
  );
  expect(outcomes.map((o) => o.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  expect(stored).toEqual(['a', 'b']);
});
