/**
 * What every virtualization strategy shares: Vm, Vcpu, Exit, Strategy, Ledger.
 *
 * @packageDocumentation
 */
export {}
