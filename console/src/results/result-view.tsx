import { useMemo, useRef, useState } from 'preact/hooks';
import { renderEntity } from '../../../src/cli/render/entities.ts';
import type { ClientError } from '../../../src/client/client-error.ts';
import type { Entity } from '../../../src/wire/entities.ts';
import { SERVER_URL, session } from '../server/server.ts';
import { Icon } from '../ui/icon.tsx';
import { Chart, chartable } from './chart.tsx';
import { download, exportText, hasInserts, type ExportFormat } from './export.ts';
import { Grid } from './grid.tsx';
import { sourceOfRows, withRecordPlaces } from './record-of-row.ts';
import { RowDetail } from './row-detail.tsx';
import { KEYS_KEPT, ROWS_KEPT, type Line, type Rows } from './rows.ts';
import type { Run } from './run.ts';

/** The result of one statement. */
export function ResultView({ run, onRun }: { readonly run: Run; onRun(text: string): void }) {
  const rows = run.rows.value;
  const error = run.error.value;
  return (
    <div class="result">
      {run.note.value === '' ? null : (
        <p class="note" role="status">
          {run.note.value}
        </p>
      )}
      {run.entities.value.map((entity, i) => (
        <EntityView key={i} entity={entity} />
      ))}
      {rows === undefined ? null : <RowsView key={run.id} run={run} rows={rows} onRun={onRun} />}
      {run.lines.value.length === 0 ? null : <pre class="lines">{run.lines.value.join('\n')}</pre>}
      {error === undefined ? null : <Problem run={run} error={error} />}
      {run.state.value === 'done' && isSilent(run) ? <p class="note">Done.</p> : null}
      {run.state.value === 'running' && rows === undefined && run.lines.value.length === 0 ? (
        <p class="note">Running …</p>
      ) : null}
    </div>
  );
}

function isSilent(run: Run): boolean {
  return (
    run.rows.value === undefined &&
    run.entities.value.length === 0 &&
    run.lines.value.length === 0 &&
    run.note.value === ''
  );
}

function Problem({ run, error }: { readonly run: Run; readonly error: ClientError }) {
  // Positions in the editor, where the statement may be one of several.
  const line = error.line === undefined ? undefined : error.line + run.place.line;
  const column = (error.column ?? 0) + 1 + (error.line === 1 ? run.place.column : 0);
  return (
    <div class="problem-box" role="alert">
      <strong>{error.message}</strong>
      {error.hint === undefined ? null : <p>{error.hint}</p>}
      <p class="dim">
        {line === undefined ? '' : `Line ${line}, column ${column} · `}
        {error.code === undefined ? (
          ''
        ) : (
          <a href={`${SERVER_URL}/docs/errors/${error.code}`} target="_blank" rel="noreferrer">
            More about errors of kind {error.code}
          </a>
        )}
      </p>
    </div>
  );
}

function EntityView({ entity }: { readonly entity: Entity }) {
  const text = renderEntity(entity, 160, session);
  const warnings = entity.warnings ?? [];
  return (
    <div class="entity">
      {text === '' ? null : <pre tabIndex={0}>{text}</pre>}
      {warnings.length > 0 && !oneLine(text).includes(oneLine(warnings[0]!.message))
        ? warnings.map((w, i) => (
            <p key={i} class="note">
              {w.message}
            </p>
          ))
        : null}
    </div>
  );
}

