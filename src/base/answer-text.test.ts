import { expect, test } from 'vitest';
import { answerText, AnswerTooLong } from './answer-text.ts';

test('an answer is read up to its limit, and no further', async () => {
  let given = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull(stream) {
        given++;
        stream.enqueue(new Uint8Array(1000));
      },
    },
    { highWaterMark: 0 },
  );
  await expect(answerText(new Response(endless), 10_000)).rejects.toThrow(AnswerTooLong);
  expect(given).toBe(11);
  expect(await answerText(new Response('ä'.repeat(5000)), 10_000)).toBe('ä'.repeat(5000));
  expect(await answerText(new Response(null), 0)).toBe('');
});
