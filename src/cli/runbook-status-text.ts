import type {Look} from './look.js'
import {statusText} from './status-table.js'

interface StatusView {
  readonly looks: readonly {
    readonly server: string
    readonly consumer: string
    readonly report?: Parameters<typeof statusText>[0]
    readonly error?: {readonly code: string; readonly message: string; readonly reason: string}
  }[]
  readonly missing: readonly {readonly what: string; readonly name: string; readonly vch: string}[]
}

/** The shares of a runbook, VCH by VCH, and what of it is not there. */
export function runbookStatusText({looks, missing}: StatusView, look: Look): string {
  const parts = looks.map(({server, consumer, report, error}) => {
    const head = look.style('bold', server === consumer ? server : `${server} for ${consumer}`)
    const body = report === undefined ? `✗ ${error?.message ?? ''} (${error?.code ?? ''})` : statusText(report, look)
    return `${head}\n${body.trimEnd()}`
  })
  const lost = missing.map(({what, name, vch}) => `! ${what} ${name} is not on ${vch}, though the runbook says so`)
  return [...parts, ...lost].join('\n')
}
