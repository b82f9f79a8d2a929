/** Words that may follow a source and are not an alias. */
const NO_ALIAS =
  /^(?:JOIN|LEFT|RIGHT|FULL|INNER|OUTER|CROSS|ON|WITHIN|WHERE|WINDOW|GROUP|PARTITION|HAVING|EMIT|LIMIT|ORDER|VALUES|SELECT|WITH|AS)$/i;

/** A source that a query reads. */
export interface QuerySource {
  /** As written. */
  readonly name: string;
  readonly alias: string | undefined;
}

/** The sources that the text of a query reads, determined without parsing, because it may be unfinished. */
export function sourcesOf(text: string): QuerySource[] {
  const sources: QuerySource[] = [];
  const place = /\b(?:FROM|JOIN)\s+(`[^`]+`|[A-Za-z_]\w*)/gi;
  for (let match = place.exec(text); match; match = place.exec(text)) {
    const alias = /^\s+(?:AS\s+)?([A-Za-z_]\w*)/i.exec(text.slice(place.lastIndex))?.[1];
    sources.push({ name: match[1]!, alias: alias === undefined || NO_ALIAS.test(alias) ? undefined : alias });
  }
  return sources;
}
