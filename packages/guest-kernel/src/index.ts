/**
 * A small C kernel for S-mode with workloads, as a ready-made image.
 *
 * @packageDocumentation
 */
export { disk, kernelElf } from './images.ts'
