/** An answer of `fetch` that is longer than its reader takes. */
export class AnswerTooLong extends Error {}

/**
 * The text of an answer of `fetch`, which decompresses what its sender says is compressed: a megabyte may become a
 * gigabyte.
 * @param most bytes, decompressed
 * @throws AnswerTooLong, when the rest is not read
 */
export async function answerText(answer: Response, most: number): Promise<string> {
  const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  if (reader === undefined) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (let next; !(next = await reader.read()).done;) {
      parts.push(next.value);
      size += next.value.length;
      if (size > most) throw new AnswerTooLong(`The answer has more than ${most} bytes`);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return Buffer.concat(parts).toString('utf8');
}
