/** What a member of a query's consumer group tells the others: the server and the thread that it is. */
export interface QueryMember {
  /** Host and port of its REST API. */
  readonly server: string;
  /** Number of a worker thread; null: the server's own. */
  readonly thread: number | null;
}

/** As text, for the group's coordinator. @param url of the server's REST API */
export function memberText(url: string, thread: number | undefined): string {
  return JSON.stringify({ server: serverName(url), thread: thread ?? null } satisfies QueryMember);
}

/** Undefined where the text is none of ours: of an earlier version, say. */
export function memberOf(text: string | undefined): QueryMember | undefined {
  if (text === undefined) return undefined;
  try {
    const { server, thread } = JSON.parse(text) as Partial<QueryMember>;
    return typeof server === 'string' ? { server, thread: typeof thread === 'number' ? thread : null } : undefined;
  } catch {
    return undefined;
  }
}

/** `localhost:8088` for `http://localhost:8088`: as clients of ksqlDB know servers. */
export function serverName(url: string): string {
  return url.replace(/^https?:\/\//, '');
}
