/** What a measured value is held against. */
export interface Bar {
  readonly what: string;
  readonly measured: number;
  readonly bound: number;
  readonly isMet: boolean;
}

export function atLeast(what: string, measured: number, bound: number): Bar {
  return { what, measured, bound, isMet: measured >= bound };
}

export function under(what: string, measured: number, bound: number): Bar {
  return { what, measured, bound, isMet: measured < bound };
}

/** For people. */
export function barLine({ what, measured, bound, isMet }: Bar): string {
  return `${isMet ? 'met   ' : 'MISSED'} ${what}: ${measured.toPrecision(3)} (bar ${bound.toPrecision(3)})`;
}
