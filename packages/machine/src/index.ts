/**
 * A QEMU-virt-compatible RISC-V machine: board, device tree, image loaders, SBI firmware.
 *
 * @packageDocumentation
 */
export {}
