/**
 * The layer rule of docs/architecture.md. A package imports only from layers above its own line in
 * this list; packages on one line do not import each other. A new package needs a place here.
 */
export const layers = [
  ['ieee754'],
  ['isa', 'wasm', 'paravirt-abi', 'guest-kernel', 'linux-guest', 'compute-programs'],
  ['mmu', 'devices', 'network'],
  ['cpu'],
  ['machine'],
  ['hypervisor', 'vs-shim'],
  ['strategy-tests'],
  ['trap-emulate', 'hardware-assisted', 'binary-translation', 'paravirt'],
  ['bench'],
]
