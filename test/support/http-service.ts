import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it was received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The number of concurrent requests when this one was received, including itself. */
  readonly together: number;
}

/** An HTTP service that receives and counts requests and can fail on purpose. */
export class HttpService {
  readonly received: Received[] = [];
  /** How to respond; the default is status 200. */
  answer: (request: Received, response: ServerResponse) => void | Promise<void> = (_, response) =>
    void response.end('{"ok":true}');
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #together = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      this.#together++;
      response.on('close', () => this.#together--);
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const received: Received = {
          method: request.method!,
          url: request.url!,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
          together: this.#together,
        };
        this.received.push(received);
        void this.answer(received, response);
      });
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Accepts no more connections and closes the open ones, like a process that ends. `start` resumes. */
  async halt(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }
}
