/** A number with thousands separators, with at most one decimal place, below 10 only; empty for undefined. */
export function count(n: number | undefined): string {
  return n === undefined ? '' : n.toLocaleString('en-US', { maximumFractionDigits: n < 10 ? 1 : 0 });
}

/** `1.2 MB`: with decimal units, as for disks. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toLocaleString('en-US', { maximumFractionDigits: power === 0 || value >= 100 ? 0 : 1 })} ${units[power]}`;
}
