import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder } from './java.ts';
import { freePort } from '../free-port.ts';
import { ServerProgram } from './program.ts';

const READY_MS = 15_000;
export const BUCKET = 'lake';

function program(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(homedir(), 'go/bin')];
  return folders.map((folder) => join(folder, 'gofakes3')).find((file) => existsSync(file));
}

/** Whether gofakes3 is installed (`.ci/s3` builds it). */
export const s3IsHere = (): boolean => program() !== undefined;

/**
 * gofakes3: a server of the S3 protocol that stores its buckets in a file. It accepts any access key and does not
 * verify signatures.
 */
export class S3Server {
  readonly port: number;
  readonly #folder = temporaryFolder('s3');
  readonly #program = new ServerProgram('gofakes3');

  constructor(port: number) {
    this.port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const host = `127.0.0.1:${this.port}`;
    const file = join(this.#folder.path, 'buckets.db');
    await this.#program.start({
      program: program()!,
      args: ['-quiet', '-host', host, '-backend', 'bolt', '-initialbucket', BUCKET, '-bolt.db', file],
      cwd: this.#folder.path,
      isReady: async () => (await fetch(`${this.url}/${BUCKET}`)).ok,
      readyWithinMs: READY_MS,
    });
  }

  /** Kills the server (kill -9); what it acknowledged is kept. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }

  async remove(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }

  /** Sorted keys with a prefix, listed by a client that is not ours. */
  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for (let marker = ''; ;) {
      const query = new URLSearchParams({ prefix, marker });
      const xml = await (await fetch(`${this.url}/${BUCKET}?${query}`)).text();
      const page = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!.replaceAll('&amp;', '&'));
      keys.push(...page);
      if (!xml.includes('<IsTruncated>true<') || page.length === 0) return keys.toSorted();
      marker = page.at(-1)!;
    }
  }

  /** The bytes of an object, decompressed if its key ends with `.gz`. */
  async read(key: string): Promise<Buffer> {
    const answer = await fetch(`${this.url}/${BUCKET}/${key.split('/').map(encodeURIComponent).join('/')}`);
    if (!answer.ok) throw new Error(`${key}: HTTP ${answer.status}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return key.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  }

  /** The number of incomplete multipart uploads. */
  async uploads(): Promise<number> {
    const xml = await (await fetch(`${this.url}/${BUCKET}?uploads`)).text();
    return [...xml.matchAll(/<UploadId>/g)].length;
  }

  async write(key: string, body: string | Buffer): Promise<void> {
    const answer = await fetch(`${this.url}/${BUCKET}/${key.split('/').map(encodeURIComponent).join('/')}`, {
      method: 'PUT',
      body,
    });
    if (!answer.ok) throw new Error(`${key}: HTTP ${answer.status}`);
  }

  async empty(): Promise<void> {
    for (const key of await this.keys())
      await fetch(`${this.url}/${BUCKET}/${key.split('/').map(encodeURIComponent).join('/')}`, { method: 'DELETE' });
  }
}

/** Starts a server with an empty bucket. */
export async function startS3(): Promise<S3Server> {
  const server = new S3Server(await freePort());
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}
