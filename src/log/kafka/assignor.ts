import { must } from '../../base/assert.ts';
import type { TopicPartition } from '../api.ts';

/** Partitions that must be assigned to one member, such as the same partition of joined topics. */
export interface Unit {
  readonly id: string;
  readonly partitions: readonly TopicPartition[];
}

export interface MemberClaim {
  readonly memberId: string;
  readonly owned: readonly TopicPartition[];
  /** The generation in which the member received them: if two members claim the same unit, the later one is right. */
  readonly generationId: number;
}

/**
 * The units of topics that belong together, given their partition counts. A topic with fewer partitions is absent from
 * the later units.
 */
export function unitsOf(topicGroups: readonly (readonly string[])[], partitionsOf: (topic: string) => number): Unit[] {
  const units: Unit[] = [];
  // Partition by partition, so that a consecutive run of units contains a share of each part of the work.
  const counts = topicGroups.map((topics) => Math.max(0, ...topics.map(partitionsOf)));
  for (let partition = 0; partition < Math.max(0, ...counts); partition++) {
    for (const [i, topics] of topicGroups.entries()) {
      if (partition >= must(counts[i], 'count')) continue;
      const partitions = topics
        .filter((topic) => partition < partitionsOf(topic))
        .map((topic) => ({ topic, partition }));
      units.push({ id: `${topics.join(',')}/${partition}`, partitions });
    }
  }
  return units;
}

/**
 * Distributes units evenly over members and leaves each member what it has, as far as that is even (sticky). A unit
 * that moves is assigned to nobody in this round: its owner gives it up first and joins again, then it is assigned
 * (cooperative: work on units that stay continues).
 */
export function assign(units: readonly Unit[], members: readonly MemberClaim[]): Map<string, TopicPartition[]> {
  const ids = members.map((member) => member.memberId).sort();
  const owners = currentOwners(members);
  const kept = new Map<string, Unit[]>(ids.map((id) => [id, []]));
  const free: Unit[] = [];
  const ownerOf = new Map<Unit, string | undefined>();
  for (const unit of units) {
    const owner = ownerOfUnit(unit, owners);
    ownerOf.set(unit, owner);
    if (owner === undefined) free.push(unit);
    else kept.get(owner)!.push(unit);
  }
  // Members with more units may keep one extra when the units do not divide evenly.
  const least = Math.floor(units.length / Math.max(1, ids.length));
  let extras = units.length - least * ids.length;
  for (const id of [...ids].sort((a, b) => kept.get(b)!.length - kept.get(a)!.length || (a < b ? -1 : 1))) {
    const list = kept.get(id)!;
    const quota = extras > 0 && list.length > least ? least + 1 : least;
    if (quota > least) extras--;
    free.push(...list.splice(quota));
  }
  for (const unit of free) {
    const poorest = ids.reduce((a, b) => (kept.get(b)!.length < kept.get(a)!.length ? b : a));
    kept.get(poorest)!.push(unit);
  }
  const result = new Map<string, TopicPartition[]>();
  for (const [id, list] of kept) {
    const given = list.filter((unit) => {
      // No other member may still be working on any part of it.
      return unit.partitions.every((p) => {
        const owner = owners.get(nameOf(p));
        return owner === undefined || owner === id;
      });
    });
    result.set(
      id,
      given.flatMap((unit) => unit.partitions),
    );
  }
  return result;
}

function currentOwners(members: readonly MemberClaim[]): Map<string, string> {
  const best = new Map<string, { memberId: string; generationId: number }>();
  for (const { memberId, owned, generationId } of members) {
    for (const partition of owned) {
      const name = nameOf(partition);
      const before = best.get(name);
      if (before === undefined || before.generationId < generationId) best.set(name, { memberId, generationId });
    }
  }
  return new Map([...best].map(([name, { memberId }]) => [name, memberId]));
}

/** The member that owns the whole unit. */
function ownerOfUnit(unit: Unit, owners: ReadonlyMap<string, string>): string | undefined {
  const first = unit.partitions[0] && owners.get(nameOf(unit.partitions[0]));
  return first !== undefined && unit.partitions.every((p) => owners.get(nameOf(p)) === first) ? first : undefined;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}\0${partition}`;
}
