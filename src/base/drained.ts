/** A stream that is written to. */
interface Writing {
  once(event: 'drain' | 'close', listener: () => void): unknown;
  removeListener(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Resolves when more may be written, or nobody takes anything any more. */
export function drained(stream: Writing): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      stream.removeListener('drain', go);
      stream.removeListener('close', go);
      resolve();
    };
    stream.once('drain', go);
    stream.once('close', go);
  });
}
