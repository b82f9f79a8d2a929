import type { Finding } from './finding.ts';

/** Global names that only these rooms may use. */
const DOORS: readonly {
  readonly pattern: RegExp;
  readonly what: string;
  readonly rooms: readonly string[];
  /** Other files that may use it. */
  readonly except?: readonly string[];
}[] = [
  {
    pattern:
      /\bDate\.now\b|\bnew Date\(\)|[^.\w]Date\(\)|\bperformance\.(?:now|timeOrigin)\b|\bprocess\.(?:hrtime|uptime)\b/,
    what: 'the clock (Date.now, new Date(), performance.now, process.hrtime)',
    rooms: ['host', 'main'],
  },
  {
    pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b/,
    what: 'randomness (Math.random, randomUUID, randomBytes)',
    rooms: ['host', 'main'],
    // It distinguishes the processes that have the store open, which no test depends on.
    except: ['store/lmdb-store.ts'],
  },
  {
    pattern: /\bset(?:Timeout|Interval|Immediate)\(|\bAbortSignal\.timeout\b|\bprocess\.nextTick\b|from 'node:timers/,
    what: 'timers (setTimeout, setImmediate, AbortSignal.timeout, node:timers)',
    rooms: ['host', 'main'],
    // A method of sockets has that name; and what Node does in its next tick is waited for.
    except: ['server/paced-connection.ts', 'server/turns.ts'],
  },
  { pattern: /from 'node:fs(?:\/promises)?'/, what: 'node:fs', rooms: ['host', 'main', 'connect/connectors'] },
  { pattern: /\bprocess\.env\b/, what: 'process.env', rooms: ['main'] },
];

/** Global names that are used outside of their rooms. @param inSource the file's path below `src` */
export function openDoors(file: string, inSource: string, room: string, code: string): Finding[] {
  return DOORS.flatMap(({ pattern, what, rooms, except }) =>
    rooms.includes(room) || except?.includes(inSource) === true || !pattern.test(code)
      ? []
      : [{ file, rule: 'door', detail: `${what} is host's` }],
  );
}
