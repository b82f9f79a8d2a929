import { must } from '../../base/assert.ts';
import { missingNeeds } from '../../base/rights.ts';
import type { HttpContext } from '../http-context.ts';

/** When a sender should retry while its connector accepts nothing, in seconds. */
const RETRY_AFTER_S = 10;

/**
 * POST /hooks/:connector: passes a delivery to a connector, and returns its response when the record has been written.
 */
export async function receiveHook(http: HttpContext): Promise<void> {
  const name = must(http.params['connector'], 'connector');
  const found = http.app.deliveries?.find(name) ?? { kind: 'unknown' as const };
  // A refused body is still read and dropped, so that the client reads the response.
  const refuse = async (status: number, message: string, headers: Readonly<Record<string, string>> = {}) => {
    await http.readBytes(0);
    http.sendJson(status, { ok: false, message }, headers);
  };
  if (found.kind === 'unknown') return await refuse(404, `No connector ${name} takes deliveries here`);
  if (found.kind === 'away') return await refuse(503, found.reason, { 'retry-after': String(RETRY_AFTER_S) });
  const coding = http.header('content-encoding') ?? 'identity';
  if (coding !== 'identity') return await refuse(415, `A body in ${coding} is not taken: send it as it is`);
  const { receiver } = found;
  const body = await http.readBytes(receiver.maxBytes);
  if (body === undefined) {
    http.sendJson(413, { ok: false, message: `The body is larger than ${receiver.maxBytes} bytes` });
    return;
  }
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(http.request.headers)) {
    // Pseudo-headers of HTTP/2 begin with a colon.
    if (value !== undefined && !key.startsWith(':')) headers[key] = Array.isArray(value) ? value.join(', ') : value;
  }
  const answer = await receiver.take({
    headers,
    body,
    isKnown: missingNeeds(http.caller, [{ right: 'write' }]).length === 0,
    receivedAtMs: http.app.nowMs(),
  });
  const { challenge } = http.app;
  http.sendJson(answer.status, answer.body, {
    ...(answer.retryAfterS !== undefined && { 'retry-after': String(answer.retryAfterS) }),
    ...(answer.status === 401 && challenge !== undefined && { 'www-authenticate': challenge }),
  });
}
