import type { Client } from '../../connection.ts';
import { parseLsn } from '../stream/lsn.ts';

/**
 * The position where the server's timeline history leaves an earlier timeline; undefined if it was never on that
 * timeline, or if this is not known.
 * @param replication a replication connection (TIMELINE_HISTORY of the streaming replication protocol)
 */
export async function leftTimelineAt(replication: Client, earlier: number, now: number): Promise<bigint | undefined> {
  const { rows } = await replication.query<{ content: string | Buffer }>(`TIMELINE_HISTORY ${now}`);
  const content = rows[0]?.content;
  if (content === undefined) return undefined;
  // Each line consists of the timeline, the position where it was left, and the reason.
  for (const line of content.toString().split('\n')) {
    const [timeline, lsn] = line.trim().split(/\s+/);
    if (timeline !== undefined && lsn !== undefined && Number(timeline) === earlier) return parseLsn(lsn);
  }
  return undefined;
}
