import type { Client } from '../../connection.ts';
import { parseLsn } from '../stream/lsn.ts';

/**
 * Where the history of a server's timeline leaves an earlier one; undefined where it was never on that, or is silent.
 * `replication`: a replication connection (TIMELINE_HISTORY of the streaming protocol).
 */
export async function leftTimelineAt(replication: Client, earlier: number, now: number): Promise<bigint | undefined> {
  const { rows } = await replication.query<{ content: string | Buffer }>(`TIMELINE_HISTORY ${now}`);
  const content = rows[0]?.content;
  if (content === undefined) return undefined;
  // Each line: the timeline, where it was left, why.
  for (const line of content.toString().split('\n')) {
    const [timeline, lsn] = line.trim().split(/\s+/);
    if (timeline !== undefined && lsn !== undefined && Number(timeline) === earlier) return parseLsn(lsn);
  }
  return undefined;
}
