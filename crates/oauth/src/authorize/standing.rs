//! Whether whoever is signed in will do, or must sign in first, or again. Pure, and it never loops: the way back from
//! signing in again carries a sealed moment (`step_up`), and what came of it is final.

use vestibule_core::time::{Micros, SECOND};
use vestibule_store::access::sessions::Session;

use super::{request::Asked, step_up::WAY_BACK};

/// How far the provider's clock may be behind ours.
const SKEW: Micros = 60 * SECOND;

/// What to do with the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The session will do.
    Fits,
    /// To sign-in; `true`: to authenticate anew although somebody is signed in.
    SignIn(bool),
    /// Back to the client: `login_required` (OpenID Connect Core §3.1.2.6), and why.
    Missing(&'static str),
}

/// Decides by what was asked, whom the client expects (`hinted`, the user of its `id_token_hint`: OpenID Connect Core
/// §3.1.2.1) and the session there is; `sent_at`: when this browser was sent to authenticate anew.
pub(super) fn judge(
    asked: &Asked,
    hinted: Option<&str>,
    session: Option<&Session>,
    sent_at: Option<Micros>,
    now: Micros,
) -> Standing {
    let silent = asked.prompts("none");
    let Some(session) = session else {
        return if silent { Standing::Missing("nobody is signed in") } else { Standing::SignIn(false) };
    };
    let sent_at = sent_at.filter(|sent_at| now - sent_at < WAY_BACK);
    let is_back = sent_at.is_some_and(|sent_at| session.created_at >= sent_at);
    // A time that the provider did not tell is never late enough.
    let authenticated_since = |moment: Micros| session.auth_time.is_some_and(|at| at >= moment);
    let is_fresh = sent_at.is_some_and(|sent_at| is_back && authenticated_since(sent_at - SKEW));
    if hinted.is_some_and(|user_id| user_id != session.user_id) {
        return match is_back || silent {
            true => Standing::Missing("somebody else is signed in than the id_token_hint names"),
            false => Standing::SignIn(true),
        };
    }
    // Counted from when it was asked for: the way through sign-in takes its time.
    let asked_at = sent_at.filter(|_| is_back).unwrap_or(now);
    let too_old = asked.max_age.is_some_and(|seconds| !authenticated_since(asked_at - seconds * SECOND));
    match (asked.wants_anew() || too_old) && !is_fresh {
        false => Standing::Fits,
        true if silent => Standing::Missing("the person authenticated too long ago"),
        true if is_back => {
            Standing::Missing("the identity provider did not let the person authenticate anew")
        }
        true => Standing::SignIn(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::scope::tests::client;

    fn asked(prompt: &str, max_age: Option<i64>) -> Asked {
        Asked {
            client: client("app", ""),
            redirect_uri: String::new(),
            state: String::new(),
            scope: String::new(),
            code_challenge: None,
            nonce: None,
            resource: String::new(),
            prompt: prompt.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            max_age,
        }
    }

    /// Times in seconds.
    fn session(created_at: i64, auth_time: impl Into<Option<i64>>) -> Session {
        let auth_time: Option<i64> = auth_time.into();
        Session {
            workspace_id: String::new(),
            token_digest: String::new(),
            session_id: String::new(),
            user_id: String::new(),
            epoch: 1,
            auth_time: auth_time.map(|at| at * SECOND),
            seen_at: 0,
            idle: None,
            issuer: String::new(),
            provider_sid: String::new(),
            user_agent: String::new(),
            created_at: created_at * SECOND,
            expires_at: i64::MAX,
        }
    }

    #[test]
    fn somebody_signs_in_as_often_as_asked_and_never_in_a_circle() {
        let old = || Some(session(1_000, 1_000));
        let missing = |standing| matches!(standing, Standing::Missing(_));
        for (prompt, max_age, session, sent_at, expected) in [
            ("", None, None, None, Some(Standing::SignIn(false))),
            ("login", None, None, None, Some(Standing::SignIn(false))),
            ("none", None, None, None, None),
            ("", None, old(), None, Some(Standing::Fits)),
            ("none", None, old(), None, Some(Standing::Fits)),
            ("consent", None, old(), None, Some(Standing::Fits)),
            ("login", None, old(), None, Some(Standing::SignIn(true))),
            ("select_account", None, old(), None, Some(Standing::SignIn(true))),
            ("", Some(10_000), old(), None, Some(Standing::Fits)),
            ("", Some(60), old(), None, Some(Standing::SignIn(true))),
            ("none", Some(60), old(), None, None),
            // Back from there, with a new session.
            ("login", None, Some(session(4_990, 4_985)), Some(4_980), Some(Standing::Fits)),
            ("", Some(0), Some(session(4_990, 4_985)), Some(4_980), Some(Standing::Fits)),
            // Back, but the provider has let an old authentication count.
            ("login", None, Some(session(4_990, 1_000)), Some(4_980), None),
            // Nobody told when they authenticated: enough where no age is asked for, never where one is.
            ("", None, Some(session(1_000, None)), None, Some(Standing::Fits)),
            ("", Some(10_000), Some(session(1_000, None)), None, Some(Standing::SignIn(true))),
            ("none", Some(10_000), Some(session(1_000, None)), None, None),
            ("", Some(10_000), Some(session(4_990, None)), Some(4_980), None),
            ("login", None, Some(session(4_990, None)), Some(4_980), None),
            // Back from a trip that asked for this age, at the very end of it.
            ("", Some(3_600), Some(session(4_990, 1_385)), Some(4_980), Some(Standing::Fits)),
            ("", Some(3_600), Some(session(4_990, 1_379)), Some(4_980), None),
            // Not back: the person pressed the button for the page before.
            ("login", None, old(), Some(4_980), Some(Standing::SignIn(true))),
            // A kept address does not count for ever.
            ("login", None, Some(session(3_000, 3_000)), Some(2_990), Some(Standing::SignIn(true))),
        ] {
            let standing = judge(
                &asked(prompt, max_age),
                Some(""),
                session.as_ref(),
                sent_at.map(|at| at * SECOND),
                5_000 * SECOND,
            );
            match expected {
                Some(expected) => assert_eq!(standing, expected, "{prompt} {max_age:?} {sent_at:?}"),
                None => assert!(missing(standing), "{prompt} {max_age:?} {sent_at:?}"),
            }
        }
    }

    #[test]
    fn whom_the_client_expects_is_who_signs_in() {
        let bob = Session { user_id: "bob".to_owned(), ..session(4_990, 4_985) };
        for (prompt, hinted, sent_at, expected) in [
            ("", None, None, Standing::Fits),
            ("", Some("bob"), None, Standing::Fits),
            ("none", Some("bob"), None, Standing::Fits),
            ("", Some("ada"), None, Standing::SignIn(true)),
            (
                "none",
                Some("ada"),
                None,
                Standing::Missing("somebody else is signed in than the id_token_hint names"),
            ),
            (
                "",
                Some("ada"),
                Some(4_980),
                Standing::Missing("somebody else is signed in than the id_token_hint names"),
            ),
        ] {
            let sent_at = sent_at.map(|at: i64| at * SECOND);
            let standing = judge(&asked(prompt, None), hinted, Some(&bob), sent_at, 5_000 * SECOND);
            assert_eq!(standing, expected, "{prompt} {hinted:?} {sent_at:?}");
        }
    }
}
