/**
 * The tests that a rebuild of a package's guest programs gives what is committed, bit by bit.
 *
 * @param root - the package's folder, with `images` and `src/generated`.
 * @param buildPrograms - builds both from there into another folder.
 */
export function testRebuild(
  root: string,
  buildPrograms: (options: { root: string; target: string; log: (line: string) => void }) => void,
): void
