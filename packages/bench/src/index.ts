/**
 * Workloads, runs, statistics and reports: what virtualization costs and why.
 *
 * Start with {@link runBench}. {@link subjects} are what a guest can run on; {@link toMarkdown} makes a document of
 * a {@link BenchReport}, which is itself plain data.
 *
 * @packageDocumentation
 */
export { bareSubject } from './bare-subject.ts'
export { BenchError, type BenchErrorCode } from './bench-error.ts'
export type { BenchOptions, BenchProgress, BenchWorkload } from './bench-options.ts'
export { breakdown, type CostShare } from './breakdown.ts'
export { between, eventCount, type Figures } from './figures.ts'
export { count, ratio, share } from './format.ts'
export { guestImage, linuxImage } from './guest-image.ts'
export { toMarkdown } from './markdown.ts'
export { BOOT } from './pass.ts'
export {
  type PeerMachine,
  type PeerMean,
  type PeerMeasurements,
  type PeerResult,
  type PeersReport,
  type PeerTiming,
  type PeerWorkload,
  type PeerWorkloadGroup,
  type PeerWorkloadResult,
  peersReport,
} from './peer-report.ts'
export type { BenchReport, StrategyResult, WorkloadResult } from './report.ts'
export { runBench } from './run.ts'
export type { Spread } from './spread.ts'
export { strategies, subjects } from './strategies.ts'
export { strategySubject } from './strategy-subject.ts'
export { BARE, type GuestImage, type Subject, type SubjectMaker, type SubjectOptions } from './subject.ts'
