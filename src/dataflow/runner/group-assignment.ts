import type { GroupMember, GroupMembership, Log, TopicPartition } from '../../log/api.ts';
import type { Topology } from '../topology.ts';

/** A change of what a runner owns, to be carried out by its loop between two polls. `done` lets the group go on. */
export interface AssignmentChange {
  readonly kind: 'assigned' | 'revoked' | 'lost';
  readonly partitions: readonly TopicPartition[];
  readonly done: () => void;
}

export interface GroupAssignmentOptions {
  readonly log: Log;
  readonly group: string;
  readonly topology: Topology;
  readonly sessionTimeoutMs?: number | undefined;
  readonly heartbeatIntervalMs?: number | undefined;
  /** A change is waiting, or the membership has ended. */
  readonly onChange: () => void;
}

/**
 * A runner's part of the query's consumer group. The group calls from its own loop; the runner's loop is told and
 * carries the change out when it is between two records. What is to be given up is committed by then: the group waits
 * for that.
 */
export class GroupAssignment {
  readonly #membership: GroupMembership;
  readonly #changes: AssignmentChange[] = [];
  #failure: unknown;
  #closed = false;

  constructor({ log, group, topology, sessionTimeoutMs, heartbeatIntervalMs, onChange }: GroupAssignmentOptions) {
    const tell = async (kind: AssignmentChange['kind'], partitions: readonly TopicPartition[]): Promise<void> => {
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#changes.push({ kind, partitions, done: resolve });
        onChange();
      });
    };
    this.#membership = log.joinGroup!({
      groupId: group,
      topicGroups: topology.subTopologies.map((s) => s.inputs.map((i) => i.topic)),
      sessionTimeoutMs,
      heartbeatIntervalMs,
      callbacks: {
        onAssigned: (partitions) => tell('assigned', partitions),
        onRevoked: (partitions) => tell('revoked', partitions),
        onLost: (partitions) => tell('lost', partitions),
        onFailed: (error) => {
          this.#failure = error;
          onChange();
        },
      },
    });
  }

  get member(): GroupMember {
    return this.#membership.member;
  }

  start(): void {
    this.#membership.start();
  }

  /** What is assigned is known, and carried out. */
  get isSettled(): boolean {
    return this.#membership.isSettled && !this.hasChanges;
  }

  get hasChanges(): boolean {
    return this.#changes.length > 0 || this.#failure !== undefined;
  }

  /** The next change to carry out. @throws why the membership has ended */
  next(): AssignmentChange | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#changes.shift();
  }

  /**
   * After the group has refused offsets: true when that was for a generation that has passed, and what was owned still
   * is, so that the commit may be tried again in the present generation.
   */
  async mayCommitAgain(refusedGeneration: number): Promise<boolean> {
    await this.#membership.settled();
    return this.member.generationId > refusedGeneration && !this.#changes.some((c) => c.kind === 'lost');
  }

  /** Leaves the group. What is owned must have been committed, or discarded. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { done } of this.#changes.splice(0)) done();
    await this.#membership.leave();
  }
}
