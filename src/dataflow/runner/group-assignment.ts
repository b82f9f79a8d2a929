import type { GroupMember, GroupMembership, Log, TopicPartition } from '../../log/api.ts';
import type { Topology } from '../topology.ts';

/**
 * A change of the assigned partitions, to be applied by the runner's loop between two polls. `done` lets the group
 * continue.
 */
export interface AssignmentChange {
  readonly kind: 'assigned' | 'revoked' | 'lost';
  readonly partitions: readonly TopicPartition[];
  readonly done: () => void;
}

export interface GroupAssignmentOptions {
  readonly log: Log;
  readonly group: string;
  readonly topology: Topology;
  readonly userData?: string | undefined;
  readonly sessionTimeoutMs?: number | undefined;
  readonly heartbeatIntervalMs?: number | undefined;
  /** Called when a change is pending or the membership has ended. */
  readonly onChange: () => void;
}

/**
 * A runner's membership in the query's consumer group. The group calls from its own loop; the runner's loop applies the
 * change between two records. Partitions that are to be given up have been committed by then, since the group waits for
 * it.
 */
export class GroupAssignment {
  readonly #membership: GroupMembership;
  readonly #changes: AssignmentChange[] = [];
  #failure: unknown;
  #closed = false;

  constructor({
    log,
    group,
    topology,
    userData,
    sessionTimeoutMs,
    heartbeatIntervalMs,
    onChange,
  }: GroupAssignmentOptions) {
    const notify = async (kind: AssignmentChange['kind'], partitions: readonly TopicPartition[]): Promise<void> => {
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#changes.push({ kind, partitions, done: resolve });
        onChange();
      });
    };
    this.#membership = log.joinGroup!({
      groupId: group,
      topicGroups: topology.subTopologies.map((s) => s.inputs.map((i) => i.topic)),
      userData,
      sessionTimeoutMs,
      heartbeatIntervalMs,
      callbacks: {
        onAssigned: (partitions) => notify('assigned', partitions),
        onRevoked: (partitions) => notify('revoked', partitions),
        onLost: (partitions) => notify('lost', partitions),
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

  /** Whether the assignment is known and applied. */
  get isSettled(): boolean {
    return this.#membership.isSettled && !this.hasChanges;
  }

  get hasChanges(): boolean {
    return this.#changes.length > 0 || this.#failure !== undefined;
  }

  /** The next change to apply. @throws the reason why the membership has ended */
  next(): AssignmentChange | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#changes.shift();
  }

  /**
   * Called when the group has refused offsets. True when they were for an earlier generation and the partitions are
   * still owned, so that the commit may be retried in the current generation.
   */
  async mayCommitAgain(refusedGeneration: number): Promise<boolean> {
    await this.#membership.settled();
    return this.member.generationId > refusedGeneration && !this.#changes.some((c) => c.kind === 'lost');
  }

  /** Leaves the group. Owned partitions must have been committed or discarded before. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { done } of this.#changes.splice(0)) done();
    await this.#membership.leave();
  }
}
