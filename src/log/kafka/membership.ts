import { Fenced, type GroupMember } from '../api.ts';

/**
 * The group has given the partitions to others. The writer is not fenced: after abort it may write for other members.
 */
export class MembershipLost extends Fenced {}

/**
 * One unbroken membership in a group. The generation moves on with each rebalance, and a commit that waits reads it
 * again; once the membership is lost, whoever still holds it is fenced, though its owner may have joined again since.
 * Before it has joined it has no generation: without one, a group takes the offsets of a transaction from anybody, and
 * what others have been given would be committed over their heads.
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
