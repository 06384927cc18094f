/** A file, a device number, or a directory. */
export type Tree = { readonly [name: string]: Uint8Array | number | Tree }

export const blockSize: 4096

export function makeDisk(
  tree: Tree,
  geometry: { readonly blocks: number; readonly inodes: number; readonly rawBlocks: number },
): Uint8Array
