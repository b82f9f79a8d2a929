import type { Transport } from '../../client/transport.ts';

interface Request {
  readonly path: string;
  readonly text: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string>>;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly body: unknown;
}

/**
 * A server with predefined responses. The rows of /query-stream are an array of pieces; `'...'` keeps the response open
 * until the request is aborted.
 */
export class FakeServer implements Transport {
  readonly requests: Request[] = [];
  aborted = 0;
  readonly #answers: (request: Request) => FakeAnswer | undefined;

  constructor(answers: (request: Request) => FakeAnswer | undefined) {
    this.#answers = answers;
  }

  async request({
    url,
    body,
    signal,
  }: Parameters<Transport['request']>[0]): Promise<{ readonly status: number; readonly body: AsyncIterable<string> }> {
    await Promise.resolve();
    const json = JSON.parse((body as string | undefined) ?? '{}') as Record<string, never>;
    const request: Request = {
      path: new URL(url).pathname,
      text: (json['ksql'] ?? json['sql'] ?? '') as string,
      properties: json['streamsProperties'] ?? json['properties'] ?? {},
      variables: json['sessionVariables'] ?? {},
    };
    this.requests.push(request);
    const answer = this.#answers(request) ?? { body: [] };
    const pieces =
      request.path === '/query-stream' && Array.isArray(answer.body)
        ? (answer.body as string[])
        : [JSON.stringify(answer.body)];
    const onAbort = (): void => {
      this.aborted++;
    };
    return {
      status: answer.status ?? 200,
      body: (async function* () {
        for (const piece of pieces) {
          if (piece !== '...') {
            yield piece;
            continue;
          }
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
          onAbort();
          return;
        }
      })(),
    };
  }
}
