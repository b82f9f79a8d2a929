import type { Rng } from './generator.ts';

/** A normally distributed number with mean 0 and standard deviation 1, by the method of Box and Muller. */
export function standardNormal(rng: Rng): number {
  // 1 - u is never 0, whose logarithm is infinite.
  return Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());
}

/** How many numbers are drawn from a normal distribution until one is within its bounds. */
const DRAWS_MAX = 100;

/** Numbers with a truncated normal distribution: those outside the two bounds are drawn again. */
export function normal(
  rng: Rng,
  { mean, deviation, min, max }: { readonly mean: number; readonly deviation: number } & Bounds,
): number {
  for (let draws = 0; draws < DRAWS_MAX; draws++) {
    const drawn = mean + deviation * standardNormal(rng);
    if (drawn >= min && drawn <= max) return drawn;
  }
  return Math.min(max, Math.max(min, mean));
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/**
 * A rank from 1 to `count`, where rank r is drawn in proportion to 1 / r^exponent (Zipf's law). It takes the same time
 * for any count, which may therefore grow from draw to draw: rejection-inversion, W. Hörmann and G. Derflinger, ACM
 * TOMACS 6(3), 1996.
 */
export function zipf(rng: Rng, count: number, exponent: number): number {
  if (count <= 1) return 1;
  const integral = (x: number): number => {
    const log = Math.log(x);
    return partOf((1 - exponent) * log, Math.expm1) * log;
  };
  const inverse = (x: number): number => {
    const t = Math.max(-1, x * (1 - exponent));
    return Math.exp(partOf(t, Math.log1p) * x);
  };
  const density = (x: number): number => Math.exp(-exponent * Math.log(x));
  const first = integral(1.5) - 1;
  const last = integral(count + 0.5);
  const accepted = 2 - inverse(integral(2.5) - density(2));
  for (;;) {
    const u = last + rng() * (first - last);
    const x = inverse(u);
    const rank = Math.min(count, Math.max(1, Math.round(x)));
    if (rank - x <= accepted || u >= integral(rank + 0.5) - density(rank)) return rank;
  }
}

/** `f(x) / x` for the functions expm1 and log1p, whose limit is 1 where x is nearly 0. */
function partOf(x: number, f: (x: number) => number): number {
  return Math.abs(x) < 1e-8 ? 1 : f(x) / x;
}
