// Follows Vestibule's live stream of ends, so that JWT access tokens are refused before they expire.
// The stream tells an end at least once. A comment comes every 15 seconds: after 30 without one it is not trusted. Nor is it before
// the comment `: current`, which follows the last of the ends that were missed.
// Event ids are times in microseconds. The first connection asks for those of KEEP ago: an end may be older than this process.

import { settings } from './auth.js'

const KEEP = 15 * 60_000 // longer than a token lives (5 minutes at most) and a clock differs

function followEnds({ issuer, clientId, clientSecret }) {
  const epochs = new Map(), users = new Map(), sessions = new Map() // id → { at, … }, kept for KEEP
  let current = false, last = 0, lastId = (Date.now() - KEEP) * 1_000
  const authorization = 'Basic ' + Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')

  function take({ kind, user_id, data }) {
    const at = Date.now()
    // The highest: an older end may come again, or late.
    if (kind === 'access_ended') epochs.set(user_id, { at, epoch: Math.max(data.epoch, epochs.get(user_id)?.epoch ?? 0) })
    if (kind === 'user_deleted') users.set(user_id, { at }) // a deactivation comes with access_ended, and may be taken back
    for (const session of data?.sessions ?? (data?.session ? [data.session] : [])) sessions.set(session, { at })
    for (const map of [epochs, users, sessions]) for (const [key, value] of map) if (at - value.at > KEEP) map.delete(key)
  }

  async function listen() {
    const stop = new AbortController()
    last = Date.now()
    const watch = setInterval(() => { if (Date.now() - last > 30_000) stop.abort() }, 5_000)
    try {
      const headers = { authorization, accept: 'text/event-stream', 'last-event-id': `${lastId}` }
      const answer = await fetch(`${issuer}/api/events/stream`, { headers, signal: stop.signal })
      if (!answer.ok) throw new Error(`the stream answered ${answer.status}`)
      let rest = ''
      for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
        last = Date.now()
        const lines = (rest + text).split('\n')
        rest = lines.pop()
        for (const line of lines) {
          if (line === ': current') current = true
          if (line.startsWith('id:')) lastId = line.slice(3).trim()
          if (line.startsWith('data:')) take(JSON.parse(line.slice(5)))
        }
      }
    } finally {
      clearInterval(watch)
      current = false
    }
  }

  const again = () => listen().catch((error) => console.error(error.message)).then(() => setTimeout(again, 1_000))
  const fresh = () => current && Date.now() - last < 30_000
  again()
  return {
    fresh,
    ended: ({ sub, sid, epoch }) => epochs.get(sub)?.epoch > epoch || users.has(sub) || sessions.has(sid),
  }
}

// One for the process, begun at its start by instrumentation.js.
export function ends() {
  const { ISSUER, CLIENT_ID, CLIENT_SECRET } = settings()
  return (globalThis.vestibuleEnds ??= followEnds({ issuer: ISSUER, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET }))
}
