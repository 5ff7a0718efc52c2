import { currentSession } from '../lib/auth.js'

export const dynamic = 'force-dynamic'

// Answered from the app's own session, which ends when Vestibule calls /backchannel-logout. Plain links: /login and /logout leave the app.
export default async function Home() {
  const session = await currentSession()
  if (!session) return <a href="/api/auth/signin">Sign in</a>
  return <>Signed in as {session.email}. <a href="/roles">Roles</a> <a href="/logout">Sign out</a></>
}
