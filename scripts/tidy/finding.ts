export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly detail: string;
}
