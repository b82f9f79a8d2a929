import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface Column<T> {
  readonly title: string;
  /** The value for sorting and searching, which is also shown if there is no `view`. */
  readonly value: (row: T) => string | number;
  readonly view?: (row: T) => ComponentChildren;
  readonly numeric?: boolean;
  /** Whether the column is hidden on narrow screens. */
  readonly spare?: boolean;
}

export interface ListingProps<T> {
  readonly title: string;
  /** Undefined: not known yet. */
  readonly rows: readonly T[] | undefined;
  readonly columns: readonly Column<T>[];
  readonly rowKey: (row: T) => string;
  /** The page of a row, if rows have one. */
  readonly link?: (row: T) => string;
  readonly empty: string;
  readonly actions?: ComponentChildren;
  readonly problem?: string | undefined;
}

/** A list of objects by name, with search, sorting and links to their pages. */
export function Listing<T>({ title, rows, columns, rowKey, link, empty, actions, problem }: ListingProps<T>) {
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState({ column: 0, descending: false });
  const box = useRef<HTMLInputElement>(null);
  const wanted = search.toLowerCase();
  const found = (rows ?? [])
    .filter((row) => wanted === '' || columns.some((c) => String(c.value(row)).toLowerCase().includes(wanted)))
    .toSorted((a, b) => {
      const { value } = columns[order.column]!;
      const [x, y] = [value(a), value(b)];
      const sign = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
      return order.descending ? -sign : sign;
    });
  return (
    <div class="page">
      <header class="page-head">
        <h1>
          {title} <span class="dim">{rows === undefined ? '' : rows.length}</span>
        </h1>
        <span class="space" />
        <label class="filter">
          <Icon name="search" />
          <input
            ref={box}
            type="search"
            placeholder="Search"
            aria-label={`Search ${title}`}
            value={search}
            onInput={() => setSearch(box.current!.value)}
          />
        </label>
        {actions}
      </header>
      {problem === undefined ? null : (
        <div class="problem-box" role="alert">
          {problem}
        </div>
      )}
      {rows === undefined ? (
        problem === undefined ? (
          <p class="note">Loading …</p>
        ) : null
      ) : rows.length === 0 ? (
        <p class="note">{empty}</p>
      ) : (
        <div class="table-box" tabIndex={0} role="region" aria-label={title}>
          <table class="list">
            <thead>
              <tr>
                {columns.map((column, i) => (
                  <th
                    key={column.title}
                    class={classOf(column)}
                    aria-sort={order.column !== i ? 'none' : order.descending ? 'descending' : 'ascending'}
                  >
                    <button
                      type="button"
                      // Numbers are first sorted in descending order, since the largest are of most interest.
                      onClick={() =>
                        setOrder({
                          column: i,
                          descending: order.column === i ? !order.descending : column.numeric === true,
                        })
                      }
                    >
                      {column.title}
                      {order.column === i ? (order.descending ? ' ↓' : ' ↑') : ''}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {found.map((row) => (
                <tr key={rowKey(row)}>
                  {columns.map((column, i) => (
                    <td key={column.title} class={classOf(column)}>
                      {i === 0 && link !== undefined ? (
                        <a href={link(row)}>{column.view?.(row) ?? column.value(row)}</a>
                      ) : (
                        (column.view?.(row) ?? column.value(row))
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function classOf({ numeric, spare }: { readonly numeric?: boolean; readonly spare?: boolean }): string {
  return [numeric === true ? 'num' : '', spare === true ? 'spare' : ''].join(' ').trim();
}

/** Names linked to their pages, separated by commas. */
export function Names({ names }: { readonly names: readonly { readonly name: string; readonly href: string }[] }) {
  return (
    <>
      {names.map((n, i) => (
        <span key={n.name}>
          {i === 0 ? '' : ', '}
          <a href={n.href}>{n.name}</a>
        </span>
      ))}
    </>
  );
}
