import { describe, expect, it } from 'vitest';
import { progressText } from './obtain-fabric.js';

describe('the progress of a download', () => {
  it('is a bar where the length is known, else the megabytes so far', () => {
    expect(progressText(50_000_000, 100_000_000)).toBe(
      `Fabric's programs: [${'='.repeat(15)}${' '.repeat(15)}] 50 %, 50 of 100 MB`,
    );
    expect(progressText(100, 100)).toContain(`[${'='.repeat(30)}] 100 %`);
    expect(progressText(7_000_000, undefined)).toBe("Fabric's programs: 7 MB");
  });
});
