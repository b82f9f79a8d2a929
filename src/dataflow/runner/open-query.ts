import { type CommittedOffset, Fenced, type LogWriter } from '../../log/api.ts';
import type { ChangelogOf } from '../../state/changelog.ts';
import type { GroupAssignment } from './group-assignment.ts';
import type { Restoration } from './restoration.ts';
import type { TaskSettings } from '../settings.ts';
import type { TaskReader } from './task-reader.ts';
import type { SubTopology } from '../topology.ts';

/** What a query has only while it is open: from the start of an attempt until it fails or is closed. */
export interface OpenQuery {
  readonly reader: TaskReader;
  readonly writer: LogWriter;
  readonly partitions: ReadonlyMap<string, number>;
  readonly topicIds: ReadonlyMap<string, string>;
  readonly settings: TaskSettings;
  readonly membership: Membership;
}

/** Whether the query owns all tasks, or its consumer group assigns them. */
type Membership = { readonly kind: 'ALONE' } | Member;

export interface Member {
  readonly kind: 'MEMBER';
  readonly group: GroupAssignment;
  readonly restoration: Restoration;
  readonly changelogs: ReadonlyMap<SubTopology, readonly ChangelogOf[]>;
}

/** The membership in the consumer group; undefined when there is none or the query is not open. */
export function memberOf(open: OpenQuery | undefined): Member | undefined {
  return open?.membership.kind === 'MEMBER' ? open.membership : undefined;
}

/**
 * Commits what the writer has received with these offsets of the consumer group. Retries when the group has merely
 * moved to its next generation.
 */
export async function commitLog(open: OpenQuery, group: string, offsets: readonly CommittedOffset[]): Promise<void> {
  const { writer } = open;
  const member = memberOf(open);
  for (;;) {
    const inGroup = member?.group.member;
    const generation = inGroup?.generationId ?? -1;
    if (offsets.length > 0) writer.commitOffsets(group, offsets, inGroup);
    try {
      await writer.commit();
      return;
    } catch (error) {
      const mayCommitAgain =
        error instanceof Fenced && inGroup !== undefined && (await member!.group.mayCommitAgain(generation));
      if (!mayCommitAgain) throw error;
    }
  }
}

/** Releases everything, whatever has failed. */
export async function releaseQuery(open: OpenQuery): Promise<void> {
  const { reader, writer } = open;
  const member = memberOf(open);
  await member?.restoration.stop().catch(() => undefined);
  await reader.close().catch(() => undefined);
  await writer.abort().catch(() => undefined);
  await writer.close().catch(() => undefined);
  // The membership comes last: the next owner of the partitions must find nothing open.
  await member?.group.close().catch(() => undefined);
}
