import { expect, test } from 'vitest';
import { KeyedQueues, SerialQueue } from './serial-queue.ts';

test('one at a time in order, also behind one that fails', async () => {
  const queue = new SerialQueue();
  const seen: string[] = [];
  const task =
    (name: string, fails = false) =>
    async () => {
      seen.push(`${name} begins`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const all = [queue.run(task('a')), queue.run(task('b', true)), queue.run(task('c'))];
  expect(queue.pending).toBe(3);
  expect((await Promise.allSettled(all)).map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(queue.pending).toBe(0);
  void queue.run(task('d'));
  await queue.settled();
  expect(seen.at(-1)).toBe('d ends');
});

test('a task beyond the limit is refused, and the next one is not once an earlier one has ended', async () => {
  const queue = new SerialQueue({ max: 2, refusal: 'Too many' });
  const [first, second] = [queue.run(async () => 1), queue.run(async () => 2)];
  await expect(queue.run(async () => 3)).rejects.toMatchObject({
    code: 'NOT_READY',
    message: 'Too many',
    retriable: true,
  });
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  expect(await queue.run(async () => 4)).toBe(4);
});

test('tasks of one key run one at a time, those of another key meanwhile; no key is kept', async () => {
  const queues = new KeyedQueues();
  const seen: string[] = [];
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const first = queues.run('a', async () => {
    seen.push('a begins');
    await ended;
    seen.push('a ends');
    throw new Error('refused');
  });
  const second = queues.run('a', async () => void seen.push('second of a'));
  await queues.run('b', async () => void seen.push('b'));
  expect(seen).toEqual(['a begins', 'b']);
  expect(queues.size).toBe(1);
  end();
  await expect(first).rejects.toThrow('refused');
  await second;
  expect(seen).toEqual(['a begins', 'b', 'a ends', 'second of a']);
  expect(queues.size).toBe(0);
});
