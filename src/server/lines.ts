import type { MemoryShare } from '../base/budget/memory.ts';
import { SluiceError } from '../base/errors.ts';

/** The longest accepted line, in characters. */
const LINE_MAX = 16 * 1024 * 1024;

/**
 * The lines of a body as they arrive, blank ones too, those of a piece together, without their ends. No batch is empty.
 * @param held for what has come of a line whose end has not; to be ended by whoever gives it, for a walk that is left
 *   in the middle gives back nothing
 * @throws SluiceError BAD_REQUEST for a line that is too long, MEMORY_FULL
 */
export async function* lineBatches(chunks: AsyncIterable<Buffer>, held: MemoryShare): AsyncGenerator<string[], void> {
  const decoder = new TextDecoder('utf-8');
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = '', ...more] = decoder.decode(chunk, { stream: true }).split('\n');
    rest.push(first);
    length += first.length;
    if (length > LINE_MAX) throw new SluiceError('BAD_REQUEST', `A line is longer than ${LINE_MAX} characters`);
    held.take(first.length, 'a line of a request');
    const last = more.pop();
    if (last === undefined) continue;
    const whole = rest.join('');
    rest = [last];
    length = last.length;
    held.close();
    held.take(length, 'a line of a request');
    yield [whole, ...more];
  }
  const whole = rest.join('') + decoder.decode();
  if (whole.trim() !== '') yield [whole];
}
