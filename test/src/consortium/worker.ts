/**
 * Which of the workers that run test files side by side this is: 1, 2 and so on. What files of one worker share, they
 * use one after the other.
 */
export function worker(): number {
  return Number(process.env['VITEST_POOL_ID'] ?? 1);
}
