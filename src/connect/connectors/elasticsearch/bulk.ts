import type { Offset } from '../../../base/quantities.ts';
import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { isTransient, reasonOf, requireSuccess, faultText, type Cluster, type Fault } from './cluster.ts';

/** The bulk action for one document. */
export interface Action {
  readonly record: SinkRecord;
  readonly index: string;
  readonly id: string | undefined;
  /** The lines of the request, each with its line terminator. */
  readonly lines: string;
  readonly bytes: number;
  /** The generation in the version of the document; undefined: it has no version assigned by us. */
  readonly generation: number | undefined;
}

/** The cluster's reason for not carrying out an action. */
export type Verdict =
  /** The cluster is busy: the action may succeed later. */
  | { readonly kind: 'later'; readonly reason: string }
  /** A newer document of that id exists. */
  | { readonly kind: 'conflict'; readonly reason: string }
  | { readonly kind: 'refused'; readonly type: string; readonly reason: string }
  | { readonly kind: 'index gone'; readonly reason: string };

/** An action that was not carried out, and why. */
export interface Judged {
  readonly action: Action;
  readonly verdict: Verdict;
}

interface Item {
  readonly status: number;
  readonly error?: Fault;
}

const FILTER = 'filter_path=errors,items.*.status,items.*.error,error';

/**
 * Sends actions in one `_bulk` request and returns those that were not carried out. A request that is too large for the
 * cluster is split in halves.
 * @throws Unreachable or RetriableError when the outcome of all actions is unknown; ConnectError
 */
export async function sendBulk(
  cluster: Cluster,
  actions: readonly Action[],
  signal: AbortSignal,
): Promise<readonly Judged[]> {
  const answer = await cluster.send('POST', `/_bulk?${FILTER}`, actions.map((a) => a.lines).join(''), signal);
  if (answer.status === 413) {
    if (actions.length === 1)
      return [{ action: actions[0]!, verdict: { kind: 'refused', type: 'too_large', reason: reasonOf(answer) } }];
    const half = actions.length >> 1;
    const first = await sendBulk(cluster, actions.slice(0, half), signal);
    return [...first, ...(await sendBulk(cluster, actions.slice(half), signal))];
  }
  if (answer.status === 429)
    return actions.map((action) => ({ action, verdict: { kind: 'later', reason: reasonOf(answer) } }));
  const { errors, items } = requireSuccess(answer, 'The _bulk request was refused').body as {
    readonly errors?: boolean;
    readonly items?: readonly Readonly<Record<string, Item>>[];
  };
  if (items?.length !== actions.length)
    throw new ConnectError(
      `The answer to ${actions.length} actions tells of ${items?.length ?? 'none'}: no cluster speaks so`,
    );
  if (errors !== true) return [];
  return items.flatMap((item, i) => {
    const { status, error } = must(Object.values(item)[0], 'bulk action');
    return error === undefined ? [] : [{ action: must(actions[i], 'action'), verdict: verdictOf(status, error) }];
  });
}

function verdictOf(status: number, error: Fault): Verdict {
  const reason = faultText(error);
  const type = error.type ?? '';
  if (status === 409) return { kind: 'conflict', reason };
  if (isTransient(status, type)) return { kind: 'later', reason };
  if (type === 'index_not_found_exception') return { kind: 'index gone', reason };
  return { kind: 'refused', type, reason };
}

/**
 * Whether a conflict is with the record itself, or with a later one of the same generation. This happens when records
 * that were sent before a crash are sent again.
 */
export function isOwnVersion(reason: string, generation: number | undefined): boolean {
  const [, current, provided] = /current version \[(\d+)\][^[]*\[(\d+)\]/.exec(reason) ?? [];
  if (current === undefined) return false;
  return current === provided || (generation !== undefined && Number(BigInt(current) >> OFFSET_BITS) === generation);
}

const OFFSET_BITS = 44n;
const OFFSETS = 2 ** 44;
/** As many as fit in the bits above the offset in a version, which has 63 bits. */
const GENERATIONS = 2 ** 19;

/**
 * The version of a document: the generation of its topic in the high bits, the offset of its record in the low bits.
 * @throws ConnectError beyond 17 592 186 044 415 records in a partition or 524 287 topics of one name
 */
export function versionOf(generation: number, offset: Offset): string {
  if (offset >= OFFSETS || generation >= GENERATIONS)
    throw new ConnectError(`Offset ${offset} of generation ${generation} makes no version`);
  const version = generation * OFFSETS + offset;
  return Number.isSafeInteger(version) ? String(version) : String((BigInt(generation) << OFFSET_BITS) + BigInt(offset));
}

/** Groups actions into requests of at most `most` actions and `mostBytes` bytes. */
export function requestsOf(
  actions: readonly Action[],
  { most, mostBytes }: { readonly most: number; readonly mostBytes: number },
): Action[][] {
  const requests: Action[][] = [];
  let open: Action[] = [];
  let bytes = 0;
  for (const action of actions) {
    if (open.length > 0 && (open.length >= most || bytes + action.bytes > mostBytes)) {
      requests.push(open);
      open = [];
      bytes = 0;
    }
    open.push(action);
    bytes += action.bytes;
  }
  if (open.length > 0) requests.push(open);
  return requests;
}