/** Whitespace as single blanks: text is wrapped where it is shown. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function RowsView({ run, rows, onRun }: { readonly run: Run; readonly rows: Rows; onRun(text: string): void }) {
  const version = rows.version.value;
  const isTable = rows.keys !== undefined;
  const [view, setView] = useState<'table' | 'changes' | 'chart'>(isTable ? 'table' : 'changes');
  // A chart over time shows the current rows; a chart over the order of rows shows each change.
  const inPlace = view === 'table' || (view === 'chart' && isTable && rows.columns.includes('WINDOWSTART'));
  const draws = view === 'chart';
  const [filter, setFilter] = useState('');
  const [frozen, setFrozen] = useState<readonly Line[]>();
  const [selected, setSelected] = useState<Line>();
  const filterBox = useRef<HTMLInputElement>(null);
  const live = useMemo(() => (inPlace ? [...rows.table] : rows.lines), [version, inPlace]);
  const all = frozen ?? live;
  const wanted = filter.toLowerCase();
  const lines = useMemo(
    () => (wanted === '' ? all : all.filter((l) => l.json.toLowerCase().includes(wanted))),
    [all, wanted],
  );
  const isRunning = run.state.value === 'running';
  const source = useMemo(() => sourceOfRows(run.text), [run]);
  const placed = useMemo(
    () => (rows.columns.includes('ROWOFFSET') ? undefined : withRecordPlaces(run.text)),
    [run, rows],
  );
  const views = [
    ...(isTable ? [['table', 'Table'] as const] : []),
    ['changes', isTable ? 'Changes' : 'Rows'] as const,
    ...(chartable(rows.columns, rows.types) ? [['chart', 'Chart'] as const] : []),
  ];
  const save = (format: ExportFormat): void =>
    download(
      `${source?.toLowerCase() ?? 'result'}-${run.id}.${format}`,
      exportText(format, rows.columns, rows.types, lines, source),
    );
  return (
    <div class="rows">
      <div class="rows-bar">
        <span class="count" role="status">
          {countText(rows, lines.length, inPlace, isRunning ? (frozen === undefined ? 'Live: ' : 'Held: ') : '')}
        </span>
        {frozen === undefined ? null : (
          <span class="pill warn">
            paused, {(rows.total - (frozen.at(-1)?.seq ?? -1) - 1).toLocaleString('en-US')} newer
          </span>
        )}
        <span class="space" />
        {views.length < 2 ? null : (
          <span class="switch" role="group" aria-label="How rows are shown">
            {views.map(([kind, title]) => (
              <button
                type="button"
                key={kind}
                aria-pressed={view === kind}
                onClick={() => {
                  setView(kind);
                  setFrozen(undefined);
                }}
              >
                {title}
              </button>
            ))}
          </span>
        )}
        {placed === undefined ? null : (
          <button
            type="button"
            onClick={() => onRun(placed)}
            title="The same with ROWTIME, ROWPARTITION and ROWOFFSET: a row then shows its record, with the headers"
          >
            With offsets
          </button>
        )}
        {run.isLive && isRunning ? (
          <button type="button" onClick={() => run.stop()}>
            <Icon name="stop" /> Stop
          </button>
        ) : null}
        {run.isLive && isRunning ? (
          <button
            type="button"
            aria-pressed={frozen !== undefined}
            onClick={() => setFrozen(frozen === undefined ? [...live] : undefined)}
          >
            <Icon name={frozen === undefined ? 'pause' : 'play'} /> {frozen === undefined ? 'Pause' : 'Resume'}
          </button>
        ) : null}
        <label class="filter">
          <Icon name="search" />
          <input
            ref={filterBox}
            type="search"
            placeholder="Filter"
            aria-label="Filter rows"
            value={filter}
            onInput={() => setFilter(filterBox.current!.value)}
          />
        </label>
        <span class="switch" role="group" aria-label="Save rows">
          <button type="button" onClick={() => save('csv')} title="Save as CSV">
            CSV
          </button>
          <button type="button" onClick={() => save('json')} title="Save as JSON, one row a line">
            JSON
          </button>
          {hasInserts(rows.types) ? (
            <button type="button" onClick={() => save('sql')} title="Save as INSERT statements">
              SQL
            </button>
          ) : null}
        </span>
      </div>
      {draws ? <Chart columns={rows.columns} types={rows.types} lines={lines} version={version} /> : null}
      <div class="rows-split" hidden={draws}>
        <Grid
          columns={rows.columns}
          types={rows.types}
          lines={lines}
          follows={run.isLive && !inPlace}
          flashes={inPlace && frozen === undefined}
          selected={selected?.seq}
          onSelect={setSelected}
        />
        {selected === undefined ? null : (
          <RowDetail
            columns={rows.columns}
            types={rows.types}
            line={selected}
            source={source}
            onClose={() => setSelected(undefined)}
          />
        )}
      </div>
    </div>
  );
}

function countText(rows: Rows, shown: number, inPlace: boolean, first: string): string {
  const number = (n: number): string => n.toLocaleString('en-US');
  const total = inPlace
    ? `${number(rows.tableSize)} rows, ${number(rows.total)} changes`
    : `${number(rows.total)} ${rows.total === 1 ? 'row' : 'rows'}`;
  const all = inPlace ? rows.tableSize : Math.min(rows.total, rows.lines.length);
  const kept = inPlace
    ? rows.tableSize >= KEYS_KEPT
      ? ` (the first ${number(KEYS_KEPT)} keys)`
      : ''
    : rows.total > ROWS_KEPT
      ? ` (the last ${number(rows.lines.length)} are kept)`
      : '';
  return `${first}${total}${kept}${shown === all ? '' : `, ${number(shown)} shown`}`;
}
