import type {Look} from './look.js'
import {statusText} from './status-table.js'

interface ErrorView {
  readonly code: string
  readonly message: string
  readonly reason: string
}

interface StatusView {
  readonly looks: readonly {
    readonly server: string
    readonly consumers: readonly string[]
    readonly report?: Parameters<typeof statusText>[0]
    readonly errors: readonly {readonly consumer: string; readonly error: ErrorView}[]
  }[]
  readonly missing: readonly {readonly what: string; readonly name: string; readonly vch: string}[]
}

function lookText({server, consumers, report, errors}: StatusView['looks'][number], look: Look): string {
  const users = consumers.filter((key) => key !== server)
  const head = look.style('bold', users.length === 0 ? server : `${server} for ${users.join(', ')}`)
  const failed = errors.flatMap(({consumer, error}) => [
    `✗ not looked at beside ${consumer}: ${error.message} (${error.code})`,
    `    why: ${error.reason.replaceAll('\n', '\n         ')}`,
  ])
  return [head, ...(report === undefined ? [] : [statusText(report, look).trimEnd()]), ...failed].join('\n')
}

/** The shares of a runbook, server VCH by server VCH, and what of it is not there. */
export function runbookStatusText({looks, missing}: StatusView, look: Look): string {
  const lost = missing.map(({what, name, vch}) => `! ${what} ${name} is not on ${vch}, though the runbook says so`)
  return [...looks.map((each) => lookText(each, look)), ...lost].join('\n')
}
