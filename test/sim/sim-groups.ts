import type { Timers } from '../../src/base/env.ts';
import type { GroupMember, GroupMembership, GroupOptions, TopicPartition } from '../../src/log/api.ts';
import { KafkaCode } from '../../src/log/kafka/protocol-error.ts';
import type { Machine } from './virtual-time.ts';

const DEFAULT_SESSION_MS = 45_000;
const DEFAULT_REBALANCE_MS = 300_000;
const LOOK_MS = 50;
const SETTLE_LOOK_MS = 1;

/** Partitions that are assigned together: those with the same number, of all topics in a group of topics. */
type Unit = readonly TopicPartition[];

interface Group {
  readonly members: Member[];
  generation: number;
  rebalancing: Promise<void> | undefined;
  isStale: boolean;
}

/** The brokers' consumer groups with their assignments of partitions; they do not depend on any server. */
export class SimGroups {
  readonly #timers: Timers;
  readonly #groups = new Map<string, Group>();
  #ids = 0;
  readonly #partitionsOf: (topic: string) => Promise<number>;

  /** @param partitionsOf returns the number of partitions of a topic */
  constructor(timers: Timers, partitionsOf: (topic: string) => Promise<number>) {
    this.#timers = timers;
    this.#partitionsOf = partitionsOf;
  }

  hasMembers(group: string): boolean {
    return (this.#groups.get(group)?.members.length ?? 0) > 0;
  }

  /** The code with which offsets of this member in this generation are refused; 0: they are accepted. */
  refusal(group: string, { memberId, generationId }: GroupMember): number {
    // Whoever is no member, and says so, may commit offsets in a transaction (KIP-447), or while there are no members.
    if (memberId === '' && generationId < 0) return KafkaCode.NONE;
    const found = this.#groups.get(group);
    if (found?.members.some((m) => m.member.memberId === memberId) !== true) return KafkaCode.UNKNOWN_MEMBER_ID;
    return found.generation === generationId ? KafkaCode.NONE : KafkaCode.ILLEGAL_GENERATION;
  }

  join(options: GroupOptions, machine: Machine): GroupMembership {
    let group = this.#groups.get(options.groupId);
    if (group === undefined)
      this.#groups.set(
        options.groupId,
        (group = { members: [], generation: 0, rebalancing: undefined, isStale: false }),
      );
    return new Member(this, group, options, machine, `member-${++this.#ids}`);
  }

