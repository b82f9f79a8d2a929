/** Lines on a grid of 16. */
const PATHS = {
  brand:
    'M2 5c2.5-2.5 3.5-2.5 6 0s3.5 2.5 6 0M2 9c2.5-2.5 3.5-2.5 6 0s3.5 2.5 6 0M2 13c2.5-2.5 3.5-2.5 6 0s3.5 2.5 6 0',
  editor: 'M2 3h12v10H2zM4.5 6l2 2-2 2M8 10.5h3.5',
  flow: 'M1.5 6h4v4h-4zM10.5 2h4v4h-4zM10.5 10h4v4h-4zM5.5 8h2.5M10.5 4H8v8h2.5',
  stream: 'M2 4h8M2 8h12M2 12h6',
  table: 'M2 3h12v10H2zM2 6.5h12M6.5 3v10',
  query: 'M3 2.5l10 5.5-10 5.5z',
  topic:
    'M8 2c3.3 0 5.5 1 5.5 2.2S11.300 6.500 8 6.500 2.500 5.400 2.500 4.200 4.700 2 8 2zM2.500 4.200v7.600C2.500 13 4.700 14 8 14s5.500-1 5.500-2.200V4.200M2.500 8C2.500 9.200 4.700 10.200 8 10.200s5.500-1 5.500-2.200',
  connector: 'M5.500 2v3.500M10.500 2v3.500M3.500 5.500h9v2.500a4.500 4.500 0 0 1-9 0zM8 12.500V15',
  function: 'M11.500 2.500c-2-.6-3 .3-3.300 2.200L7 11.400c-.3 1.900-1.300 2.800-3 2.200M5 6.500h6',
  schema:
    'M6 2H4.500C3.500 2 3.500 3 3.500 4v2c0 1-.5 2-1.500 2 1 0 1.500 1 1.500 2v2c0 1 0 2 1 2H6M10 2h1.500c1 0 1 1 1 2v2c0 1 .5 2 1.500 2-1 0-1.500 1-1.500 2v2c0 1 0 2-1 2H10',
  server: 'M2 3h12v4H2zM2 9h12v4H2zM4.500 5h.01M4.500 11h.01',
  theme: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 14c.5-3 2.500-4.500 5.500-4.500s5 1.500 5.500 4.500',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  play: 'M4 2.500l9 5.500-9 5.500z',
  pause: 'M5 3v10M11 3v10',
  stop: 'M4 4h8v8H4z',
  restart: 'M13 8a5 5 0 1 1-1.500-3.500M13 2v3h-3',
  download: 'M8 2v8M4.500 7L8 10.500 11.500 7M3 13.500h10',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.500 10.500L14 14',
  history: 'M8 3a5.500 5.500 0 1 1-5.200 3.700M2 3v3.700h3.700M8 5.500V8l2 1.500',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
