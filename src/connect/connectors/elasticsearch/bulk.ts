import type { Offset } from '../../../base/quantities.ts';
import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { isPassing, reasonOf, requireSuccess, faultText, type Cluster, type Fault } from './cluster.ts';

/** What becomes of one document. */
export interface Action {
  readonly record: SinkRecord;
  readonly index: string;
  readonly id: string | undefined;
  /** The lines of the request, each with its end. */
  readonly lines: string;
  readonly bytes: number;
  /** The generation of the version it is written with; undefined: it has no version of ours. */
  readonly generation: number | undefined;
}

/** What the cluster says of an action that it did not carry out. */
export type Verdict =
  /** The cluster is busy: the action may succeed later. */
  | { readonly kind: 'later'; readonly reason: string }
  /** A document of that id is there, and newer. */
  | { readonly kind: 'conflict'; readonly reason: string }
  | { readonly kind: 'refused'; readonly type: string; readonly reason: string }
  | { readonly kind: 'index gone'; readonly reason: string };

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
 * Sends actions in one `_bulk` request. What comes back are those that were not carried out. A request that is too
 * large for the cluster is sent in halves.
 * @throws Unreachable, RetriableError: nothing is known of any of them; ConnectError
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
  if (isPassing(status, type)) return { kind: 'later', reason };
  if (type === 'index_not_found_exception') return { kind: 'index gone', reason };
  return { kind: 'refused', type, reason };
}

/**
 * Whether a conflict is with the record itself, or with a later one of the same generation: what was sent before a
 * crash, and comes again.
 */
export function isOwnVersion(reason: string, generation: number | undefined): boolean {
  const [, current, provided] = /current version \[(\d+)\][^[]*\[(\d+)\]/.exec(reason) ?? [];
  if (current === undefined) return false;
  return current === provided || (generation !== undefined && Number(BigInt(current) >> OFFSET_BITS) === generation);
}

const OFFSET_BITS = 44n;
const OFFSETS = 2 ** 44;
/** As many as fit above the offsets in a version, which has 63 bits. */
const GENERATIONS = 2 ** 19;

/**
 * The version of a document: the offset of its record, below the generation of its topic.
 * @throws ConnectError beyond 17 592 186 044 415 records in a partition, and 524 287 topics of one name
 */
export function versionOf(generation: number, offset: Offset): string {
  if (offset >= OFFSETS || generation >= GENERATIONS)
    throw new ConnectError(`Offset ${offset} of generation ${generation} makes no version`);
  const version = generation * OFFSETS + offset;
  return Number.isSafeInteger(version) ? String(version) : String((BigInt(generation) << OFFSET_BITS) + BigInt(offset));
}

/** Actions in requests of at most so many, and so many bytes. */
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
