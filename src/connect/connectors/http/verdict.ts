import type { HttpAnswer } from '../internal/http-client.ts';
import type { StatusCodes } from './status-codes.ts';

/** What a response means for the records of a request. */
export type Verdict =
  | { readonly kind: 'taken' }
  /** The same request may succeed later. `isUnreachable`: the response does not concern its records. */
  | { readonly kind: 'later'; readonly isUnreachable: boolean; readonly reason: string; readonly afterMs: number }
  /** `isOfContent`: possibly only some of several records are at fault. */
  | { readonly kind: 'refused'; readonly isOfContent: boolean; readonly reason: string }
  /** The login is refused. */
  | { readonly kind: 'accessRefused'; readonly reason: string };

/** The service is overloaded, or a proxy cannot reach it. */
const AWAY: readonly number[] = [429, 502, 503, 504];
/** Statuses that concern the content. */
const OF_CONTENT: readonly number[] = [400, 413, 422];
/** The longest pause that a Retry-After can request, in ms. */
const AFTER_MAX_MS = 5 * 60_000;
/** The most characters of a response in messages. */
const ANSWER_CHARACTERS = 300;

/** @param nowMs wall clock, for a Retry-After that is a date */
export function verdictOf(answer: HttpAnswer, retriesOn: StatusCodes, nowMs: number): Verdict {
  const { status, headers, text } = answer;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const reason = `HTTP ${status}${cut(text)}`;
  if (AWAY.includes(status) || retriesOn(status))
    return {
      kind: 'later',
      isUnreachable: AWAY.includes(status),
      reason,
      afterMs: retryAfterMs(headers['retry-after'], nowMs),
    };
  if (status === 401 || status === 407) return { kind: 'accessRefused', reason };
  if (status >= 300 && status < 400)
    return {
      kind: 'refused',
      isOfContent: false,
      reason: `${reason}: it points to ${headers.location ?? 'nowhere'}, which is not followed`,
    };
  return { kind: 'refused', isOfContent: OF_CONTENT.includes(status), reason };
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterMs(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? 0 : Math.min(AFTER_MAX_MS, Math.max(0, ms));
}

/** The beginning of a response, in one line, after a colon. */
export function cut(text: string): string {
  const line = text
    .replaceAll(/<[^>]*>|\s+/g, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
  return line === '' ? '' : `: ${line.slice(0, ANSWER_CHARACTERS)}${line.length > ANSWER_CHARACTERS ? '…' : ''}`;
}
