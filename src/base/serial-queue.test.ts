import { expect, test } from 'vitest';
import { SerialQueue } from './serial-queue.ts';

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
