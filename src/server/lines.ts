import { SluiceError } from '../base/errors.ts';

/** Longest line that is accepted, in characters. */
const LINE_MAX = 16 * 1024 * 1024;

/**
 * The lines of a body as they arrive, blank ones too, those of a piece together, without their ends. No batch is empty.
 */
export async function* lineBatches(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[], void> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop()!;
    if (rest.length > LINE_MAX) throw new SluiceError('BAD_REQUEST', `A line is longer than ${LINE_MAX} characters`);
    if (parts.length > 0) yield parts;
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield [rest];
}
