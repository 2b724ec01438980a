import {describe} from '@jest/globals'
import {useBench} from './bench.js'
import {describeContent} from './content.js'
import {describeCopies} from './copies.js'
import {describeEntries} from './entries.js'
import {describeHandles} from './handles.js'
import {describeLimits} from './limits.js'
import {describeListings} from './listings.js'
import {describeMounting} from './mounting.js'
import {describeOwnership} from './ownership.js'
import {describeParked} from './parked.js'
import {describeSquashing} from './squashing.js'
import type {Differences, NfsServers} from './subject.js'

export interface SuiteOptions {
  /** Makes servers, once for all tests. */
  readonly openServers: () => Promise<NfsServers>
  readonly differences: Differences
  /** Where such a server cannot be had. */
  readonly skip?: boolean
}

/** The one suite for every server that a VCH may meet under our name: the kernel's, Ganesha, the sandbox's. */
export function describeNfsServer(name: string, {openServers, differences, skip = false}: SuiteOptions): void {
  const describeHere = skip ? describe.skip : describe
  describeHere(name, () => {
    const bench = useBench(openServers, differences)
    describeMounting(bench)
    describeContent(bench)
    describeEntries(bench)
    describeListings(bench)
    describeCopies(bench)
    describeOwnership(bench)
    describeLimits(bench)
    describeSquashing(bench)
    describeHandles(bench)
    describeParked(bench)
  })
}
