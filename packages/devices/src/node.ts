/**
 * What needs Node: disks in files.
 *
 * @packageDocumentation
 */

export { type FileBlocks, fileBlocks } from './file-blocks.ts'
