/**
 * Workloads, runs, statistics and reports: what virtualization costs and why.
 *
 * @packageDocumentation
 */
export {}
