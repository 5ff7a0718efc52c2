import { currentSession, endSession, settings } from '../../lib/auth.js'

const page = (body, status = 200) =>
  new Response(`<!doctype html><title>Next.js</title>${body}`, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
const signedOut = () => page('<a href="/api/auth/signin">Sign in</a>', 401)
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

// Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
export async function GET() {
  const session = await currentSession()
  if (!session) return signedOut()
  const answer = await fetch(`${settings().ISSUER}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${session.accessToken}` }, cache: 'no-store',
  })
  if (answer.status === 401) {
    endSession(session.id)
    return signedOut()
  }
  if (!answer.ok) return page('Vestibule does not answer.', 502)
  const { roles } = await answer.json()
  return page(`Roles: ${roles.map(escape).join(', ')}`)
}
