import { Fenced, type GroupMember } from '../api.ts';

/**
 * The group has assigned the partitions to others. The writer itself is not fenced: after an abort it may write for
 * other members.
 */
export class MembershipLost extends Fenced {}

/**
 * One uninterrupted membership in a group. The generation changes with each rebalance, and a waiting commit reads the
 * new one. Once the membership is lost, everything that still uses it is fenced, even if its owner has joined again.
 * Before the first join there is no generation: a group would then accept a transaction's offsets from anybody, and
 * overwrite those of other members.
 */
export class Membership implements GroupMember {
  readonly groupInstanceId: string | undefined;
  #generationId = -1;
  #memberId = '';
  #ended = false;

  constructor(groupInstanceId: string | undefined) {
    this.groupInstanceId = groupInstanceId;
  }

  /** @throws MembershipLost */
  get generationId(): number {
    if (this.#ended || this.#generationId < 0)
      throw new MembershipLost('The membership in the consumer group is lost: others may have the partitions');
    return this.#generationId;
  }

  get memberId(): string {
    return this.#memberId;
  }

  update(memberId: string, generationId: number): void {
    this.#memberId = memberId;
    this.#generationId = generationId;
  }

  end(): void {
    this.#ended = true;
  }
}
