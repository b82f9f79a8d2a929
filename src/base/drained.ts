/** The part of a writable stream that is needed here. */
interface Writing {
  once(event: 'drain' | 'close', listener: () => void): unknown;
  removeListener(event: 'drain' | 'close', listener: () => void): unknown;
}

/** Resolves when more may be written, or when the stream has ended and nobody reads it any more. */
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
