import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A Vault with the part of its documented HTTP API that reading secrets needs: KV version 2
 * (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version), logins with AppRole and
 * Kubernetes (https://developer.hashicorp.com/vault/api-docs/auth/approle, /auth/kubernetes), tokens that expire.
 */
export interface VaultServer {
  readonly url: string;
  /** By MOUNT/PATH; null when the newest version is deleted. */
  readonly secrets: Map<string, Record<string, unknown> | null>;
  /** Tokens that are currently valid. */
  readonly tokens: Set<string>;
  readonly requests: { readonly method: string; readonly path: string; readonly token: string | undefined }[];
  /** When sealed, it responds with 503 to every request. */
  isSealed: boolean;
  close(): Promise<void>;
}

const ROLE = { role_id: 'role-1', secret_id: 'secret-id-1' };
const POD = { role: 'sluice', jwt: 'pod-token' };

/** Starts a Vault on a free port. @param leaseSeconds lifetime of the tokens of logins */
export async function startVault(leaseSeconds = 3600): Promise<VaultServer> {
  let logins = 0;
  const vault: VaultServer = {
    url: '',
    secrets: new Map(),
    tokens: new Set(['root']),
    requests: [],
    isSealed: false,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  const answer = async (request: IncomingMessage): Promise<readonly [status: number, body: unknown]> => {
    const path = decodeURIComponent(request.url ?? '');
    const token = request.headers['x-vault-token'] as string | undefined;
    vault.requests.push({ method: request.method ?? '', path, token });
    if (vault.isSealed) return [503, { errors: ['Vault is sealed'] }];
    const login = /^\/v1\/auth\/(\w+)\/login$/.exec(path)?.[1];
    if (login !== undefined && request.method === 'POST') {
      const body = JSON.parse(await textOf(request)) as object;
      const good = login === 'approle' ? ROLE : POD;
      if (JSON.stringify(body) !== JSON.stringify(good)) return [400, { errors: ['invalid role or secret ID'] }];
      const issued = `s.${login}-${++logins}`;
      vault.tokens.add(issued);
      return [200, { auth: { client_token: issued, lease_duration: leaseSeconds, renewable: true } }];
    }
    if (token === undefined || !vault.tokens.has(token)) return [403, { errors: ['permission denied'] }];
    const read = /^\/v1\/([^/]+)\/data\/(.+)$/.exec(path);
    const found = read === null ? undefined : vault.secrets.get(`${read[1]!}/${read[2]!}`);
    if (found === undefined) return [404, { errors: [] }];
    if (found === null) return [404, { data: { data: null, metadata: { deletion_time: '2026-01-01T00:00:00Z' } } }];
    return [200, { request_id: 'x', data: { data: found, metadata: { version: 1 } } }];
  };
  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(vault, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