  /**
   * Rebalances after a change of members: all members revoke the partitions that are reassigned, then receive their new
   * assignment.
   */
  rebalance(group: Group): Promise<void> {
    group.isStale = true;
    return (group.rebalancing ??= this.#rebalance(group).finally(() => (group.rebalancing = undefined)));
  }

  async #rebalance(group: Group): Promise<void> {
    while (group.isStale) {
      group.isStale = false;
      await this.#timers.sleep(LOOK_MS);
      const units = await this.#units(group);
      const next = assign(units, group.members);
      await Promise.all(
        group.members.map((member) => {
          const given = next.get(member) ?? [];
          const lost = member.owned.filter((unit) => !given.includes(unit));
          return this.#answered(member, member.revoke(lost));
        }),
      );
      if (group.isStale) continue;
      group.generation++;
      for (const member of group.members) member.generation = group.generation;
      await Promise.all(group.members.map((member) => this.#answered(member, member.give(next.get(member) ?? []))));
    }
  }

  /** Waits for a member's response for the rebalance timeout; a member that does not respond is removed. */
  async #answered(member: Member, answer: Promise<void>): Promise<void> {
    let isAnswered = false;
    const done = answer.then(() => {
      isAnswered = true;
    });
    const late = (async () => {
      for (let waitedMs = 0; !isAnswered && waitedMs < member.patienceMs; waitedMs += LOOK_MS) {
        await this.#timers.sleep(LOOK_MS);
        // A dead member sends no heartbeats, so its session expires.
        if (!isAnswered && !member.isAlive) return await this.#timers.sleep(member.sessionMs);
      }
    })();
    await Promise.race([done, late]);
    if (!isAnswered) this.drop(member);
  }

  /** Removes a member that is dead or does not respond. */
  drop(member: Member): void {
    const { group } = member;
    const at = group.members.indexOf(member);
    if (at < 0) return;
    group.members.splice(at, 1);
    void this.rebalance(group);
  }

  /** Removes the member when it has been dead for its session timeout. */
  watch(member: Member): void {
    const look = (): void => {
      this.#timers.after(LOOK_MS, () => {
        if (!member.group.members.includes(member)) return;
        if (!member.isAlive) this.#timers.after(member.sessionMs, () => this.drop(member));
        else look();
      });
    };
    look();
  }

  async #units(group: Group): Promise<Unit[]> {
    const units = new Map<string, Unit>();
    for (const topics of group.members[0]?.topicGroups ?? []) {
      const count = Math.max(0, ...(await Promise.all(topics.map((topic) => this.#partitionsOf(topic)))));
      for (let partition = 0; partition < count; partition++) {
        const name = `${topics.join()} ${partition}`;
        const known = group.members.flatMap((m) => m.owned).find((unit) => nameOf(unit, topics) === name);
        units.set(name, known ?? topics.map((topic) => ({ topic, partition })));
      }
    }
    return [...units.values()];
  }
}

const nameOf = (unit: Unit, topics: readonly string[]): string =>
  unit.map((at) => at.topic).join() === topics.join() ? `${topics.join()} ${unit[0]!.partition}` : '';

/** Assigns units as evenly as possible; members keep what they own if that does not make the assignment uneven. */
function assign(units: readonly Unit[], members: readonly Member[]): Map<Member, Unit[]> {
  const next = new Map<Member, Unit[]>(members.map((member) => [member, []]));
  if (members.length === 0) return next;
  const most = Math.ceil(units.length / members.length);
  const free: Unit[] = [];
  for (const unit of units) {
    const owner = members.find((member) => member.owned.includes(unit));
    if (owner !== undefined && next.get(owner)!.length < most) next.get(owner)!.push(unit);
    else free.push(unit);
  }
  for (const unit of free) [...next.values()].sort((a, b) => a.length - b.length)[0]!.push(unit);
  return next;
}

class Member implements GroupMembership {
  readonly group: Group;
  readonly topicGroups: GroupOptions['topicGroups'];
  readonly sessionMs: number;
  readonly patienceMs: number;
  owned: readonly Unit[] = [];
  generation = -1;
  readonly #groups: SimGroups;
  readonly #callbacks: GroupOptions['callbacks'];
  readonly #machine: Machine;
  readonly #id: string;
  #isAsked = false;

  constructor(groups: SimGroups, group: Group, options: GroupOptions, machine: Machine, id: string) {
    this.#groups = groups;
    this.group = group;
    this.topicGroups = options.topicGroups;
    this.sessionMs = options.sessionTimeoutMs ?? DEFAULT_SESSION_MS;
    this.patienceMs = options.rebalanceTimeoutMs ?? DEFAULT_REBALANCE_MS;
    this.#callbacks = options.callbacks;
    this.#machine = machine;
    this.#id = id;
  }

  get member(): GroupMember {
    return { memberId: this.#id, generationId: this.generation };
  }

  get isAlive(): boolean {
    return !this.#machine.isDead;
  }

  start(): void {
    this.group.members.push(this);
    this.#groups.watch(this);
    void this.#groups.rebalance(this.group);
  }

  get isSettled(): boolean {
    return this.group.rebalancing === undefined && this.generation >= 0;
  }

  /** Like a real member, it does not wait for a rebalance that itself waits for this member's callbacks. */
  async settled(): Promise<void> {
    while (!this.isSettled && !this.#isAsked) await this.#machine.env.timers.sleep(SETTLE_LOOK_MS);
  }

  async leave(): Promise<void> {
    await this.revoke(this.owned);
    this.#groups.drop(this);
  }

  async revoke(units: readonly Unit[]): Promise<void> {
    if (units.length === 0) return;
    await this.#heard(() => this.#callbacks.onRevoked(units.flat()));
    this.owned = this.owned.filter((unit) => !units.includes(unit));
  }

  async give(units: readonly Unit[]): Promise<void> {
    const fresh = units.filter((unit) => !this.owned.includes(unit));
    this.owned = units;
    if (fresh.length > 0) await this.#heard(() => this.#callbacks.onAssigned(fresh.flat()));
  }

  /** Runs on the member's own machine, so that a dead member never responds. */
  async #heard(tell: () => Promise<void>): Promise<void> {
    await this.#machine.env.timers.turn();
    this.#isAsked = true;
    await tell();
    this.#isAsked = false;
    await this.#machine.env.timers.turn();
  }
}
