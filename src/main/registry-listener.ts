import type { AuditLog } from '../base/audit.ts';
import { NOBODY, type Caller } from '../base/rights.ts';
import { MemoryShare } from '../base/budget/memory.ts';
import { messageOf } from '../base/errors.ts';
import { requestUrl } from '../base/request-target.ts';
import type { MemorySchemaRegistry } from '../formats/schema-registry/memory-registry.ts';
import { createRegistryHandler } from '../formats/schema-registry/rest.ts';
import type { CallerHandler, HttpRequest, HttpResponse } from '../server/listener.ts';
import { readBody } from '../base/read-body.ts';

/** The maximum size of a request's body, in bytes: schemas are small. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** Handles the requests of the embedded registry's REST API, which is Confluent's. */
export function registryHandler(
  registry: MemorySchemaRegistry,
  audit: AuditLog,
  challenge: string | undefined,
): CallerHandler {
  const handle = createRegistryHandler(registry, audit);
  return (request, response, caller) => answer(request, response, { handle, caller: caller ?? NOBODY, challenge });
}

async function answer(
  request: HttpRequest,
  response: HttpResponse,
  asked: {
    readonly handle: ReturnType<typeof createRegistryHandler>;
    readonly caller: Caller;
    readonly challenge: string | undefined;
  },
): Promise<void> {
  let result: { readonly status: number; readonly body: unknown };
  try {
    const url = requestUrl(request.url);
    if (url === undefined) throw new Error('The request names no path');
    const text = await textOf(request);
    result = await asked.handle(
      request.method ?? 'GET',
      url.pathname + url.search,
      text.trim() === '' ? undefined : JSON.parse(text),
      asked.caller,
    );
  } catch (error) {
    result = { status: 400, body: { error_code: 400, message: messageOf(error) } };
  }
  const out = response as {
    statusCode: number;
    setHeader(name: string, value: string): void;
    end(bytes: Buffer): void;
  };
  out.statusCode = result.status;
  if (result.status === 401 && asked.challenge !== undefined) out.setHeader('www-authenticate', asked.challenge);
  out.setHeader('content-type', 'application/vnd.schemaregistry.v1+json');
  out.end(Buffer.from(JSON.stringify(result.body)));
}

async function textOf(request: HttpRequest): Promise<string> {
  const held = new MemoryShare();
  try {
    const body = await readBody(request, BODY_BYTES_MAX, () => held);
    if (body === undefined) throw new Error(`The request is larger than ${BODY_BYTES_MAX} bytes`);
    return body.toString('utf8');
  } finally {
    held.close();
  }
}
