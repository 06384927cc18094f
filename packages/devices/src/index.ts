/**
 * Device models and the bus of a RISC-V board: UART, CLINT, PLIC, RTC, virtio.
 *
 * @packageDocumentation
 */
export {}
