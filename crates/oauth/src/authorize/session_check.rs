//! Decides whether the session satisfies an authorization request, or whether the person must sign in first or again. Pure. It can't loop:
//! the return from signing in again has a sealed time (`step_up`), and then the decision is final.

use vestibule_core::{
    ids::UserId,
    time::{Micros, SECOND},
};
use vestibule_store::access::sessions::Session;

use super::{request::AuthorizeRequest, step_up::RETURN_TIME_LIMIT};

/// Tolerated lag of the provider's clock.
const SKEW: Micros = 60 * SECOND;

/// Result of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionCheck {
    /// The session satisfies the request.
    Accepted,
    /// The person must sign in.
    SignIn {
        /// Whether the person must authenticate although there is a session.
        again: bool,
    },
    /// Error `login_required` for the client (OpenID Connect Core §3.1.2.6), and why.
    LoginRequired(&'static str),
}

/// Checks the session against the request. `hinted_user` is the user of `id_token_hint` (OpenID Connect Core §3.1.2.1); `sent_at` is when
/// this browser was redirected to authenticate again.
pub(super) fn check(
    request: &AuthorizeRequest,
    hinted_user: Option<&UserId>,
    session: Option<&Session>,
    sent_at: Option<Micros>,
    now: Micros,
) -> SessionCheck {
    let silent = request.prompts("none");
    let Some(session) = session else {
        return match silent {
            true => SessionCheck::LoginRequired("nobody is signed in"),
            false => SessionCheck::SignIn { again: false },
        };
    };
    let sent_at = sent_at.filter(|sent_at| now - sent_at < RETURN_TIME_LIMIT);
    let is_back = sent_at.is_some_and(|sent_at| session.created_at >= sent_at);
    // A session without `auth_time` is never recent enough.
    let authenticated_since = |time: Micros| session.auth_time.is_some_and(|at| at >= time);
    let is_fresh = sent_at.is_some_and(|sent_at| is_back && authenticated_since(sent_at - SKEW));
    if hinted_user.is_some_and(|user_id| *user_id != session.user_id) {
        return match is_back || silent {
            true => SessionCheck::LoginRequired("the signed-in user is not the one in id_token_hint"),
            false => SessionCheck::SignIn { again: true },
        };
    }
    // The age counts from the redirect, because signing in takes some time.
    let counted_from = sent_at.filter(|_| is_back).unwrap_or(now);
    let too_old =
        request.max_age.is_some_and(|seconds| !authenticated_since(counted_from - seconds * SECOND));
    match (request.requires_authentication() || too_old) && !is_fresh {
        false => SessionCheck::Accepted,
        true if silent => {
            SessionCheck::LoginRequired("the person authenticated too long ago, or the time is unknown")
        }
        true if is_back => {
            SessionCheck::LoginRequired("the identity provider did not authenticate the person again")
        }
        true => SessionCheck::SignIn { again: true },
    }
}

#[cfg(test)]
mod tests {
    use vestibule_core::ids::{SessionId, WorkspaceId};

    use super::*;
    use crate::client::scope::tests::client;

    fn request(prompt: &str, max_age: Option<i64>) -> AuthorizeRequest {
        AuthorizeRequest {
            client: client("app", ""),
            redirect_uri: String::new(),
            state: String::new(),
            scope: String::new(),
            requested_scope: None,
            response_mode: super::super::request::ResponseMode::Query,
            code_challenge: None,
            nonce: None,
            resource: String::new(),
            prompt: prompt.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            max_age,
            dpop_jkt: None,
        }
    }

    /// Times in seconds.
    fn session(created_at: i64, auth_time: impl Into<Option<i64>>) -> Session {
        let auth_time: Option<i64> = auth_time.into();
        Session {
            workspace_id: WorkspaceId::new(0),
            token_digest: String::new(),
            session_id: SessionId::new(0),
            user_id: UserId::from_stored("ada"),
            epoch: 1,
            auth_time: auth_time.map(|at| at * SECOND),
            seen_at: 0,
            idle: None,
            issuer: String::new(),
            provider_sid: String::new(),
            user_agent: String::new(),
            created_at: created_at * SECOND,
            expires_at: i64::MAX,
            name_id_format: String::new(),
        }
    }

    #[test]
    fn the_person_signs_in_again_if_required_and_never_in_a_loop() {
        let old = || Some(session(1_000, 1_000));
        let is_refused = |checked| matches!(checked, SessionCheck::LoginRequired(_));
        for (prompt, max_age, session, sent_at, expected) in [
            ("", None, None, None, Some(SessionCheck::SignIn { again: false })),
            ("login", None, None, None, Some(SessionCheck::SignIn { again: false })),
            ("none", None, None, None, None),
            ("", None, old(), None, Some(SessionCheck::Accepted)),
            ("none", None, old(), None, Some(SessionCheck::Accepted)),
            ("consent", None, old(), None, Some(SessionCheck::Accepted)),
            ("login", None, old(), None, Some(SessionCheck::SignIn { again: true })),
            ("select_account", None, old(), None, Some(SessionCheck::SignIn { again: true })),
            ("", Some(10_000), old(), None, Some(SessionCheck::Accepted)),
            ("", Some(60), old(), None, Some(SessionCheck::SignIn { again: true })),
            ("none", Some(60), old(), None, None),
            // Returned with a new session.
            ("login", None, Some(session(4_990, 4_985)), Some(4_980), Some(SessionCheck::Accepted)),
            ("", Some(0), Some(session(4_990, 4_985)), Some(4_980), Some(SessionCheck::Accepted)),
            // Returned, but the provider accepted an old authentication.
            ("login", None, Some(session(4_990, 1_000)), Some(4_980), None),
            // Without auth_time: enough if the request has no max_age, never if it has one.
            ("", None, Some(session(1_000, None)), None, Some(SessionCheck::Accepted)),
            ("", Some(10_000), Some(session(1_000, None)), None, Some(SessionCheck::SignIn { again: true })),
            ("none", Some(10_000), Some(session(1_000, None)), None, None),
            ("", Some(10_000), Some(session(4_990, None)), Some(4_980), None),
            ("login", None, Some(session(4_990, None)), Some(4_980), None),
            // Returned after a redirect with this max_age, exactly at its limit.
            ("", Some(3_600), Some(session(4_990, 1_385)), Some(4_980), Some(SessionCheck::Accepted)),
            ("", Some(3_600), Some(session(4_990, 1_379)), Some(4_980), None),
            // Not returned: the person went back to the page before.
            ("login", None, old(), Some(4_980), Some(SessionCheck::SignIn { again: true })),
            // A stored return URL expires.
            (
                "login",
                None,
                Some(session(3_000, 3_000)),
                Some(2_990),
                Some(SessionCheck::SignIn { again: true }),
            ),
        ] {
            let checked = check(
                &request(prompt, max_age),
                Some(&UserId::from_stored("ada")),
                session.as_ref(),
                sent_at.map(|at| at * SECOND),
                5_000 * SECOND,
            );
            match expected {
                Some(expected) => assert_eq!(checked, expected, "{prompt} {max_age:?} {sent_at:?}"),
                None => assert!(is_refused(checked), "{prompt} {max_age:?} {sent_at:?}"),
            }
        }
    }

    #[test]
    fn the_session_must_be_of_the_hinted_user() {
        let bob = Session { user_id: UserId::from_stored("bob"), ..session(4_990, 4_985) };
        for (prompt, hinted_user, sent_at, expected) in [
            ("", None, None, SessionCheck::Accepted),
            ("", Some("bob"), None, SessionCheck::Accepted),
            ("none", Some("bob"), None, SessionCheck::Accepted),
            ("", Some("ada"), None, SessionCheck::SignIn { again: true }),
            (
                "none",
                Some("ada"),
                None,
                SessionCheck::LoginRequired("the signed-in user is not the one in id_token_hint"),
            ),
            (
                "",
                Some("ada"),
                Some(4_980),
                SessionCheck::LoginRequired("the signed-in user is not the one in id_token_hint"),
            ),
        ] {
            let sent_at = sent_at.map(|at: i64| at * SECOND);
            let hinted_user = hinted_user.map(UserId::from_stored);
            let checked =
                check(&request(prompt, None), hinted_user.as_ref(), Some(&bob), sent_at, 5_000 * SECOND);
            assert_eq!(checked, expected, "{prompt} {hinted_user:?} {sent_at:?}");
        }
    }
}
